// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed cdf712727648e1f7
import { Context, type DateTime, Layer } from "effect"
import { type EventStore, LiveProjection } from "eventfold"
import { Order as OrderDeclaration, OrderTotals as OrderTotalsDeclaration } from "../../../schemas/shop/order.ts"
import { project } from "../order-totals.projection.ts"
import type { OrderTotalsEvent, OrderTotalsRow } from "./order-totals.ts"
import { OrderCodec } from "./order.codec.ts"
import type { Cents, Channel, OrderId } from "./values.ts"

/** The rows, by key and by what else is declared to find them by. */
export interface OrderTotalsQueries extends LiveProjection.Rows<OrderId, OrderTotalsRow> {
  /** Rows by `status`, in the order in which they came to have just that. */
  readonly byStatus: LiveProjection.Lookup<[status: "placed" | "dropped"], OrderTotalsRow>
  /** Rows by `status` and `gift-note`, in the order in which they came to have just that. */
  readonly byStatusAndGiftNote: LiveProjection.Lookup<["placed" | "dropped", string | undefined], OrderTotalsRow>
  /** Rows by `status` and `total` and `placedAt` and `lastChannelThatTheCustomerWasSeenAt`, in the order in which they came to have just that. */
  readonly byEverythingThatCouldBeWanted: LiveProjection.Lookup<
    [
      status: "placed" | "dropped",
      total: Cents,
      placedAt: DateTime.Utc | undefined,
      lastChannelThatTheCustomerWasSeenAt: Channel | null | undefined
    ],
    OrderTotalsRow
  >
}

/** What each order is worth. */
export class OrderTotalsView extends Context.Service<OrderTotalsView, OrderTotalsQueries>()("shop/OrderTotalsView") {
  static readonly layer: Layer.Layer<OrderTotalsView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make<OrderTotalsRow, OrderTotalsEvent, OrderId, OrderId, typeof OrderTotalsDeclaration.indexes>({
      name: "OrderTotals",
      sources: [
        LiveProjection.source({
          aggregate: "Order",
          id: OrderDeclaration.id,
          codec: OrderCodec.event,
          types: ["OrderPlaced", "Everything", "OrderDropped"]
        })
      ],
      key: OrderDeclaration.id,
      projector: project,
      indexes: OrderTotalsDeclaration.indexes,
      fields: OrderTotalsDeclaration.row.fields
    })
  )
}
