// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 0be209a16e74462f
import { Context, type DateTime, Layer } from "effect"
import type { EventStore, EventStoreError, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredProjection } from "eventfold/generated"
import { Order as OrderDeclaration, OrderTotals as OrderTotalsDeclaration } from "../../../schemas/shop/order.ts"
import { project } from "../order-totals.projection.ts"
import { fingerprint } from "./order-totals.fingerprint.ts"
import { type OrderTotalsEvent, type OrderTotalsRow, OrderTotalsTable } from "./order-totals.ts"
import { OrderCodec } from "./order.codec.ts"
import type { Cents, Channel, OrderId } from "./values.ts"

/** Definition of the projection, for the services that run it. */
export const definition: ProjectionFold.Definition<
  OrderTotalsRow,
  OrderTotalsEvent,
  OrderId,
  OrderId,
  typeof OrderTotalsDeclaration.indexes
> = {
  name: "OrderTotals",
  sources: [
    ProjectionFold.source({
      aggregate: "Order",
      id: OrderDeclaration.id,
      codec: OrderCodec,
      types: ["OrderPlaced", "Everything", "OrderDropped"]
    })
  ],
  key: OrderDeclaration.id,
  row: OrderTotalsDeclaration.row,
  bodies: project,
  table: OrderTotalsTable,
  isKeyedByStream: true,
  fingerprint,
  indexes: OrderTotalsDeclaration.indexes,
  fields: OrderTotalsDeclaration.row.fields
}

/** The rows, by key and by the declared indexes. */
export interface OrderTotalsQueries extends Projection.Rows<OrderId, OrderTotalsRow> {
  /** Rows by `status`, in the order of their keys. Its `page` and `count` take ranges. */
  readonly byStatus: Projection.Lookup<[status: "placed" | "dropped"], OrderTotalsRow>
  /** Rows by `status` and `gift-note`, in the order of their keys. Its `page` and `count` take ranges. */
  readonly byStatusAndGiftNote: Projection.Lookup<["placed" | "dropped", string | undefined], OrderTotalsRow>
  /**
   * Rows by `status` and `total` and `placedAt` and `lastChannelThatTheCustomerWasSeenAt`, in the order of their keys.
   * Its `page` and `count` take ranges.
   */
  readonly byEverythingThatCouldBeWanted: Projection.Lookup<
    [
      status: "placed" | "dropped",
      total: Cents,
      placedAt: DateTime.Utc | undefined,
      lastChannelThatTheCustomerWasSeenAt: Channel | null | undefined
    ],
    OrderTotalsRow,
    [
      status: "placed" | "dropped",
      total: Cents,
      placedAt: DateTime.Utc | undefined,
      lastChannelThatTheCustomerWasSeenAt: Channel | null | undefined
    ]
  >
}

const OrderTotalsViewTag: Context.ServiceClass<OrderTotalsView, "shop/OrderTotalsView", OrderTotalsQueries> =
  Context.Service<OrderTotalsView, Context.Service.Shape<typeof OrderTotalsViewTag>>()("shop/OrderTotalsView")

/** Value of each order. */
export class OrderTotalsView extends OrderTotalsViewTag {
  /** In memory: folded from the log at the first query. */
  static readonly layer: Layer.Layer<OrderTotalsView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make(definition)
  )
  /** From the store's tables, which `Projector.layer([OrderTotalsView.projection])` updates. */
  static readonly stored: Layer.Layer<OrderTotalsView, EventStoreError.EventStoreError, EventStore.EventStore> =
    Layer.effect(this, StoredProjection.make(definition))
  /** For `Projector.layer`. */
  static readonly projection: StoredProjection.Runnable = StoredProjection.runnable(definition)
}
