/** The progress of each order, from which the process manager decides. */
import { Schema } from "effect"
import { Projection } from "eventfold"
import { Amount, Cents } from "./money.ts"
import { Address, Line, Order, OrderId } from "./order.ts"
import { Payment } from "./payment.ts"
import { Shipment } from "./shipment.ts"

/**
 * Money of the customer's that the shop holds, and the version of the payment at which it last came
 * in.
 */
const money = { held: Cents, lastCapture: Schema.Natural }
const parcel = { items: Schema.Array(Line), address: Address }

/** The order waits for its money. */
const Paying = Schema.TaggedStruct("Paying", {
  ...money,
  ...parcel,
  total: Amount,
  placedAt: Schema.DateTimeUtc,
  payment: Schema.Literals(["Unrequested", "Requested", "Captured", "Declined"]),
  dueBy: Schema.NullOr(Schema.DateTimeUtc)
})

/** The order is paid for, and waits to be sent. */
const Sending = Schema.TaggedStruct("Sending", {
  ...money,
  ...parcel,
  confirmedAt: Schema.DateTimeUtc,
  shipment: Schema.Literals(["Unprepared", "Prepared", "Dispatched", "Failed", "CalledOff"]),
  dispatchBy: Schema.NullOr(Schema.DateTimeUtc)
})

/** The order was cancelled, and money is to go back. */
const Refunding = Schema.TaggedStruct("Refunding", money)

/** The progress of each order; a finished order has no row. */
export const Fulfilment = Projection.make("Fulfilment", {
  from: [Order, Payment, Shipment],
  key: OrderId,
  row: Schema.Union([Paying, Sending, Refunding])
})
