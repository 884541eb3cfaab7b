// Written by `eventfold gen` from schemas/depot/stock.ts and what src/depot/outlook.projection.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 60a5fcf56b73eb9e
/** Hash of what the rows depend on: those of another one are not gone on with. */
export const fingerprint = "f4f847830f49fd64-cd3b265c4ccaf43e"
