// Written by `eventfold gen` from schemas/orders/payment.ts and the code that examples/orders/src/payment.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 5ccb5ce93880598c
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "25e4ef9f0071c14c-c6a2cfb8123cccc0"
