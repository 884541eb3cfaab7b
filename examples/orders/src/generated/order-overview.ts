// Written by `eventfold gen` from schemas/orders/overview.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 2f2130baaf7ce92d
import type { DateTime } from "effect"
import { Projection } from "eventfold"
import { Fold } from "eventfold/generated"
import type { OrderCancelled, OrderCompleted, OrderConfirmed, OrderEvent, OrderPlaced } from "./order.ts"
import type { PaymentCaptured, PaymentDeclined, PaymentEvent, PaymentRefunded, PaymentRequested } from "./payment.ts"
import type {
  ShipmentCalledOff,
  ShipmentDispatched,
  ShipmentEvent,
  ShipmentFailed,
  ShipmentPrepared
} from "./shipment.ts"
import type { Cents, CustomerId, OrderId, Reason } from "./values.ts"

/** Every order with what was paid and where its parcel is: for those who look orders up. */
export interface OrderOverviewRow {
  readonly orderId: OrderId
  readonly customerId: CustomerId
  readonly status: "Placed" | "Confirmed" | "Completed" | "Cancelled"
  readonly reason: Reason | null
  readonly total: Cents
  readonly captured: Cents
  readonly refunded: Cents
  readonly tracking: string | null
  readonly placedAt: DateTime.Utc
  readonly updatedAt: DateTime.Utc
}

export type OrderOverviewEvent = OrderEvent | PaymentEvent | ShipmentEvent

/** Key of a row. */
export type OrderOverviewKey = OrderId

/** One handler for each event. `undefined` stands for no row. You write them in ../order-overview.projection.ts. */
export interface OrderOverviewHandlers {
  /** A customer wants something, and is to pay `total` for it. */
  readonly OrderPlaced: (
    row: OrderOverviewRow | undefined,
    event: OrderPlaced,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
  /** All of it is paid: what was ordered will be sent. */
  readonly OrderConfirmed: (
    row: OrderOverviewRow | undefined,
    event: OrderConfirmed,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
  /** The parcel is on its way. */
  readonly OrderCompleted: (
    row: OrderOverviewRow | undefined,
    event: OrderCompleted,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
  /** The order is not sent, and the payment is refunded. */
  readonly OrderCancelled: (
    row: OrderOverviewRow | undefined,
    event: OrderCancelled,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
  /** The customer is asked to pay until a time. */
  readonly PaymentRequested: (
    row: OrderOverviewRow | undefined,
    event: PaymentRequested,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
  /** Money came in; so much is still to come. */
  readonly PaymentCaptured: (
    row: OrderOverviewRow | undefined,
    event: PaymentCaptured,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
  /** The rest of the payment will not arrive; earlier parts have arrived. */
  readonly PaymentDeclined: (
    row: OrderOverviewRow | undefined,
    event: PaymentDeclined,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
  /** All that had come in, and had not gone back before, went back. */
  readonly PaymentRefunded: (
    row: OrderOverviewRow | undefined,
    event: PaymentRefunded,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
  /** Tells the warehouse the articles to pack and the deadline. */
  readonly ShipmentPrepared: (
    row: OrderOverviewRow | undefined,
    event: ShipmentPrepared,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
  /** The parcel has left the warehouse. */
  readonly ShipmentDispatched: (
    row: OrderOverviewRow | undefined,
    event: ShipmentDispatched,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
  /** The warehouse can't send it. */
  readonly ShipmentFailed: (
    row: OrderOverviewRow | undefined,
    event: ShipmentFailed,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
  /** Tells the warehouse to stop: from here on the parcel can't be dispatched. */
  readonly ShipmentCalledOff: (
    row: OrderOverviewRow | undefined,
    event: ShipmentCalledOff,
    origin: Projection.Origin<OrderId>,
    key: OrderOverviewKey
  ) => OrderOverviewRow | undefined
}

/** Functions that return the keys of the rows that an event belongs to: one, several or none. */
export interface OrderOverviewKeys {
  readonly Order: (event: OrderEvent, origin: Projection.Origin<OrderId>) => Projection.Keys<OrderOverviewKey>
  readonly Payment: (event: PaymentEvent, origin: Projection.Origin<OrderId>) => Projection.Keys<OrderOverviewKey>
  readonly Shipment: (event: ShipmentEvent, origin: Projection.Origin<OrderId>) => Projection.Keys<OrderOverviewKey>
}

/** The combined handlers, as services run them. */
export interface OrderOverviewBodies extends Projection.Bodies<
  OrderOverviewRow,
  OrderOverviewEvent,
  OrderId,
  OrderOverviewKey
> {}

export const OrderOverview = {
  /** Combines the key functions and handlers. */
  project: (bodies: {
    readonly keys: OrderOverviewKeys
    readonly on: OrderOverviewHandlers
  }): OrderOverviewBodies => ({
    keys: (event, origin) => {
      switch (event._tag) {
        case "OrderPlaced":
        case "OrderConfirmed":
        case "OrderCompleted":
        case "OrderCancelled":
          return Projection.toKeys(bodies.keys.Order(event, origin as Projection.Origin<OrderId>))
        case "PaymentRequested":
        case "PaymentCaptured":
        case "PaymentDeclined":
        case "PaymentRefunded":
          return Projection.toKeys(bodies.keys.Payment(event, origin as Projection.Origin<OrderId>))
        case "ShipmentPrepared":
        case "ShipmentDispatched":
        case "ShipmentFailed":
        case "ShipmentCalledOff":
          return Projection.toKeys(bodies.keys.Shipment(event, origin as Projection.Origin<OrderId>))
        default:
          return Fold.unhandled("OrderOverview.keys", event)
      }
    },
    project: (row, event, origin, key) => {
      switch (event._tag) {
        case "OrderPlaced":
          return bodies.on.OrderPlaced(row, event, origin as Projection.Origin<OrderId>, key)
        case "OrderConfirmed":
          return bodies.on.OrderConfirmed(row, event, origin as Projection.Origin<OrderId>, key)
        case "OrderCompleted":
          return bodies.on.OrderCompleted(row, event, origin as Projection.Origin<OrderId>, key)
        case "OrderCancelled":
          return bodies.on.OrderCancelled(row, event, origin as Projection.Origin<OrderId>, key)
        case "PaymentRequested":
          return bodies.on.PaymentRequested(row, event, origin as Projection.Origin<OrderId>, key)
        case "PaymentCaptured":
          return bodies.on.PaymentCaptured(row, event, origin as Projection.Origin<OrderId>, key)
        case "PaymentDeclined":
          return bodies.on.PaymentDeclined(row, event, origin as Projection.Origin<OrderId>, key)
        case "PaymentRefunded":
          return bodies.on.PaymentRefunded(row, event, origin as Projection.Origin<OrderId>, key)
        case "ShipmentPrepared":
          return bodies.on.ShipmentPrepared(row, event, origin as Projection.Origin<OrderId>, key)
        case "ShipmentDispatched":
          return bodies.on.ShipmentDispatched(row, event, origin as Projection.Origin<OrderId>, key)
        case "ShipmentFailed":
          return bodies.on.ShipmentFailed(row, event, origin as Projection.Origin<OrderId>, key)
        case "ShipmentCalledOff":
          return bodies.on.ShipmentCalledOff(row, event, origin as Projection.Origin<OrderId>, key)
        default:
          return Fold.unhandled("OrderOverview.project", event)
      }
    }
  })
}

/** Table of the rows in SQL. */
export const OrderOverviewTable: Projection.Table = {
  domain: "orders",
  name: "order_overview",
  key: "text",
  columns: [
    { name: "_key", field: null, type: "text", nullable: false },
    { name: "order_id", field: "orderId", type: "text", nullable: false },
    { name: "customer_id", field: "customerId", type: "text", nullable: false },
    { name: "status", field: "status", type: "text", nullable: false },
    { name: "reason", field: "reason", type: "text", nullable: true },
    { name: "total", field: "total", type: "bigint", nullable: false },
    { name: "captured", field: "captured", type: "bigint", nullable: false },
    { name: "refunded", field: "refunded", type: "bigint", nullable: false },
    { name: "tracking", field: "tracking", type: "text", nullable: true },
    { name: "placed_at", field: "placedAt", type: "timestamptz", nullable: false },
    { name: "updated_at", field: "updatedAt", type: "timestamptz", nullable: false }
  ],
  primaryKey: ["_key"],
  indexes: [
    { name: "order_overview_by_customer", columns: ["customer_id"] },
    { name: "order_overview_by_status", columns: ["status"] },
    { name: "order_overview_by_customer_and_status", columns: ["customer_id", "status"] }
  ],
  constraints: [
    {
      kind: "oneOf",
      name: "status_check",
      column: "status",
      values: ["Placed", "Confirmed", "Completed", "Cancelled"]
    },
    {
      kind: "oneOf",
      name: "reason_check",
      column: "reason",
      values: ["payment declined", "payment overdue", "shipment failed", "shipment overdue"]
    },
    { kind: "range", name: "total_check", column: "total", minimum: 0, maximum: 10000000 },
    { kind: "range", name: "captured_check", column: "captured", minimum: 0, maximum: 10000000 },
    { kind: "range", name: "refunded_check", column: "refunded", minimum: 0, maximum: 10000000 }
  ]
}
