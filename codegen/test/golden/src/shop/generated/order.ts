// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed c554bd2e92af317a
import type { BigDecimal, DateTime, Duration, HashMap, HashSet, Option, Result, Schema } from "effect"
import type { Decider } from "eventfold"
import { Fold } from "eventfold/generated"
import type { Address } from "../../../schemas/shop/again.ts"
import type { Category, Cents, Channel, Line, OrderId, Reduced } from "./values.ts"

// ---- events ---------------------------------------------------------------------------------------------------------

/** The customer said yes. */
export interface OrderPlaced {
  readonly _tag: "OrderPlaced"
  readonly short?: OrderId
  readonly lines: readonly [Line, ...ReadonlyArray<Line>]
  readonly channel: Channel
  readonly address: Address
  readonly category?: Category
  readonly note?: string | null
  readonly "gift-note"?: string
}
export interface Everything {
  readonly _tag: "Everything"
  readonly at: DateTime.Utc
  readonly date: Date
  readonly big: bigint
  readonly decimal: BigDecimal.BigDecimal
  readonly lasting: Duration.Duration
  readonly maybe: Option.Option<Option.Option<Cents>>
  readonly tuple: readonly [string, Reduced?]
  readonly rest: readonly [string, ...ReadonlyArray<number>]
  readonly record: { readonly [x: string]: Cents }
  readonly byChannel: { readonly web: number; readonly phone: number }
  readonly byId: { readonly [x in OrderId]: number }
  readonly open: { readonly a: string; readonly [x: string]: string }
  readonly map: HashMap.HashMap<OrderId, Cents>
  readonly set: HashSet.HashSet<Reduced>
  readonly plainMap: ReadonlyMap<OrderId, Cents>
  readonly plainSet: ReadonlySet<Cents>
  readonly result: Result.Result<Cents, string>
  readonly kind: { readonly _tag: "Card"; readonly number: `card-${number}` } | { readonly _tag: "Cash" }
  readonly json: Schema.Json
  readonly fromText: number
  readonly url: URL
  readonly bytes: Uint8Array
  readonly mutable: Array<Cents>
  readonly flag: boolean
  readonly literal: 1 | "two" | true | 3n
  readonly nested: {
    readonly deep: {
      readonly deeper: ReadonlyArray<{ readonly deepest: Option.Option<Cents>; readonly widest?: Cents }>
    }
  }
}
export interface OrderDropped {
  readonly _tag: "OrderDropped"
}
export type OrderEvent = OrderPlaced | Everything | OrderDropped

export const OrderPlaced = {
  make: (fields: {
    readonly short?: OrderId
    readonly lines: readonly [Line, ...ReadonlyArray<Line>]
    readonly channel: Channel
    readonly address: Address
    readonly category?: Category
    readonly note?: string | null
    readonly "gift-note"?: string
  }): OrderPlaced => ({
    _tag: "OrderPlaced",
    ...(fields.short === undefined ? {} : { short: fields.short }),
    lines: fields.lines,
    channel: fields.channel,
    address: fields.address,
    ...(fields.category === undefined ? {} : { category: fields.category }),
    ...(fields.note === undefined ? {} : { note: fields.note }),
    ...(fields["gift-note"] === undefined ? {} : { "gift-note": fields["gift-note"] })
  }),
  is: (event: { readonly _tag: string }): event is OrderPlaced => event._tag === "OrderPlaced"
}
export const Everything = {
  make: (fields: {
    readonly at: DateTime.Utc
    readonly date: Date
    readonly big: bigint
    readonly decimal: BigDecimal.BigDecimal
    readonly lasting: Duration.Duration
    readonly maybe: Option.Option<Option.Option<Cents>>
    readonly tuple: readonly [string, Reduced?]
    readonly rest: readonly [string, ...ReadonlyArray<number>]
    readonly record: { readonly [x: string]: Cents }
    readonly byChannel: { readonly web: number; readonly phone: number }
    readonly byId: { readonly [x in OrderId]: number }
    readonly open: { readonly a: string; readonly [x: string]: string }
    readonly map: HashMap.HashMap<OrderId, Cents>
    readonly set: HashSet.HashSet<Reduced>
    readonly plainMap: ReadonlyMap<OrderId, Cents>
    readonly plainSet: ReadonlySet<Cents>
    readonly result: Result.Result<Cents, string>
    readonly kind: { readonly _tag: "Card"; readonly number: `card-${number}` } | { readonly _tag: "Cash" }
    readonly json: Schema.Json
    readonly fromText: number
    readonly url: URL
    readonly bytes: Uint8Array
    readonly mutable: Array<Cents>
    readonly flag: boolean
    readonly literal: 1 | "two" | true | 3n
    readonly nested: {
      readonly deep: {
        readonly deeper: ReadonlyArray<{ readonly deepest: Option.Option<Cents>; readonly widest?: Cents }>
      }
    }
  }): Everything => ({
    _tag: "Everything",
    at: fields.at,
    date: fields.date,
    big: fields.big,
    decimal: fields.decimal,
    lasting: fields.lasting,
    maybe: fields.maybe,
    tuple: fields.tuple,
    rest: fields.rest,
    record: fields.record,
    byChannel: fields.byChannel,
    byId: fields.byId,
    open: fields.open,
    map: fields.map,
    set: fields.set,
    plainMap: fields.plainMap,
    plainSet: fields.plainSet,
    result: fields.result,
    kind: fields.kind,
    json: fields.json,
    fromText: fields.fromText,
    url: fields.url,
    bytes: fields.bytes,
    mutable: fields.mutable,
    flag: fields.flag,
    literal: fields.literal,
    nested: fields.nested
  }),
  is: (event: { readonly _tag: string }): event is Everything => event._tag === "Everything"
}
export const OrderDropped = {
  make: (): OrderDropped => ({ _tag: "OrderDropped" }),
  is: (event: { readonly _tag: string }): event is OrderDropped => event._tag === "OrderDropped"
}

// ---- state ----------------------------------------------------------------------------------------------------------

export interface OrderState {
  readonly status:
    | "New"
    | "Placed"
    | "an order that was given up by the customer"
    | "an order that the shop could not fulfil"
  readonly lines: ReadonlyArray<Line>
  /** Destination of the parcel. */
  readonly address: Option.Option<Address>
  readonly total?: Cents
}

// ---- commands -------------------------------------------------------------------------------------------------------

export interface Place {
  readonly _tag: "Place"
  readonly lines: readonly [Line, ...ReadonlyArray<Line>]
  readonly address: Address
}
/** Gives it up. */
export interface Drop {
  readonly _tag: "Drop"
}
export interface Ask {
  readonly _tag: "Ask"
  readonly what: string
}
export type OrderCommand = Place | Drop | Ask

export const Place = {
  make: (fields: { readonly lines: readonly [Line, ...ReadonlyArray<Line>]; readonly address: Address }): Place => ({
    _tag: "Place",
    lines: fields.lines,
    address: fields.address
  }),
  is: (command: { readonly _tag: string }): command is Place => command._tag === "Place"
}
export const Drop = {
  make: (): Drop => ({ _tag: "Drop" }),
  is: (command: { readonly _tag: string }): command is Drop => command._tag === "Drop"
}
export const Ask = {
  make: (fields: { readonly what: string }): Ask => ({
    _tag: "Ask",
    what: fields.what
  }),
  is: (command: { readonly _tag: string }): command is Ask => command._tag === "Ask"
}

// ---- errors ---------------------------------------------------------------------------------------------------------

export interface NotNew {
  readonly _tag: "NotNew"
}
export interface TooMuch {
  readonly _tag: "TooMuch"
  readonly most: Cents
  readonly given: Cents
}
export type OrderError = NotNew | TooMuch

export const NotNew = {
  make: (): NotNew => ({ _tag: "NotNew" }),
  is: (error: { readonly _tag: string }): error is NotNew => error._tag === "NotNew"
}
export const TooMuch = {
  make: (fields: { readonly most: Cents; readonly given: Cents }): TooMuch => ({
    _tag: "TooMuch",
    most: fields.most,
    given: fields.given
  }),
  is: (error: { readonly _tag: string }): error is TooMuch => error._tag === "TooMuch"
}

/** Errors that can refuse each command. */
export interface OrderFailures {
  readonly Place: NotNew | TooMuch
  readonly Drop: never
  readonly Ask: NotNew
}

// ---- what you write -------------------------------------------------------------------------------------------------

/** One handler for each event. You write them in ../order.apply.ts. */
export interface OrderHandlers {
  /** The customer said yes. */
  readonly OrderPlaced: (state: OrderState, event: OrderPlaced) => OrderState
  readonly Everything: (state: OrderState, event: Everything) => OrderState
  readonly OrderDropped: (state: OrderState, event: OrderDropped) => OrderState
}

/**
 * One decision for each command: the events that happen, or the error that refuses it. You write them in ../order.decide.ts.
 */
export interface OrderDecider {
  readonly Place: (
    state: OrderState,
    command: Place,
    facts: Decider.Facts
  ) => ReadonlyArray<OrderPlaced> | NotNew | TooMuch
  /** Gives it up. */
  readonly Drop: (state: OrderState, command: Drop, facts: Decider.Facts) => ReadonlyArray<OrderDropped>
  readonly Ask: (state: OrderState, command: Ask, facts: Decider.Facts) => ReadonlyArray<never> | NotNew
}

/** (state, event) → state. */
export type OrderApply = (state: OrderState, event: OrderEvent) => OrderState
/** (state, command, facts) → events or a domain error. */
export type OrderDecide = (
  state: OrderState,
  command: OrderCommand,
  facts: Decider.Facts
) => ReadonlyArray<OrderEvent> | OrderError

/**
 * An order.
 *
 * From cart to door.
 */
export const Order = {
  /** Combines the handlers of all events into the step of the fold. */
  apply:
    (on: OrderHandlers): OrderApply =>
    (state, event) => {
      switch (event._tag) {
        case "OrderPlaced":
          return on.OrderPlaced(state, event)
        case "Everything":
          return on.Everything(state, event)
        case "OrderDropped":
          return on.OrderDropped(state, event)
        default:
          return Fold.unhandled("Order.apply", event)
      }
    },
  /** Combines the decisions of all commands. */
  decide:
    (on: OrderDecider): OrderDecide =>
    (state, command, facts) => {
      switch (command._tag) {
        case "Place":
          return on.Place(state, command, facts)
        case "Drop":
          return on.Drop(state, command, facts)
        case "Ask":
          return on.Ask(state, command, facts)
        default:
          return Fold.unhandled("Order.decide", command)
      }
    },
  /** Narrows to this aggregate's events. */
  isEvent: (event: { readonly _tag: string }): event is OrderEvent =>
    OrderPlaced.is(event) || Everything.is(event) || OrderDropped.is(event),
  /** Narrows to this aggregate's commands. */
  isCommand: (command: { readonly _tag: string }): command is OrderCommand =>
    Place.is(command) || Drop.is(command) || Ask.is(command),
  /** Narrows to this aggregate's errors. */
  isError: (error: { readonly _tag: string }): error is OrderError => NotNew.is(error) || TooMuch.is(error)
}
