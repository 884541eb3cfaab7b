// Written by `eventfold gen` from schemas/shop/order.ts and the code that src/shop/by-day.projection.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed d492465610357d72
/** Hash of the projection's code and schemas. Rows with another fingerprint are rebuilt. */
export const fingerprint = "34c5133813de05a6-03958daa5eaae468"
