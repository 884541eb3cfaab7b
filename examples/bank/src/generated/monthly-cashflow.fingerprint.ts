// Written by `eventfold gen` from schemas/bank/account.ts and the code that examples/bank/src/monthly-cashflow.projection.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed a4994db138e8b0d4
/** Hash of the projection's code and schemas. Rows with another fingerprint are rebuilt. */
export const fingerprint = "f79903c87311be52-6735535251d937a5"
