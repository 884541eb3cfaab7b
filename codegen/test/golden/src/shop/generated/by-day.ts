// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed fce7f4bdbad6a885
import { Projection } from "eventfold"
import { Fold } from "eventfold/generated"
import type { OrderDropped, OrderPlaced } from "./order.ts"
import type { ParcelEvent, ParcelSent } from "./parcel.ts"
import type { Channel, OrderId } from "./values.ts"

/** Orders and parcels together. */
export interface ByDayRow {
  readonly count: number
  readonly share: number
  readonly day: string
}

export type ByDayEvent = ParcelEvent | OrderPlaced | OrderDropped

/** Key of a row. */
export interface ByDayKey {
  readonly day: string
  readonly channel?: Channel
}

/** One handler for each event. `undefined` stands for no row. You write them in ../by-day.projection.ts. */
export interface ByDayHandlers {
  readonly ParcelSent: (
    row: ByDayRow | undefined,
    event: ParcelSent,
    origin: Projection.Origin<string>,
    key: ByDayKey
  ) => ByDayRow | undefined
  /** The customer said yes. */
  readonly OrderPlaced: (
    row: ByDayRow | undefined,
    event: OrderPlaced,
    origin: Projection.Origin<OrderId>,
    key: ByDayKey
  ) => ByDayRow | undefined
  readonly OrderDropped: (
    row: ByDayRow | undefined,
    event: OrderDropped,
    origin: Projection.Origin<OrderId>,
    key: ByDayKey
  ) => ByDayRow | undefined
}

/** Functions that return the keys of the rows that an event belongs to: one, several or none. */
export interface ByDayKeys {
  readonly Parcel: (event: ParcelEvent, origin: Projection.Origin<string>) => Projection.Keys<ByDayKey>
  readonly Order: (event: OrderPlaced | OrderDropped, origin: Projection.Origin<OrderId>) => Projection.Keys<ByDayKey>
}

/** The combined handlers, as services run them. */
export interface ByDayBodies extends Projection.Bodies<ByDayRow, ByDayEvent, string | OrderId, ByDayKey> {}

export const ByDay = {
  /** Combines the key functions and handlers. */
  project: (bodies: { readonly keys: ByDayKeys; readonly on: ByDayHandlers }): ByDayBodies => ({
    keys: (event, origin) => {
      switch (event._tag) {
        case "ParcelSent":
          return Projection.toKeys(bodies.keys.Parcel(event, origin as Projection.Origin<string>))
        case "OrderPlaced":
        case "OrderDropped":
          return Projection.toKeys(bodies.keys.Order(event, origin as Projection.Origin<OrderId>))
        default:
          return Fold.unhandled("ByDay.keys", event)
      }
    },
    project: (row, event, origin, key) => {
      switch (event._tag) {
        case "ParcelSent":
          return bodies.on.ParcelSent(row, event, origin as Projection.Origin<string>, key)
        case "OrderPlaced":
          return bodies.on.OrderPlaced(row, event, origin as Projection.Origin<OrderId>, key)
        case "OrderDropped":
          return bodies.on.OrderDropped(row, event, origin as Projection.Origin<OrderId>, key)
        default:
          return Fold.unhandled("ByDay.project", event)
      }
    }
  })
}

/** Table of the rows in SQL. */
export const ByDayTable: Projection.Table = {
  domain: "shop",
  name: "by_day",
  key: "json",
  columns: [
    { name: "_key", field: null, type: "text", nullable: false },
    { name: "count", field: "count", type: "bigint", nullable: false },
    { name: "share", field: "share", type: "double precision", nullable: false },
    { name: "day", field: "day", type: "text", nullable: false }
  ],
  primaryKey: ["_key"],
  indexes: [{ name: "by_day_by_day", columns: ["day"] }],
  constraints: []
}
