// Written by `eventfold gen` from schemas/orders/order.ts and the code that examples/orders/src/order.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed f0ac4e9bac8daa32
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "fc117740dc531c80-360de88d54a29d7b"
