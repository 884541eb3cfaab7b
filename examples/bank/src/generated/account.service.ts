// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 45a3c17259ee3e76
import { Context, Layer } from "effect"
import { type EventStore, Repository } from "eventfold"
import type { Fold } from "eventfold/generated"
import { apply } from "../account.apply.ts"
import { decide } from "../account.decide.ts"
import { AccountCodec, AccountDeclaration } from "./account.codec.ts"
import { fingerprint } from "./account.fingerprint.ts"
import type { AccountCommand, AccountEvent, AccountFailures, AccountState } from "./account.ts"
import type { AccountId } from "./values.ts"

// Each aggregate has its own loop: a shared one would call the handlers of all aggregates from one megamorphic call site.
export const AccountFold: Fold.Fold<AccountState, AccountEvent> = {
  initial: AccountDeclaration.initial,
  apply,
  run: (state, events) => {
    for (const event of events) state = apply(state, event)
    return state
  },
  fingerprint
}

const AccountsTag: Context.ServiceClass<
  Accounts,
  "bank/Accounts",
  Repository.Repository<AccountId, AccountState, AccountEvent, AccountCommand, AccountFailures>
> = Context.Service<Accounts, Context.Service.Shape<typeof AccountsTag>>()("bank/Accounts")

/** An account in Czech crowns: one customer's movements, and what the bank credits and charges. */
export class Accounts extends AccountsTag {
  static readonly layer: Layer.Layer<Accounts, never, EventStore.EventStore> = Layer.effect(
    this,
    Repository.make({
      name: "Account",
      id: AccountDeclaration.id,
      fold: AccountFold,
      decide,
      codec: AccountCodec,
      command: AccountDeclaration.command,
      invariants: AccountDeclaration.invariants
    })
  )
}
