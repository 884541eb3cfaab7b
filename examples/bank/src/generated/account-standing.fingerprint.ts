// Written by `eventfold gen` from schemas/bank/loan.ts and what examples/bank/src/account-standing.projection.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 8ce7f5709199280f
/** Hash of what the rows depend on: those of another one are not gone on with. */
export const fingerprint = "af793222e0be4e8d-8909a5882593fdd3"
