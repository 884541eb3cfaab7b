// Written by `eventfold gen` from schemas/shop/order.ts and what src/shop/order.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 0a9222b0fa8db0e9
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "56e7565f8c54baca-13615a51e1810de1"
