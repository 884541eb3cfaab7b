// Written by `eventfold gen` from schemas/orders/shipment.ts and what examples/orders/src/shipment.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 035fe537dcb25dac
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "cfd0d5a54b9f4525-26cb92948f855ec9"
