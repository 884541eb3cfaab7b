import { Option, Schema } from "effect"
import { Aggregate, Projection } from "eventfold"
import { Address, Category, Cents, Channel, Line, OrderId, Price, Reduced } from "./values.ts"

/**
 * An order.
 *
 * From cart to door.
 */
export const Order = Aggregate.make("Order", {
  id: OrderId,
  state: Schema.Struct({
    status: Schema.Literals([
      "New",
      "Placed",
      "an order that was given up by the customer",
      "an order that the shop could not fulfil"
    ]),
    lines: Schema.Array(Line),
    /** Destination of the parcel. */
    address: Schema.Option(Address),
    total: Schema.optionalKey(Price)
  }),
  initial: { status: "New", lines: [], address: Option.none() },
  events: {
    /** The customer said yes. */
    OrderPlaced: {
      short: Schema.optionalKey(OrderId.check(Schema.isMaxLength(2))),
      lines: Schema.NonEmptyArray(Line),
      channel: Channel,
      address: Address,
      category: Schema.optionalKey(Category),
      note: Schema.optionalKey(Schema.NullOr(Schema.String)),
      "gift-note": Schema.optionalKey(Schema.String)
    },
    Everything: {
      at: Schema.DateTimeUtc,
      date: Schema.Date,
      big: Schema.BigInt,
      decimal: Schema.BigDecimal,
      lasting: Schema.Duration,
      maybe: Schema.Option(Schema.Option(Price)),
      tuple: Schema.Tuple([Schema.String, Schema.optionalKey(Reduced)]),
      rest: Schema.TupleWithRest(Schema.Tuple([Schema.String]), [Schema.Number]),
      record: Schema.Record(Schema.String, Price),
      byChannel: Schema.Record(Channel, Schema.Number),
      byId: Schema.Record(OrderId, Schema.Number),
      open: Schema.StructWithRest(Schema.Struct({ a: Schema.String }), [Schema.Record(Schema.String, Schema.String)]),
      map: Schema.HashMap(OrderId, Price),
      set: Schema.HashSet(Reduced),
      plainMap: Schema.ReadonlyMap(OrderId, Price),
      plainSet: Schema.ReadonlySet(Price),
      result: Schema.Result(Price, Schema.String),
      kind: Schema.Union([
        Schema.TaggedStruct("Card", { number: Schema.TemplateLiteral(["card-", Schema.Number]) }),
        Schema.TaggedStruct("Cash", {})
      ]),
      json: Schema.Json,
      fromText: Schema.FiniteFromString,
      url: Schema.URL,
      bytes: Schema.Uint8Array,
      mutable: Schema.mutable(Schema.Array(Price)),
      flag: Schema.Boolean,
      literal: Schema.Literals([1, "two", true, 3n]),
      nested: Schema.Struct({
        deep: Schema.Struct({
          deeper: Schema.Array(Schema.Struct({ deepest: Schema.Option(Price), widest: Schema.optionalKey(Cents) }))
        })
      })
    },
    OrderDropped: {}
  },
  errors: { NotNew: {}, TooMuch: { most: Price, given: Price } },
  commands: {
    Place: {
      payload: { lines: Schema.NonEmptyArray(Line), address: Address },
      emits: ["OrderPlaced"],
      fails: ["NotNew", "TooMuch"]
    },
    /** Gives it up. */
    Drop: { payload: {}, emits: ["OrderDropped"], fails: [] },
    Ask: { payload: { what: Schema.String }, emits: [], fails: ["NotNew"] }
  }
})

/** A parcel, which takes no commands. */
export const Parcel = Aggregate.make("Parcel", {
  id: Schema.String,
  state: Schema.Union([Schema.TaggedStruct("Packed", {}), Schema.TaggedStruct("Sent", { at: Schema.DateTimeUtc })]),
  initial: { _tag: "Packed" },
  events: { ParcelSent: { at: Schema.DateTimeUtc, order: OrderId } },
  errors: {},
  commands: {}
})

/** Value of each order. */
export const OrderTotals = Projection.make("OrderTotals", {
  from: [Order],
  key: "streamId",
  row: Schema.Struct({
    orderId: OrderId,
    /** In cents. */
    total: Cents,
    status: Schema.Literals(["placed", "dropped"]),
    lines: Schema.Array(Line),
    "gift-note": Schema.optionalKey(Schema.String),
    placedAt: Schema.optionalKey(Schema.DateTimeUtc),
    address: Schema.NullOr(Address),
    lastChannelThatTheCustomerWasSeenAt: Schema.optionalKey(Schema.NullOr(Channel))
  }),
  indexes: {
    byStatus: ["status"],
    byStatusAndGiftNote: ["status", "gift-note"],
    byEverythingThatCouldBeWanted: ["status", "total", "placedAt", "lastChannelThatTheCustomerWasSeenAt"]
  }
})

/** Orders and parcels together. */
export const ByDay = Projection.make("ByDay", {
  from: [Parcel, Projection.events(Order, "OrderDropped", "OrderPlaced")],
  key: Schema.Struct({ day: Schema.String, channel: Schema.optionalKey(Channel) }),
  row: Schema.Struct({ count: Schema.Int, share: Schema.Number, day: Schema.String.check(Schema.isMinLength(1)) }),
  indexes: { byDay: ["day"] },
  onFailure: "park"
})

/** Rows that are no struct. */
export const Last = Projection.make("Last", {
  from: [Projection.events(Order, "OrderPlaced")],
  key: "streamId",
  row: Schema.Union([Schema.TaggedStruct("None", {}), Schema.TaggedStruct("One", { note: Schema.String })])
})
