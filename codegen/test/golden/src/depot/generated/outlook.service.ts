// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 5ba00cbc12b597dd
import { Context, Layer } from "effect"
import type { EventStore, EventStoreError, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredProjection } from "eventfold/generated"
import { Outlook as OutlookDeclaration, Stock as StockDeclaration } from "../../../schemas/depot/stock.ts"
import { Order as OrderDeclaration } from "../../../schemas/shop/order.ts"
import { OrderCodec } from "../../shop/generated/order.codec.ts"
import type { OrderId } from "../../shop/generated/values.ts"
import { project } from "../outlook.projection.ts"
import { fingerprint } from "./outlook.fingerprint.ts"
import { type OutlookEvent, type OutlookKey, type OutlookRow, OutlookTable } from "./outlook.ts"
import { StockCodec } from "./stock.codec.ts"
import type { StockId } from "./values.ts"

/** Definition of the projection, for the services that run it. */
export const definition: ProjectionFold.Definition<OutlookRow, OutlookEvent, StockId | OrderId, OutlookKey> = {
  name: "Outlook",
  sources: [
    ProjectionFold.source({
      aggregate: "Stock",
      id: StockDeclaration.id,
      codec: StockCodec,
      types: ["StockMoved"]
    }),
    ProjectionFold.source({
      aggregate: "Order",
      id: OrderDeclaration.id,
      codec: OrderCodec,
      types: ["OrderPlaced"]
    })
  ],
  key: OutlookDeclaration.key,
  row: OutlookDeclaration.row,
  bodies: project,
  table: OutlookTable,
  fingerprint
}

const OutlookViewTag: Context.ServiceClass<
  OutlookView,
  "depot/OutlookView",
  Projection.Rows<OutlookKey, OutlookRow>
> = Context.Service<OutlookView, Context.Service.Shape<typeof OutlookViewTag>>()("depot/OutlookView")

/** Orders against stock. */
export class OutlookView extends OutlookViewTag {
  /** In memory: folded from the log at the first query. */
  static readonly layer: Layer.Layer<OutlookView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make(definition)
  )
  /** From the store's tables, which `Projector.layer([OutlookView.projection])` updates. */
  static readonly stored: Layer.Layer<OutlookView, EventStoreError.EventStoreError, EventStore.EventStore> =
    Layer.effect(this, StoredProjection.make(definition))
  /** For `Projector.layer`. */
  static readonly projection: StoredProjection.Runnable = StoredProjection.runnable(definition)
}
