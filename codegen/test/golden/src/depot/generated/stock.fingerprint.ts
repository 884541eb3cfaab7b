// Written by `eventfold gen` from schemas/depot/stock.ts and the code that src/depot/stock.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed d783e8a30c971807
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "473527fe4ff02fd8-df2d86f474913793"
