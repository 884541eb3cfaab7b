// Written by `eventfold gen` from schemas/depot/stock.ts and the code that src/depot/placed-orders.projection.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed f5b3315e8d6a392f
/** Hash of the projection's code and schemas. Rows with another fingerprint are rebuilt. */
export const fingerprint = "6e613be2fa713f16-a2b0e4832f2f5728"
