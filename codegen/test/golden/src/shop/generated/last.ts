// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed c9879a411bac60d2
import type { Projection } from "eventfold"
import { Fold } from "eventfold/generated"
import type { OrderPlaced } from "./order.ts"
import type { OrderId } from "./values.ts"

/** Rows that are no struct. */
export type LastRow = { readonly _tag: "None" } | { readonly _tag: "One"; readonly note: string }

export type LastEvent = OrderPlaced

/** One handler for each event. `undefined` stands for no row. You write them in ../last.projection.ts. */
export interface LastHandlers {
  /** The customer said yes. */
  readonly OrderPlaced: (
    row: LastRow | undefined,
    event: OrderPlaced,
    origin: Projection.Origin<OrderId>
  ) => LastRow | undefined
}

/** The combined handlers, as services run them. */
export interface LastBodies extends Projection.Bodies<LastRow, LastEvent, OrderId, OrderId> {}

export const Last = {
  /** Combines the handlers of all events. */
  project: (on: LastHandlers): LastBodies => ({
    keys: (_event, origin) => [origin.id],
    project: (row, event, origin) => {
      switch (event._tag) {
        case "OrderPlaced":
          return on.OrderPlaced(row, event, origin)
        default:
          return Fold.unhandled("Last.project", event as never)
      }
    }
  })
}

/** Table of the rows in SQL. */
export const LastTable: Projection.Table = {
  domain: "shop",
  name: "last",
  key: "text",
  columns: [
    { name: "_key", field: null, type: "text", nullable: false },
    { name: "row", field: null, type: "jsonb", nullable: false }
  ],
  primaryKey: ["_key"],
  indexes: [],
  constraints: []
}
