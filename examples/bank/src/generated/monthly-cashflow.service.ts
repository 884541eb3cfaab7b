// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 630e42b853128536
import { Context, Layer } from "effect"
import { type EventStore, LiveProjection } from "eventfold"
import { Account as AccountDeclaration, MonthlyCashflow as MonthlyCashflowDeclaration } from "schemas/bank/account.ts"
import { project } from "../monthly-cashflow.projection.ts"
import { AccountCodec } from "./account.codec.ts"
import type { MonthlyCashflowEvent, MonthlyCashflowKey, MonthlyCashflowRow } from "./monthly-cashflow.ts"
import type { AccountId, Month } from "./values.ts"

/** The rows, by key and by what else is declared to find them by. */
export interface MonthlyCashflowQueries extends LiveProjection.Rows<MonthlyCashflowKey, MonthlyCashflowRow> {
  /** Rows by `month`, in the order in which they came to have just that. */
  readonly byMonth: LiveProjection.Lookup<[month: Month], MonthlyCashflowRow>
}

/** What came in and went out, by month and kind, over all accounts. */
export class MonthlyCashflowView extends Context.Service<MonthlyCashflowView, MonthlyCashflowQueries>()(
  "bank/MonthlyCashflowView"
) {
  static readonly layer: Layer.Layer<MonthlyCashflowView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make<
      MonthlyCashflowRow,
      MonthlyCashflowEvent,
      AccountId,
      MonthlyCashflowKey,
      typeof MonthlyCashflowDeclaration.indexes
    >({
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
      projector: project,
      indexes: MonthlyCashflowDeclaration.indexes,
      fields: MonthlyCashflowDeclaration.row.fields
    })
  )
}
