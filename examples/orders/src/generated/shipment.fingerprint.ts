// Written by `eventfold gen` from schemas/orders/shipment.ts and what examples/orders/src/shipment.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 526b0b2c2c9a7d8c
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "cfd0d5a54b9f4525-9f7e3df32af6a142"
