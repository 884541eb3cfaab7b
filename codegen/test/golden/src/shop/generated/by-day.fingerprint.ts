// Written by `eventfold gen` from schemas/shop/order.ts and what src/shop/by-day.projection.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 47af4d2bcb2ab125
/** Hash of what the rows depend on: those of another one are not gone on with. */
export const fingerprint = "34c5133813de05a6-03958daa5eaae468"
