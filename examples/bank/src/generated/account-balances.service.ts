// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed be183d01b93e9e8e
import { Context, Layer } from "effect"
import type { EventStore, EventStoreError, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredProjection } from "eventfold/generated"
import { Account as AccountDeclaration, AccountBalances as AccountBalancesDeclaration } from "schemas/bank/account.ts"
import { project } from "../account-balances.projection.ts"
import { fingerprint } from "./account-balances.fingerprint.ts"
import { type AccountBalancesEvent, type AccountBalancesRow, AccountBalancesTable } from "./account-balances.ts"
import { AccountCodec } from "./account.codec.ts"
import type { AccountId } from "./values.ts"

/** Definition of the projection, for the services that run it. */
export const definition: ProjectionFold.Definition<AccountBalancesRow, AccountBalancesEvent, AccountId, AccountId> = {
  name: "AccountBalances",
  sources: [
    ProjectionFold.source({
      aggregate: "Account",
      id: AccountDeclaration.id,
      codec: AccountCodec,
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
  row: AccountBalancesDeclaration.row,
  bodies: project,
  table: AccountBalancesTable,
  isKeyedByStream: true,
  fingerprint
}

const AccountBalancesViewTag: Context.ServiceClass<
  AccountBalancesView,
  "bank/AccountBalancesView",
  Projection.Rows<AccountId, AccountBalancesRow>
> = Context.Service<AccountBalancesView, Context.Service.Shape<typeof AccountBalancesViewTag>>()(
  "bank/AccountBalancesView"
)

/** The current balance of each account. */
export class AccountBalancesView extends AccountBalancesViewTag {
  /** In memory: folded from the log at the first query. */
  static readonly layer: Layer.Layer<AccountBalancesView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make(definition)
  )
  /** From the store's tables, which `Projector.layer([AccountBalancesView.projection])` updates. */
  static readonly stored: Layer.Layer<AccountBalancesView, EventStoreError.EventStoreError, EventStore.EventStore> =
    Layer.effect(this, StoredProjection.make(definition))
  /** For `Projector.layer`. */
  static readonly projection: StoredProjection.Runnable = StoredProjection.runnable(definition)
}
