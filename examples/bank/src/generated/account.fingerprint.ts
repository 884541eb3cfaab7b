// Written by `eventfold gen` from schemas/bank/account.ts and what examples/bank/src/account.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 4eb475cce6fb28a3
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "41adb141dafbe1a8-096583251777c78a"
