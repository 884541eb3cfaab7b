// Written by `eventfold gen` from schemas/orders/order.ts and what examples/orders/src/order.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed cad2149410024666
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "fc117740dc531c80-dc314243e000a158"
