// Written by `eventfold gen` from schemas/orders/shipment.ts and the code that examples/orders/src/shipment.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 17af55fce4deb10e
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "cfd0d5a54b9f4525-a6aa936b4f41db08"
