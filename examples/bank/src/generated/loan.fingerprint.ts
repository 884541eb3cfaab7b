// Written by `eventfold gen` from schemas/bank/loan.ts and the code that examples/bank/src/loan.apply.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed 23838afb427cc31c
/** Hash of the fold's code and schemas. A snapshot with another fingerprint is not used. */
export const fingerprint = "a1d6b99e736d05cc-efdb883cf4a2e90b"
