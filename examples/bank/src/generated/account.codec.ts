// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed d55469924c45c421
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Account as AccountSchema } from "schemas/bank/account.ts"
import { install } from "./account.codec.aot.ts"
import type { AccountCommand, AccountEvent, AccountState } from "./account.ts"
import type { AccountId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: if the schema differs from them, `tsc` reports it here. */
const codec = Codec.make<AccountEvent, AccountState>()({
  event: AccountSchema.event,
  state: AccountSchema.state,
  compiled: install,
  target: "4.1.0-751c692bbfc64667-232188adc42af3c1"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const AccountCodec: Codec.Codec<AccountEvent, AccountState> = codec
export const AccountDeclaration: Aggregate.Typed<AccountId, AccountState, AccountEvent, AccountCommand> = AccountSchema
