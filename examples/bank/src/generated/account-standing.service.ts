// Written by `eventfold gen` from schemas/bank/loan.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed e693c985372d0174
import { Context, Layer } from "effect"
import { type EventStore, LiveProjection } from "eventfold"
import { Account as AccountDeclaration } from "schemas/bank/account.ts"
import { AccountStanding as AccountStandingDeclaration, Loan as LoanDeclaration } from "schemas/bank/loan.ts"
import { project } from "../account-standing.projection.ts"
import type { AccountStandingEvent, AccountStandingKey, AccountStandingRow } from "./account-standing.ts"
import { AccountCodec } from "./account.codec.ts"
import { LoanCodec } from "./loan.codec.ts"
import type { AccountId, LoanId } from "./values.ts"

/** How each customer stands: what the account holds against what is owed on its loan. */
export class AccountStandingView extends Context.Service<
  AccountStandingView,
  LiveProjection.Rows<AccountStandingKey, AccountStandingRow>
>()("bank/AccountStandingView") {
  static readonly layer: Layer.Layer<AccountStandingView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make<AccountStandingRow, AccountStandingEvent, AccountId | LoanId, AccountStandingKey>({
      name: "AccountStanding",
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
        }),
        LiveProjection.source({
          aggregate: "Loan",
          id: LoanDeclaration.id,
          codec: LoanCodec.event,
          types: ["LoanGranted", "PaymentMade"]
        })
      ],
      key: AccountStandingDeclaration.key,
      projector: project
    })
  )
}
