// Written by `eventfold gen` from schemas/orders/fulfilment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 68d24bb31cee3a75
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
import type { Address, Cents, Line, OrderId } from "./values.ts"

/** The progress of each order; a finished order has no row. */
export type FulfilmentRow =
  | {
      readonly _tag: "Paying"
      readonly held: Cents
      readonly lastCapture: number
      readonly items: ReadonlyArray<Line>
      readonly address: Address
      readonly total: Cents
      readonly placedAt: DateTime.Utc
      readonly payment: "Unrequested" | "Requested" | "Captured" | "Declined"
      readonly dueBy: DateTime.Utc | null
    }
  | {
      readonly _tag: "Sending"
      readonly held: Cents
      readonly lastCapture: number
      readonly items: ReadonlyArray<Line>
      readonly address: Address
      readonly confirmedAt: DateTime.Utc
      readonly shipment: "Unprepared" | "Prepared" | "Dispatched" | "Failed" | "CalledOff"
      readonly dispatchBy: DateTime.Utc | null
    }
  | { readonly _tag: "Refunding"; readonly held: Cents; readonly lastCapture: number }

export type FulfilmentEvent = OrderEvent | PaymentEvent | ShipmentEvent

/** Key of a row. */
export type FulfilmentKey = OrderId

/** One handler for each event. `undefined` stands for no row. You write them in ../fulfilment.projection.ts. */
export interface FulfilmentHandlers {
  /** A customer wants something, and is to pay `total` for it. */
  readonly OrderPlaced: (
    row: FulfilmentRow | undefined,
    event: OrderPlaced,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
  /** All of it is paid: what was ordered will be sent. */
  readonly OrderConfirmed: (
    row: FulfilmentRow | undefined,
    event: OrderConfirmed,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
  /** The parcel is on its way. */
  readonly OrderCompleted: (
    row: FulfilmentRow | undefined,
    event: OrderCompleted,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
  /** The order is not sent, and the payment is refunded. */
  readonly OrderCancelled: (
    row: FulfilmentRow | undefined,
    event: OrderCancelled,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
  /** The customer is asked to pay until a time. */
  readonly PaymentRequested: (
    row: FulfilmentRow | undefined,
    event: PaymentRequested,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
  /** Money came in; so much is still to come. */
  readonly PaymentCaptured: (
    row: FulfilmentRow | undefined,
    event: PaymentCaptured,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
  /** The rest of the payment will not arrive; earlier parts have arrived. */
  readonly PaymentDeclined: (
    row: FulfilmentRow | undefined,
    event: PaymentDeclined,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
  /** All that had come in, and had not gone back before, went back. */
  readonly PaymentRefunded: (
    row: FulfilmentRow | undefined,
    event: PaymentRefunded,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
  /** Tells the warehouse the articles to pack and the deadline. */
  readonly ShipmentPrepared: (
    row: FulfilmentRow | undefined,
    event: ShipmentPrepared,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
  /** The parcel has left the warehouse. */
  readonly ShipmentDispatched: (
    row: FulfilmentRow | undefined,
    event: ShipmentDispatched,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
  /** The warehouse can't send it. */
  readonly ShipmentFailed: (
    row: FulfilmentRow | undefined,
    event: ShipmentFailed,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
  /** Tells the warehouse to stop: from here on the parcel can't be dispatched. */
  readonly ShipmentCalledOff: (
    row: FulfilmentRow | undefined,
    event: ShipmentCalledOff,
    origin: Projection.Origin<OrderId>,
    key: FulfilmentKey
  ) => FulfilmentRow | undefined
}

/** Functions that return the keys of the rows that an event belongs to: one, several or none. */
export interface FulfilmentKeys {
  readonly Order: (event: OrderEvent, origin: Projection.Origin<OrderId>) => Projection.Keys<FulfilmentKey>
  readonly Payment: (event: PaymentEvent, origin: Projection.Origin<OrderId>) => Projection.Keys<FulfilmentKey>
  readonly Shipment: (event: ShipmentEvent, origin: Projection.Origin<OrderId>) => Projection.Keys<FulfilmentKey>
}

/** The combined handlers, as services run them. */
export interface FulfilmentBodies extends Projection.Bodies<FulfilmentRow, FulfilmentEvent, OrderId, FulfilmentKey> {}

export const Fulfilment = {
  /** Combines the key functions and handlers. */
  project: (bodies: {
    readonly keys: FulfilmentKeys
    readonly on: FulfilmentHandlers
  }): FulfilmentBodies => ({
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
          return Fold.unhandled("Fulfilment.keys", event)
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
          return Fold.unhandled("Fulfilment.project", event)
      }
    }
  })
}

/** Table of the rows in SQL. */
export const FulfilmentTable: Projection.Table = {
  domain: "orders",
  name: "fulfilment",
  key: "text",
  columns: [
    { name: "_key", field: null, type: "text", nullable: false },
    { name: "row", field: null, type: "jsonb", nullable: false }
  ],
  primaryKey: ["_key"],
  indexes: [],
  constraints: []
}
