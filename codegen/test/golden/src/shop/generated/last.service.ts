// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed b8b9ef06e4bc9ce9
import { Context, Layer } from "effect"
import { type EventStore, LiveProjection } from "eventfold"
import { Order as OrderDeclaration } from "../../../schemas/shop/order.ts"
import { project } from "../last.projection.ts"
import type { LastEvent, LastRow } from "./last.ts"
import { OrderCodec } from "./order.codec.ts"
import type { OrderId } from "./values.ts"

/** Rows that are no struct. */
export class LastView extends Context.Service<LastView, LiveProjection.Rows<OrderId, LastRow>>()("shop/LastView") {
  static readonly layer: Layer.Layer<LastView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make<LastRow, LastEvent, OrderId, OrderId>({
      name: "Last",
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
