// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 82ded5e269fc8278
import { Projection } from "eventfold"
import { Fold } from "eventfold/generated"
import type { OrderPlaced } from "../../shop/generated/order.ts"
import type { OrderId } from "../../shop/generated/values.ts"
import type { StockEvent, StockMoved } from "./stock.ts"
import type { Category, OrderId as OrderId2, StockId } from "./values.ts"

/** Orders against stock. */
export interface OutlookRow {
  readonly n: number
  readonly last?: OrderId2
  readonly of?: Category
}

export type OutlookEvent = StockEvent | OrderPlaced

/** Key of a row. */
export type OutlookKey = string

/** One handler for each event. `undefined` stands for no row. You write them in ../outlook.projection.ts. */
export interface OutlookHandlers {
  readonly StockMoved: (
    row: OutlookRow | undefined,
    event: StockMoved,
    origin: Projection.Origin<StockId>,
    key: OutlookKey
  ) => OutlookRow | undefined
  /** The customer said yes. */
  readonly OrderPlaced: (
    row: OutlookRow | undefined,
    event: OrderPlaced,
    origin: Projection.Origin<OrderId>,
    key: OutlookKey
  ) => OutlookRow | undefined
}

/** Functions that return the keys of the rows that an event belongs to: one, several or none. */
export interface OutlookKeys {
  readonly Stock: (event: StockEvent, origin: Projection.Origin<StockId>) => Projection.Keys<OutlookKey>
  readonly Order: (event: OrderPlaced, origin: Projection.Origin<OrderId>) => Projection.Keys<OutlookKey>
}

/** The combined handlers, as services run them. */
export interface OutlookBodies extends Projection.Bodies<OutlookRow, OutlookEvent, StockId | OrderId, OutlookKey> {}

export const Outlook = {
  /** Combines the key functions and handlers. */
  project: (bodies: { readonly keys: OutlookKeys; readonly on: OutlookHandlers }): OutlookBodies => ({
    keys: (event, origin) => {
      switch (event._tag) {
        case "StockMoved":
          return Projection.toKeys(bodies.keys.Stock(event, origin as Projection.Origin<StockId>))
        case "OrderPlaced":
          return Projection.toKeys(bodies.keys.Order(event, origin as Projection.Origin<OrderId>))
        default:
          return Fold.unhandled("Outlook.keys", event)
      }
    },
    project: (row, event, origin, key) => {
      switch (event._tag) {
        case "StockMoved":
          return bodies.on.StockMoved(row, event, origin as Projection.Origin<StockId>, key)
        case "OrderPlaced":
          return bodies.on.OrderPlaced(row, event, origin as Projection.Origin<OrderId>, key)
        default:
          return Fold.unhandled("Outlook.project", event)
      }
    }
  })
}

/** Table of the rows in SQL. */
export const OutlookTable: Projection.Table = {
  domain: "depot",
  name: "outlook",
  key: "text",
  columns: [
    { name: "_key", field: null, type: "text", nullable: false },
    { name: "n", field: "n", type: "bigint", nullable: false },
    { name: "last", field: "last", type: "text", nullable: true, absent: true },
    { name: "of", field: "of", type: "jsonb", nullable: true }
  ],
  primaryKey: ["_key"],
  indexes: [],
  constraints: []
}
