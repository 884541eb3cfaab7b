// Written by `eventfold gen` from schemas/depot/stock.ts and the code that src/depot/stock.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed f907b4eb98f106a6
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "473527fe4ff02fd8-1c9e30aca1223e11"
