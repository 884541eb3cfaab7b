// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed e46d18034f84cf98
import type { Projection } from "eventfold"
import { Fold } from "eventfold/generated"
import type { OrderPlaced } from "../../shop/generated/order.ts"
import type { OrderId } from "../../shop/generated/values.ts"

export interface PlacedOrdersRow {
  readonly n: number
}

export type PlacedOrdersEvent = OrderPlaced

/** One handler for each event. `undefined` stands for no row. You write them in ../placed-orders.projection.ts. */
export interface PlacedOrdersHandlers {
  /** The customer said yes. */
  readonly OrderPlaced: (
    row: PlacedOrdersRow | undefined,
    event: OrderPlaced,
    origin: Projection.Origin<OrderId>
  ) => PlacedOrdersRow | undefined
}

/** The combined handlers, as services run them. */
export interface PlacedOrdersBodies extends Projection.Bodies<PlacedOrdersRow, PlacedOrdersEvent, OrderId, OrderId> {}

export const PlacedOrders = {
  /** Combines the handlers of all events. */
  project: (on: PlacedOrdersHandlers): PlacedOrdersBodies => ({
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

/** Table of the rows in SQL. */
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
