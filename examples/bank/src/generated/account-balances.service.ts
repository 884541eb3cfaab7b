// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed a0cdf651aa3d0d32
import { Context, Layer } from "effect"
import { type EventStore, LiveProjection } from "eventfold"
import { Account as AccountDeclaration } from "schemas/bank/account.ts"
import { project } from "../account-balances.projection.ts"
import type { AccountBalancesEvent, AccountBalancesRow } from "./account-balances.ts"
import { AccountCodec } from "./account.codec.ts"
import type { AccountId } from "./values.ts"

/** What each account holds now. */
export class AccountBalancesView extends Context.Service<
  AccountBalancesView,
  LiveProjection.Rows<AccountId, AccountBalancesRow>
>()("bank/AccountBalancesView") {
  static readonly layer: Layer.Layer<AccountBalancesView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make<AccountBalancesRow, AccountBalancesEvent, AccountId, AccountId>({
      name: "AccountBalances",
      sources: [
        LiveProjection.source({
          aggregate: "Account",
          id: AccountDeclaration.id,
          codec: AccountCodec.event,
          types: [
            "AccountOpened",
            "CashDeposited",
            "CashWithdrawn",
            "CardWithdrawn",
            "TransferReceived",
            "TransferSent",
            "InterestCredited",
            "FeeCharged",
            "PenaltyInterestCharged"
          ]
        })
      ],
      key: AccountDeclaration.id,
      projector: project
    })
  )
}
