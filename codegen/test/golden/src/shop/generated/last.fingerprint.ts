// Written by `eventfold gen` from schemas/shop/order.ts and what src/shop/last.projection.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 89307a2e0081f8ce
/** Hash of what the rows depend on: those of another one are not gone on with. */
export const fingerprint = "e0b0ba7595340622-56a8bbb9ad09f104"
