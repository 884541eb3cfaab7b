// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 9e68864764b29313
import type { Decider } from "eventfold"
import { Fold } from "eventfold/generated"
import type { Address, Cents, CustomerId, Items, Line, Reason, Sku } from "./values.ts"

// ---- events ---------------------------------------------------------------------------------------------------------

/** A customer wants something, and is to pay `total` for it. */
export interface OrderPlaced {
  readonly _tag: "OrderPlaced"
  readonly customerId: CustomerId
  readonly lines: ReadonlyArray<Line>
  readonly address: Address
  readonly total: Cents
}
/** All of it is paid: what was ordered will be sent. */
export interface OrderConfirmed {
  readonly _tag: "OrderConfirmed"
}
/** The parcel is on its way. */
export interface OrderCompleted {
  readonly _tag: "OrderCompleted"
}
/** The order is not sent, and the payment is refunded. */
export interface OrderCancelled {
  readonly _tag: "OrderCancelled"
  readonly reason: Reason
}
export type OrderEvent = OrderPlaced | OrderConfirmed | OrderCompleted | OrderCancelled

export const OrderPlaced = {
  make: (fields: {
    readonly customerId: CustomerId
    readonly lines: ReadonlyArray<Line>
    readonly address: Address
    readonly total: Cents
  }): OrderPlaced => ({
    _tag: "OrderPlaced",
    customerId: fields.customerId,
    lines: fields.lines,
    address: fields.address,
    total: fields.total
  }),
  is: (event: { readonly _tag: string }): event is OrderPlaced => event._tag === "OrderPlaced"
}
export const OrderConfirmed = {
  make: (): OrderConfirmed => ({ _tag: "OrderConfirmed" }),
  is: (event: { readonly _tag: string }): event is OrderConfirmed => event._tag === "OrderConfirmed"
}
export const OrderCompleted = {
  make: (): OrderCompleted => ({ _tag: "OrderCompleted" }),
  is: (event: { readonly _tag: string }): event is OrderCompleted => event._tag === "OrderCompleted"
}
export const OrderCancelled = {
  make: (fields: { readonly reason: Reason }): OrderCancelled => ({
    _tag: "OrderCancelled",
    reason: fields.reason
  }),
  is: (event: { readonly _tag: string }): event is OrderCancelled => event._tag === "OrderCancelled"
}

// ---- state ----------------------------------------------------------------------------------------------------------

export interface OrderState {
  readonly status: "Unplaced" | "Placed" | "Confirmed" | "Completed" | "Cancelled"
  readonly customerId: CustomerId | null
  readonly lines: ReadonlyArray<Line>
  /** The amount to pay. */
  readonly total: Cents
  /** The reason of the cancellation. */
  readonly reason: Reason | null
}

// ---- commands -------------------------------------------------------------------------------------------------------

/** Asks for articles, at the prices of the day. */
export interface PlaceOrder {
  readonly _tag: "PlaceOrder"
  readonly customerId: CustomerId
  readonly items: Items
  readonly address: Address
}
/** Takes an order on, once all of it is paid. */
export interface ConfirmOrder {
  readonly _tag: "ConfirmOrder"
}
/** Closes an order whose parcel is on its way. */
export interface CompleteOrder {
  readonly _tag: "CompleteOrder"
}
/** Gives up an order that is not paid. One that is paid for in the meantime stays. */
export interface CancelUnpaidOrder {
  readonly _tag: "CancelUnpaidOrder"
  readonly reason: "payment declined" | "payment overdue"
}
/** Gives up an order that can't be sent. */
export interface CancelUnsentOrder {
  readonly _tag: "CancelUnsentOrder"
  readonly reason: "shipment failed" | "shipment overdue"
}
export type OrderCommand = PlaceOrder | ConfirmOrder | CompleteOrder | CancelUnpaidOrder | CancelUnsentOrder

export const PlaceOrder = {
  make: (fields: {
    readonly customerId: CustomerId
    readonly items: Items
    readonly address: Address
  }): PlaceOrder => ({
    _tag: "PlaceOrder",
    customerId: fields.customerId,
    items: fields.items,
    address: fields.address
  }),
  is: (command: { readonly _tag: string }): command is PlaceOrder => command._tag === "PlaceOrder"
}
export const ConfirmOrder = {
  make: (): ConfirmOrder => ({ _tag: "ConfirmOrder" }),
  is: (command: { readonly _tag: string }): command is ConfirmOrder => command._tag === "ConfirmOrder"
}
export const CompleteOrder = {
  make: (): CompleteOrder => ({ _tag: "CompleteOrder" }),
  is: (command: { readonly _tag: string }): command is CompleteOrder => command._tag === "CompleteOrder"
}
export const CancelUnpaidOrder = {
  make: (fields: { readonly reason: "payment declined" | "payment overdue" }): CancelUnpaidOrder => ({
    _tag: "CancelUnpaidOrder",
    reason: fields.reason
  }),
  is: (command: { readonly _tag: string }): command is CancelUnpaidOrder => command._tag === "CancelUnpaidOrder"
}
export const CancelUnsentOrder = {
  make: (fields: { readonly reason: "shipment failed" | "shipment overdue" }): CancelUnsentOrder => ({
    _tag: "CancelUnsentOrder",
    reason: fields.reason
  }),
  is: (command: { readonly _tag: string }): command is CancelUnsentOrder => command._tag === "CancelUnsentOrder"
}

// ---- errors ---------------------------------------------------------------------------------------------------------

export interface OrderAlreadyPlaced {
  readonly _tag: "OrderAlreadyPlaced"
}
export interface OrderNotPlaced {
  readonly _tag: "OrderNotPlaced"
}
/** The shop does not have it. */
export interface UnknownArticle {
  readonly _tag: "UnknownArticle"
  readonly sku: Sku
}
/** The order costs more than the shop accepts at once. */
export interface OrderTooLarge {
  readonly _tag: "OrderTooLarge"
  readonly total: number
  readonly most: Cents
}
export interface OrderNotConfirmed {
  readonly _tag: "OrderNotConfirmed"
}
export interface OrderAlreadyConfirmed {
  readonly _tag: "OrderAlreadyConfirmed"
}
export interface OrderAlreadyCompleted {
  readonly _tag: "OrderAlreadyCompleted"
}
export interface OrderAlreadyCancelled {
  readonly _tag: "OrderAlreadyCancelled"
  readonly reason: Reason
}
export type OrderError =
  | OrderAlreadyPlaced
  | OrderNotPlaced
  | UnknownArticle
  | OrderTooLarge
  | OrderNotConfirmed
  | OrderAlreadyConfirmed
  | OrderAlreadyCompleted
  | OrderAlreadyCancelled

export const OrderAlreadyPlaced = {
  make: (): OrderAlreadyPlaced => ({ _tag: "OrderAlreadyPlaced" }),
  is: (error: { readonly _tag: string }): error is OrderAlreadyPlaced => error._tag === "OrderAlreadyPlaced"
}
export const OrderNotPlaced = {
  make: (): OrderNotPlaced => ({ _tag: "OrderNotPlaced" }),
  is: (error: { readonly _tag: string }): error is OrderNotPlaced => error._tag === "OrderNotPlaced"
}
export const UnknownArticle = {
  make: (fields: { readonly sku: Sku }): UnknownArticle => ({
    _tag: "UnknownArticle",
    sku: fields.sku
  }),
  is: (error: { readonly _tag: string }): error is UnknownArticle => error._tag === "UnknownArticle"
}
export const OrderTooLarge = {
  make: (fields: { readonly total: number; readonly most: Cents }): OrderTooLarge => ({
    _tag: "OrderTooLarge",
    total: fields.total,
    most: fields.most
  }),
  is: (error: { readonly _tag: string }): error is OrderTooLarge => error._tag === "OrderTooLarge"
}
export const OrderNotConfirmed = {
  make: (): OrderNotConfirmed => ({ _tag: "OrderNotConfirmed" }),
  is: (error: { readonly _tag: string }): error is OrderNotConfirmed => error._tag === "OrderNotConfirmed"
}
export const OrderAlreadyConfirmed = {
  make: (): OrderAlreadyConfirmed => ({ _tag: "OrderAlreadyConfirmed" }),
  is: (error: { readonly _tag: string }): error is OrderAlreadyConfirmed => error._tag === "OrderAlreadyConfirmed"
}
export const OrderAlreadyCompleted = {
  make: (): OrderAlreadyCompleted => ({ _tag: "OrderAlreadyCompleted" }),
  is: (error: { readonly _tag: string }): error is OrderAlreadyCompleted => error._tag === "OrderAlreadyCompleted"
}
export const OrderAlreadyCancelled = {
  make: (fields: { readonly reason: Reason }): OrderAlreadyCancelled => ({
    _tag: "OrderAlreadyCancelled",
    reason: fields.reason
  }),
  is: (error: { readonly _tag: string }): error is OrderAlreadyCancelled => error._tag === "OrderAlreadyCancelled"
}

/** Values from outside that decisions need. Each decision receives the facts that its command declares. */
export interface OrderFacts {
  /** Today's price of each article of an order; null for an article that the shop does not have. */
  readonly prices: ReadonlyArray<Cents | null>
}

/** Errors that can refuse each command. */
export interface OrderFailures {
  readonly PlaceOrder: OrderAlreadyPlaced | UnknownArticle | OrderTooLarge
  readonly ConfirmOrder: OrderNotPlaced | OrderAlreadyConfirmed | OrderAlreadyCompleted | OrderAlreadyCancelled
  readonly CompleteOrder: OrderNotPlaced | OrderNotConfirmed | OrderAlreadyCompleted | OrderAlreadyCancelled
  readonly CancelUnpaidOrder: OrderNotPlaced | OrderAlreadyConfirmed | OrderAlreadyCompleted | OrderAlreadyCancelled
  readonly CancelUnsentOrder: OrderNotPlaced | OrderNotConfirmed | OrderAlreadyCompleted | OrderAlreadyCancelled
}

// ---- what you write -------------------------------------------------------------------------------------------------

/** One handler for each event. You write them in ../order.apply.ts. */
export interface OrderHandlers {
  /** A customer wants something, and is to pay `total` for it. */
  readonly OrderPlaced: (state: OrderState, event: OrderPlaced) => OrderState
  /** All of it is paid: what was ordered will be sent. */
  readonly OrderConfirmed: (state: OrderState, event: OrderConfirmed) => OrderState
  /** The parcel is on its way. */
  readonly OrderCompleted: (state: OrderState, event: OrderCompleted) => OrderState
  /** The order is not sent, and the payment is refunded. */
  readonly OrderCancelled: (state: OrderState, event: OrderCancelled) => OrderState
}

/**
 * One decision for each command: the events that happen, or the error that refuses it. You write them in ../order.decide.ts.
 */
export interface OrderDecider {
  /** Asks for articles, at the prices of the day. */
  readonly PlaceOrder: (
    state: OrderState,
    command: PlaceOrder,
    facts: Decider.Facts & OrderFacts
  ) => ReadonlyArray<OrderPlaced> | OrderAlreadyPlaced | UnknownArticle | OrderTooLarge
  /** Takes an order on, once all of it is paid. */
  readonly ConfirmOrder: (
    state: OrderState,
    command: ConfirmOrder,
    facts: Decider.Facts
  ) =>
    | ReadonlyArray<OrderConfirmed>
    | OrderNotPlaced
    | OrderAlreadyConfirmed
    | OrderAlreadyCompleted
    | OrderAlreadyCancelled
  /** Closes an order whose parcel is on its way. */
  readonly CompleteOrder: (
    state: OrderState,
    command: CompleteOrder,
    facts: Decider.Facts
  ) =>
    | ReadonlyArray<OrderCompleted>
    | OrderNotPlaced
    | OrderNotConfirmed
    | OrderAlreadyCompleted
    | OrderAlreadyCancelled
  /** Gives up an order that is not paid. One that is paid for in the meantime stays. */
  readonly CancelUnpaidOrder: (
    state: OrderState,
    command: CancelUnpaidOrder,
    facts: Decider.Facts
  ) =>
    | ReadonlyArray<OrderCancelled>
    | OrderNotPlaced
    | OrderAlreadyConfirmed
    | OrderAlreadyCompleted
    | OrderAlreadyCancelled
  /** Gives up an order that can't be sent. */
  readonly CancelUnsentOrder: (
    state: OrderState,
    command: CancelUnsentOrder,
    facts: Decider.Facts
  ) =>
    | ReadonlyArray<OrderCancelled>
    | OrderNotPlaced
    | OrderNotConfirmed
    | OrderAlreadyCompleted
    | OrderAlreadyCancelled
}

/** (state, event) → state. */
export type OrderApply = (state: OrderState, event: OrderEvent) => OrderState
/** (state, command, facts) → events or a domain error. */
export type OrderDecide = (
  state: OrderState,
  command: OrderCommand,
  facts: Decider.Facts & OrderFacts
) => ReadonlyArray<OrderEvent> | OrderError

/**
 * An order of a customer: placed, confirmed when it is paid for, completed when it is on its way;
 * or cancelled.
 */
export const Order = {
  /** Combines the handlers of all events into the step of the fold. */
  apply:
    (on: OrderHandlers): OrderApply =>
    (state, event) => {
      switch (event._tag) {
        case "OrderPlaced":
          return on.OrderPlaced(state, event)
        case "OrderConfirmed":
          return on.OrderConfirmed(state, event)
        case "OrderCompleted":
          return on.OrderCompleted(state, event)
        case "OrderCancelled":
          return on.OrderCancelled(state, event)
        default:
          return Fold.unhandled("Order.apply", event)
      }
    },
  /** Combines the decisions of all commands. */
  decide:
    (on: OrderDecider): OrderDecide =>
    (state, command, facts) => {
      switch (command._tag) {
        case "PlaceOrder":
          return on.PlaceOrder(state, command, facts)
        case "ConfirmOrder":
          return on.ConfirmOrder(state, command, facts)
        case "CompleteOrder":
          return on.CompleteOrder(state, command, facts)
        case "CancelUnpaidOrder":
          return on.CancelUnpaidOrder(state, command, facts)
        case "CancelUnsentOrder":
          return on.CancelUnsentOrder(state, command, facts)
        default:
          return Fold.unhandled("Order.decide", command)
      }
    },
  /** Narrows to this aggregate's events. */
  isEvent: (event: { readonly _tag: string }): event is OrderEvent =>
    OrderPlaced.is(event) || OrderConfirmed.is(event) || OrderCompleted.is(event) || OrderCancelled.is(event),
  /** Narrows to this aggregate's commands. */
  isCommand: (command: { readonly _tag: string }): command is OrderCommand =>
    PlaceOrder.is(command) ||
    ConfirmOrder.is(command) ||
    CompleteOrder.is(command) ||
    CancelUnpaidOrder.is(command) ||
    CancelUnsentOrder.is(command),
  /** Narrows to this aggregate's errors. */
  isError: (error: { readonly _tag: string }): error is OrderError =>
    OrderAlreadyPlaced.is(error) ||
    OrderNotPlaced.is(error) ||
    UnknownArticle.is(error) ||
    OrderTooLarge.is(error) ||
    OrderNotConfirmed.is(error) ||
    OrderAlreadyConfirmed.is(error) ||
    OrderAlreadyCompleted.is(error) ||
    OrderAlreadyCancelled.is(error)
}
