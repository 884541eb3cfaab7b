// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 4a4bc6e5c409a159
import type { DateTime } from "effect"
import type { Projection } from "eventfold"
import { Fold } from "eventfold/generated"
import type { Address } from "../../../schemas/shop/again.ts"
import type { Everything, OrderDropped, OrderEvent, OrderPlaced } from "./order.ts"
import type { Cents, Channel, Line, OrderId } from "./values.ts"

/** Value of each order. */
export interface OrderTotalsRow {
  readonly orderId: OrderId
  /** In cents. */
  readonly total: Cents
  readonly status: "placed" | "dropped"
  readonly lines: ReadonlyArray<Line>
  readonly "gift-note"?: string
  readonly placedAt?: DateTime.Utc
  readonly address: Address | null
  readonly lastChannelThatTheCustomerWasSeenAt?: Channel | null
}

export type OrderTotalsEvent = OrderEvent

/** One handler for each event. `undefined` stands for no row. You write them in ../order-totals.projection.ts. */
export interface OrderTotalsHandlers {
  /** The customer said yes. */
  readonly OrderPlaced: (
    row: OrderTotalsRow | undefined,
    event: OrderPlaced,
    origin: Projection.Origin<OrderId>
  ) => OrderTotalsRow | undefined
  readonly Everything: (
    row: OrderTotalsRow | undefined,
    event: Everything,
    origin: Projection.Origin<OrderId>
  ) => OrderTotalsRow | undefined
  readonly OrderDropped: (
    row: OrderTotalsRow | undefined,
    event: OrderDropped,
    origin: Projection.Origin<OrderId>
  ) => OrderTotalsRow | undefined
}

/** The combined handlers, as services run them. */
export interface OrderTotalsBodies extends Projection.Bodies<OrderTotalsRow, OrderTotalsEvent, OrderId, OrderId> {}

export const OrderTotals = {
  /** Combines the handlers of all events. */
  project: (on: OrderTotalsHandlers): OrderTotalsBodies => ({
    keys: (_event, origin) => [origin.id],
    project: (row, event, origin) => {
      switch (event._tag) {
        case "OrderPlaced":
          return on.OrderPlaced(row, event, origin)
        case "Everything":
          return on.Everything(row, event, origin)
        case "OrderDropped":
          return on.OrderDropped(row, event, origin)
        default:
          return Fold.unhandled("OrderTotals.project", event)
      }
    }
  })
}

/** Table of the rows in SQL. */
export const OrderTotalsTable: Projection.Table = {
  domain: "shop",
  name: "order_totals",
  key: "text",
  columns: [
    { name: "_key", field: null, type: "text", nullable: false },
    { name: "order_id", field: "orderId", type: "text", nullable: false },
    { name: "total", field: "total", type: "numeric", nullable: false },
    { name: "status", field: "status", type: "text", nullable: false },
    { name: "lines", field: "lines", type: "jsonb", nullable: false },
    { name: "gift_note", field: "gift-note", type: "text", nullable: true, absent: true },
    { name: "placed_at", field: "placedAt", type: "timestamptz", nullable: true, absent: true },
    { name: "address", field: "address", type: "jsonb", nullable: true },
    {
      name: "last_channel_that_the_customer_was_seen_at",
      field: "lastChannelThatTheCustomerWasSeenAt",
      type: "jsonb",
      nullable: true
    }
  ],
  primaryKey: ["_key"],
  indexes: [
    { name: "order_totals_by_status", columns: ["status"] },
    { name: "order_totals_by_status_and_gift_note", columns: ["status", "gift_note"] },
    {
      name: "order_totals_by_everything_that_could_be_wanted",
      columns: ["status", "total", "placed_at", "last_channel_that_the_customer_was_seen_at"]
    }
  ],
  constraints: [{ kind: "oneOf", name: "status_check", column: "status", values: ["placed", "dropped"] }]
}
