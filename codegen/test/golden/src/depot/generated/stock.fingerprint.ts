// Written by `eventfold gen` from schemas/depot/stock.ts and what src/depot/stock.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed dad927d5203d2093
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "473527fe4ff02fd8-df2d86f474913793"
