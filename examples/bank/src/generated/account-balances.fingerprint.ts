// Written by `eventfold gen` from schemas/bank/account.ts and the code that examples/bank/src/account-balances.projection.ts uses. Do not edit: change the schema and run `eventfold gen`.
// Sealed cfc8dcf6f0ac9f57
/** Hash of the projection's code and schemas. Rows with another fingerprint are rebuilt. */
export const fingerprint = "768838aa08b28af9-490f9ee474681038"
