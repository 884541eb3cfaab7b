// Written by `eventfold gen` from schemas/bank/account.ts and what examples/bank/src/monthly-cashflow.projection.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed 8471dc2691bd26a8
/** Hash of what the rows depend on: those of another one are not gone on with. */
export const fingerprint = "f79903c87311be52-6735535251d937a5"
