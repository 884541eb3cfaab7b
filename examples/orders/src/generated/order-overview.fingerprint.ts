// Written by `eventfold gen` from schemas/orders/overview.ts and what examples/orders/src/order-overview.projection.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 258161d816fbfb40
/** Hash of what the rows depend on: those of another one are not gone on with. */
export const fingerprint = "15581b02739cb488-b314774bf0f5d4b6"
