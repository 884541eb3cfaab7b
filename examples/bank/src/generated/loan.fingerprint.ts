// Written by `eventfold gen` from schemas/bank/loan.ts and what examples/bank/src/loan.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed aa16bcb74e3e1b98
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "a1d6b99e736d05cc-34c722447e3659db"
