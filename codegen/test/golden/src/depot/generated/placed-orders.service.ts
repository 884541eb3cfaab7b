// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 9d13c77db88e8354
import { Context, Layer } from "effect"
import { type EventStore, LiveProjection } from "eventfold"
import { Order as OrderDeclaration } from "../../../schemas/shop/order.ts"
import { OrderCodec } from "../../shop/generated/order.codec.ts"
import type { OrderId } from "../../shop/generated/values.ts"
import { project } from "../placed-orders.projection.ts"
import type { PlacedOrdersEvent, PlacedOrdersRow } from "./placed-orders.ts"

export class PlacedOrdersView extends Context.Service<
  PlacedOrdersView,
  LiveProjection.Rows<OrderId, PlacedOrdersRow>
>()("depot/PlacedOrdersView") {
  static readonly layer: Layer.Layer<PlacedOrdersView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make<PlacedOrdersRow, PlacedOrdersEvent, OrderId, OrderId>({
      name: "PlacedOrders",
      sources: [
        LiveProjection.source({
          aggregate: "Order",
          id: OrderDeclaration.id,
          codec: OrderCodec.event,
          types: ["OrderPlaced"]
        })
      ],
      key: OrderDeclaration.id,
      projector: project
    })
  )
}
