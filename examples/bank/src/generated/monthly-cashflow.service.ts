// Written by `eventfold gen` from schemas/bank/account.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 566eee10ece203fa
import { Context, Layer } from "effect"
import type { EventStore, EventStoreError, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredProjection } from "eventfold/generated"
import { Account as AccountDeclaration, MonthlyCashflow as MonthlyCashflowDeclaration } from "schemas/bank/account.ts"
import { project } from "../monthly-cashflow.projection.ts"
import { AccountCodec } from "./account.codec.ts"
import { fingerprint } from "./monthly-cashflow.fingerprint.ts"
import {
  type MonthlyCashflowEvent,
  type MonthlyCashflowKey,
  type MonthlyCashflowRow,
  MonthlyCashflowTable
} from "./monthly-cashflow.ts"
import type { AccountId, Month } from "./values.ts"

/** Definition of the projection, for the services that run it. */
export const definition: ProjectionFold.Definition<
  MonthlyCashflowRow,
  MonthlyCashflowEvent,
  AccountId,
  MonthlyCashflowKey,
  typeof MonthlyCashflowDeclaration.indexes
> = {
  name: "MonthlyCashflow",
  sources: [
    ProjectionFold.source({
      aggregate: "Account",
      id: AccountDeclaration.id,
      codec: AccountCodec,
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
  row: MonthlyCashflowDeclaration.row,
  bodies: project,
  table: MonthlyCashflowTable,
  fingerprint,
  indexes: MonthlyCashflowDeclaration.indexes,
  fields: MonthlyCashflowDeclaration.row.fields
}

/** The rows, by key and by the declared indexes. */
export interface MonthlyCashflowQueries extends Projection.Rows<MonthlyCashflowKey, MonthlyCashflowRow> {
  /** Rows by `month`, in the order of their keys. Its `page` and `count` take ranges. */
  readonly byMonth: Projection.Lookup<[month: Month], MonthlyCashflowRow>
}

const MonthlyCashflowViewTag: Context.ServiceClass<
  MonthlyCashflowView,
  "bank/MonthlyCashflowView",
  MonthlyCashflowQueries
> = Context.Service<MonthlyCashflowView, Context.Service.Shape<typeof MonthlyCashflowViewTag>>()(
  "bank/MonthlyCashflowView"
)

/** Money in and out, by month and kind, over all accounts. */
export class MonthlyCashflowView extends MonthlyCashflowViewTag {
  /** In memory: folded from the log at the first query. */
  static readonly layer: Layer.Layer<MonthlyCashflowView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make(definition)
  )
  /** From the store's tables, which `Projector.layer([MonthlyCashflowView.projection])` updates. */
  static readonly stored: Layer.Layer<MonthlyCashflowView, EventStoreError.EventStoreError, EventStore.EventStore> =
    Layer.effect(this, StoredProjection.make(definition))
  /** For `Projector.layer`. */
  static readonly projection: StoredProjection.Runnable = StoredProjection.runnable(definition)
}
