// Written by `eventfold gen` from schemas/orders/shipment.ts and the code that examples/orders/src/shipment.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed ed9438ab0eae468b
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "cfd0d5a54b9f4525-26cb92948f855ec9"
