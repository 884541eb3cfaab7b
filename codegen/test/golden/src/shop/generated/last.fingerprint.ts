// Written by `eventfold gen` from schemas/shop/order.ts and the code that src/shop/last.projection.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 9b6ccb39b610e9a3
/** Hash of the projection's code and schemas. Rows with another fingerprint are rebuilt. */
export const fingerprint = "e0b0ba7595340622-56a8bbb9ad09f104"
