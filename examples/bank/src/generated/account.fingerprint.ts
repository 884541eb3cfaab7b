// Written by `eventfold gen` from schemas/bank/account.ts and what examples/bank/src/account.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 1cdb6154eb4b848e
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "41adb141dafbe1a8-096583251777c78a"
