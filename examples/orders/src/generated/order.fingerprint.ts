// Written by `eventfold gen` from schemas/orders/order.ts and what examples/orders/src/order.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 0499ea08eb592684
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "fc117740dc531c80-6b4427a45561aab7"
