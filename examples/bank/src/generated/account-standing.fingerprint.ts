// Written by `eventfold gen` from schemas/bank/loan.ts and the code that examples/bank/src/account-standing.projection.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed e04eec2a94e351a4
/** Hash of the projection's code and schemas. Rows with another fingerprint are rebuilt. */
export const fingerprint = "af793222e0be4e8d-8909a5882593fdd3"
