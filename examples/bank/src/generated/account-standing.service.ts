// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed fca1ab0954d8aa81
import { Context, Layer } from "effect"
import type { EventStore, EventStoreError, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredProjection } from "eventfold/generated"
import { Account as AccountDeclaration } from "schemas/bank/account.ts"
import { AccountStanding as AccountStandingDeclaration, Loan as LoanDeclaration } from "schemas/bank/loan.ts"
import { project } from "../account-standing.projection.ts"
import { fingerprint } from "./account-standing.fingerprint.ts"
import {
  type AccountStandingEvent,
  type AccountStandingKey,
  type AccountStandingRow,
  AccountStandingTable
} from "./account-standing.ts"
import { AccountCodec } from "./account.codec.ts"
import { LoanCodec } from "./loan.codec.ts"
import type { AccountId, LoanId } from "./values.ts"

/** Definition of the projection, for the services that run it. */
export const definition: ProjectionFold.Definition<
  AccountStandingRow,
  AccountStandingEvent,
  AccountId | LoanId,
  AccountStandingKey
> = {
  name: "AccountStanding",
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
    }),
    ProjectionFold.source({
      aggregate: "Loan",
      id: LoanDeclaration.id,
      codec: LoanCodec,
      types: ["LoanGranted", "PaymentMade"]
    })
  ],
  key: AccountStandingDeclaration.key,
  row: AccountStandingDeclaration.row,
  bodies: project,
  table: AccountStandingTable,
  fingerprint
}

const AccountStandingViewTag: Context.ServiceClass<
  AccountStandingView,
  "bank/AccountStandingView",
  Projection.Rows<AccountStandingKey, AccountStandingRow>
> = Context.Service<AccountStandingView, Context.Service.Shape<typeof AccountStandingViewTag>>()(
  "bank/AccountStandingView"
)

/** The standing of each customer: the balance of the account and the debt of its loan. */
export class AccountStandingView extends AccountStandingViewTag {
  /** In memory: folded from the log at the first query. */
  static readonly layer: Layer.Layer<AccountStandingView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make(definition)
  )
  /** From the store's tables, which `Projector.layer([AccountStandingView.projection])` updates. */
  static readonly stored: Layer.Layer<AccountStandingView, EventStoreError.EventStoreError, EventStore.EventStore> =
    Layer.effect(this, StoredProjection.make(definition))
  /** For `Projector.layer`. */
  static readonly projection: StoredProjection.Runnable = StoredProjection.runnable(definition)
}
