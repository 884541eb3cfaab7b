// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed b2dfe3fcc730fe76
import { Context, Layer } from "effect"
import { type EventStore, LiveProjection } from "eventfold"
import { Account as AccountDeclaration, MonthlyCashflow as MonthlyCashflowDeclaration } from "schemas/bank/account.ts"
import { project } from "../monthly-cashflow.projection.ts"
import { AccountCodec } from "./account.codec.ts"
import type { MonthlyCashflowEvent, MonthlyCashflowKey, MonthlyCashflowRow } from "./monthly-cashflow.ts"
import type { AccountId } from "./values.ts"

/** What came in and went out, by month and kind, over all accounts. */
export class MonthlyCashflowView extends Context.Service<
  MonthlyCashflowView,
  LiveProjection.Rows<MonthlyCashflowKey, MonthlyCashflowRow>
>()("bank/MonthlyCashflowView") {
  static readonly layer: Layer.Layer<MonthlyCashflowView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make<MonthlyCashflowRow, MonthlyCashflowEvent, AccountId, MonthlyCashflowKey>({
      name: "MonthlyCashflow",
      sources: [
        LiveProjection.source({
          aggregate: "Account",
          id: AccountDeclaration.id,
          codec: AccountCodec.event,
          types: [
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
      key: MonthlyCashflowDeclaration.key,
      projector: project
    })
  )
}
