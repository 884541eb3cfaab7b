// Written by `eventfold gen` from schemas/depot/stock.ts and what src/depot/placed-orders.projection.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed bef9b7d72d87184a
/** Hash of what the rows depend on: those of another one are not gone on with. */
export const fingerprint = "6e613be2fa713f16-a2b0e4832f2f5728"
