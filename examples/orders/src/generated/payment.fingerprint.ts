// Written by `eventfold gen` from schemas/orders/payment.ts and what examples/orders/src/payment.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 18c844efa448d81d
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "25e4ef9f0071c14c-c6a2cfb8123cccc0"
