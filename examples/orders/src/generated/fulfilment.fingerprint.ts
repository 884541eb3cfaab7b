// Written by `eventfold gen` from schemas/orders/fulfilment.ts and the code that examples/orders/src/fulfilment.projection.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 089ccb05142dcc1a
/** Hash of the projection's code and schemas. Rows with another fingerprint are rebuilt. */
export const fingerprint = "60a545a9233787e8-e79fbca4ef07bdb1"
