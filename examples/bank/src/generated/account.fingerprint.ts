// Written by `eventfold gen` from schemas/bank/account.ts and the code that examples/bank/src/account.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 5d59ad8e05020ca8
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "41adb141dafbe1a8-096583251777c78a"
