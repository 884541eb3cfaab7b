// Written by `eventfold gen` from schemas/bank/loan.ts and what examples/bank/src/loan.apply.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 437b9ec08058828c
/** Hash of what the fold depends on: no snapshot of another one is used. */
export const fingerprint = "a1d6b99e736d05cc-6f2d352a8d2d971a"
