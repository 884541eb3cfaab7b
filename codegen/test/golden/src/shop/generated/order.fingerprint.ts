// Written by `eventfold gen` from schemas/shop/order.ts and the code that src/shop/order.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed ddfefdb5d085a186
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "56e7565f8c54baca-83e88415da0c767d"
