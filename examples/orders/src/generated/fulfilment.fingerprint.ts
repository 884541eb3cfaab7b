// Written by `eventfold gen` from schemas/orders/fulfilment.ts and what examples/orders/src/fulfilment.projection.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 263250f99ac23540
/** Hash of what the rows depend on: those of another one are not gone on with. */
export const fingerprint = "60a545a9233787e8-e79fbca4ef07bdb1"
