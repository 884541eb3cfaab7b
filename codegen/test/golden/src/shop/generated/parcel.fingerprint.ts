// Written by `eventfold gen` from schemas/shop/order.ts and what src/shop/parcel.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 72d595c33969f237
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "17753879122e1a8e-fe20156b10a6ae15"
