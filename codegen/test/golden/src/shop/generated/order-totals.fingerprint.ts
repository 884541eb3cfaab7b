// Written by `eventfold gen` from schemas/shop/order.ts and what src/shop/order-totals.projection.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 4c19eb7f962670fb
/** Hash of what the rows depend on: those of another one are not gone on with. */
export const fingerprint = "a1b9caa1550ca155-9c16bfea893933c8"
