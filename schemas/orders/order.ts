/** An order: what a customer asked for, and how far it has come. */
import { Schema } from "effect"
import { Aggregate } from "eventfold"
import { Amount, Cents } from "./money.ts"

/** Names an order, and with it its payment and its shipment: each order has one of either. */
export const OrderId = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9-]{1,64}$/)).pipe(Schema.brand("OrderId"))
export type OrderId = typeof OrderId.Type

export const CustomerId = Schema.NonEmptyString.check(Schema.isMaxLength(64)).pipe(Schema.brand("CustomerId"))
export type CustomerId = typeof CustomerId.Type

/** The shop's name of an article. */
export const Sku = Schema.NonEmptyString.check(Schema.isMaxLength(64)).pipe(Schema.brand("Sku"))
export type Sku = typeof Sku.Type

/** A quantity of an article. */
export const Item = Schema.Struct({
  sku: Sku,
  quantity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100 }))
})

/** A quantity of an article, at the price of the day on which the order was placed. */
export const Line = Schema.Struct({ ...Item.fields, unitPrice: Amount })

/** The address that parcels are sent to. */
export const Address = Schema.Struct({
  name: Schema.NonEmptyString,
  street: Schema.NonEmptyString,
  city: Schema.NonEmptyString,
  country: Schema.NonEmptyString
})

const lines = Schema.Array(Line).check(Schema.isMinLength(1), Schema.isMaxLength(20))
export const Items = Schema.Array(Item)
  .check(Schema.isMinLength(1), Schema.isMaxLength(20))
  // The law tests draw few: so that now and then the shop has them all.
  .annotate({ drawnFrom: Schema.Array(Item).check(Schema.isMinLength(1), Schema.isMaxLength(3)) })

/** The reason why an order was cancelled. */
export const Reason = Schema.Literals(["payment declined", "payment overdue", "shipment failed", "shipment overdue"])

/**
 * An order of a customer: placed, confirmed when it is paid for, completed when it is on its way;
 * or cancelled.
 */
export const Order = Aggregate.make("Order", {
  id: OrderId,
  state: Schema.Struct({
    status: Schema.Literals(["Unplaced", "Placed", "Confirmed", "Completed", "Cancelled"]),
    customerId: Schema.NullOr(CustomerId),
    lines: Schema.Array(Line),
    /** The amount to pay. */
    total: Cents,
    /** The reason of the cancellation. */
    reason: Schema.NullOr(Reason)
  }),
  initial: { status: "Unplaced", customerId: null, lines: [], total: Cents.make(0), reason: null },
  events: {
    /** A customer wants something, and is to pay `total` for it. */
    OrderPlaced: { customerId: CustomerId, lines, address: Address, total: Amount },
    /** All of it is paid: what was ordered will be sent. */
    OrderConfirmed: {},
    /** The parcel is on its way. */
    OrderCompleted: {},
    /** The order is not sent, and the payment is refunded. */
    OrderCancelled: { reason: Reason }
  },
  errors: {
    OrderAlreadyPlaced: {},
    OrderNotPlaced: {},
    /** The shop does not have it. */
    UnknownArticle: { sku: Sku },
    /** The order costs more than the shop accepts at once. */
    OrderTooLarge: { total: Schema.Int, most: Cents },
    OrderNotConfirmed: {},
    OrderAlreadyConfirmed: {},
    OrderAlreadyCompleted: {},
    OrderAlreadyCancelled: { reason: Reason }
  },
  facts: {
    /**
     * Today's price of each article of an order; null for an article that the shop does not have.
     */
    prices: Schema.Array(Schema.NullOr(Amount)).annotate({
      drawnFrom: Schema.Array(Schema.NullOr(Amount)).check(Schema.isMinLength(3))
    })
  },
  commands: {
    /** Asks for articles, at the prices of the day. */
    PlaceOrder: {
      payload: { customerId: CustomerId, items: Items, address: Address },
      emits: ["OrderPlaced"],
      fails: ["OrderAlreadyPlaced", "UnknownArticle", "OrderTooLarge"],
      facts: ["prices"]
    },
    /** Takes an order on, once all of it is paid. */
    ConfirmOrder: {
      payload: {},
      emits: ["OrderConfirmed"],
      fails: ["OrderNotPlaced", "OrderAlreadyConfirmed", "OrderAlreadyCompleted", "OrderAlreadyCancelled"]
    },
    /** Closes an order whose parcel is on its way. */
    CompleteOrder: {
      payload: {},
      emits: ["OrderCompleted"],
      fails: ["OrderNotPlaced", "OrderNotConfirmed", "OrderAlreadyCompleted", "OrderAlreadyCancelled"]
    },
    /** Gives up an order that is not paid. One that is paid for in the meantime stays. */
    CancelUnpaidOrder: {
      payload: { reason: Schema.Literals(["payment declined", "payment overdue"]) },
      emits: ["OrderCancelled"],
      fails: ["OrderNotPlaced", "OrderAlreadyConfirmed", "OrderAlreadyCompleted", "OrderAlreadyCancelled"]
    },
    /** Gives up an order that can't be sent. */
    CancelUnsentOrder: {
      payload: { reason: Schema.Literals(["shipment failed", "shipment overdue"]) },
      emits: ["OrderCancelled"],
      fails: ["OrderNotPlaced", "OrderNotConfirmed", "OrderAlreadyCompleted", "OrderAlreadyCancelled"]
    }
  },
  invariants: {
    "the total is what the lines cost": ({ lines, total }) =>
      lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0) === total,
    "what is cancelled has a reason, and nothing else has": ({ reason, status }) =>
      (reason !== null) === (status === "Cancelled")
  }
})
