// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 0856bb857c4402b5
import { Context, Layer } from "effect"
import type { EventStore, EventStoreError, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredProjection } from "eventfold/generated"
import { PlacedOrders as PlacedOrdersDeclaration } from "../../../schemas/depot/stock.ts"
import { Order as OrderDeclaration } from "../../../schemas/shop/order.ts"
import { OrderCodec } from "../../shop/generated/order.codec.ts"
import type { OrderId } from "../../shop/generated/values.ts"
import { project } from "../placed-orders.projection.ts"
import { fingerprint } from "./placed-orders.fingerprint.ts"
import { type PlacedOrdersEvent, type PlacedOrdersRow, PlacedOrdersTable } from "./placed-orders.ts"

/** Definition of the projection, for the services that run it. */
export const definition: ProjectionFold.Definition<PlacedOrdersRow, PlacedOrdersEvent, OrderId, OrderId> = {
  name: "PlacedOrders",
  sources: [
    ProjectionFold.source({
      aggregate: "Order",
      id: OrderDeclaration.id,
      codec: OrderCodec,
      types: ["OrderPlaced"]
    })
  ],
  key: OrderDeclaration.id,
  row: PlacedOrdersDeclaration.row,
  bodies: project,
  table: PlacedOrdersTable,
  isKeyedByStream: true,
  fingerprint
}

const PlacedOrdersViewTag: Context.ServiceClass<
  PlacedOrdersView,
  "depot/PlacedOrdersView",
  Projection.Rows<OrderId, PlacedOrdersRow>
> = Context.Service<PlacedOrdersView, Context.Service.Shape<typeof PlacedOrdersViewTag>>()("depot/PlacedOrdersView")

export class PlacedOrdersView extends PlacedOrdersViewTag {
  /** In memory: folded from the log at the first query. */
  static readonly layer: Layer.Layer<PlacedOrdersView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make(definition)
  )
  /** From the store's tables, which `Projector.layer([PlacedOrdersView.projection])` updates. */
  static readonly stored: Layer.Layer<PlacedOrdersView, EventStoreError.EventStoreError, EventStore.EventStore> =
    Layer.effect(this, StoredProjection.make(definition))
  /** For `Projector.layer`. */
  static readonly projection: StoredProjection.Runnable = StoredProjection.runnable(definition)
}
