// Written by `eventfold gen` from schemas/bank/account.ts and what examples/bank/src/account-balances.projection.ts reaches. Do not edit: change the schema and run `eventfold gen`.
// Sealed ee6f32853898346c
/** Hash of what the rows depend on: those of another one are not gone on with. */
export const fingerprint = "768838aa08b28af9-490f9ee474681038"
