// Written by `eventfold gen` from schemas/shop/order.ts and the code that src/shop/parcel.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 7c9b283d2c4e02b0
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "17753879122e1a8e-7afd0003ea862750"
