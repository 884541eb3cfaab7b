// Written by `eventfold gen` from schemas/orders/overview.ts and the code that examples/orders/src/order-overview.projection.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 5c998d462df2341a
/** Hash of the projection's code and schemas. Rows with another fingerprint are rebuilt. */
export const fingerprint = "15581b02739cb488-b314774bf0f5d4b6"
