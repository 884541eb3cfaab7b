// Written by `eventfold gen` from schemas/bank/account.ts and the code that examples/bank/src/account.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 10ad3c49052c9bac
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "41adb141dafbe1a8-f521d4e5c9795dcf"
