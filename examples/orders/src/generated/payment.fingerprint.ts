// Written by `eventfold gen` from schemas/orders/payment.ts and the code that examples/orders/src/payment.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 6e89e48254e35510
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "25e4ef9f0071c14c-f7e7597c85c424a6"
