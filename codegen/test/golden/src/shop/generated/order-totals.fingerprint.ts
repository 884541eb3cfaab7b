// Written by `eventfold gen` from schemas/shop/order.ts and the code that src/shop/order-totals.projection.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 4e5aa86c94f07813
/** Hash of the projection's code and schemas. Rows with another fingerprint are rebuilt. */
export const fingerprint = "a1b9caa1550ca155-9c16bfea893933c8"
