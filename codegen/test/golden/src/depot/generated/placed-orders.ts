// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed f86df9c1b27657e5
import type { Projection } from "eventfold"
import { Fold } from "eventfold/generated"
import type { OrderPlaced } from "../../shop/generated/order.ts"
import type { OrderId } from "../../shop/generated/values.ts"

export interface PlacedOrdersRow {
  readonly n: number
}

export type PlacedOrdersEvent = OrderPlaced

/** One handler for each event; `undefined` is no row. Yours are in ../placed-orders.projection.ts. */
export interface PlacedOrdersHandlers {
  /** The customer said yes. */
  readonly OrderPlaced: (
    row: PlacedOrdersRow | undefined,
    event: OrderPlaced,
    origin: Projection.Origin<OrderId>
  ) => PlacedOrdersRow | undefined
}

export const PlacedOrders = {
  /** Every event's handler, together. */
  project: (on: PlacedOrdersHandlers): Projection.Projector<PlacedOrdersRow, PlacedOrdersEvent, OrderId, OrderId> => ({
    keys: (_event, origin) => [origin.id],
    project: (row, event, origin) => {
      switch (event._tag) {
        case "OrderPlaced":
          return on.OrderPlaced(row, event, origin)
        default:
          return Fold.unhandled("PlacedOrders.project", event as never)
      }
    }
  })
}

/** Where rows are kept in SQL. */
export const PlacedOrdersTable: Projection.Table = {
  domain: "depot",
  name: "placed_orders",
  key: "text",
  columns: [
    { name: "_key", field: null, type: "text", nullable: false },
    { name: "n", field: "n", type: "bigint", nullable: false }
  ],
  primaryKey: ["_key"],
  indexes: [],
  constraints: []
}
