// Written by `eventfold gen` from schemas/depot/stock.ts and the code that src/depot/outlook.projection.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 9896fd4cb9a3ee0c
/** Hash of the projection's code and schemas. Rows with another fingerprint are rebuilt. */
export const fingerprint = "f4f847830f49fd64-cd3b265c4ccaf43e"
