/** The progress of each order; a finished order has no row. Pure. */
import type { Projection } from "eventfold"
import { Cents } from "schemas/orders/money.ts"
import { Fulfilment, type FulfilmentRow } from "./generated/fulfilment.ts"
import type { OrderId } from "./generated/values.ts"

type Row = FulfilmentRow | undefined
type Origin = Projection.Origin<OrderId>
type Payment = Extract<FulfilmentRow, { readonly _tag: "Paying" }>["payment"]
type Shipment = Extract<FulfilmentRow, { readonly _tag: "Sending" }>["shipment"]

const nothing = Cents.make(0)

const ofOrder = (_event: unknown, { id }: Origin) => id

/** The refund is the only step of a cancelled order that is left. */
const unlessSettled = (row: Row): Row => (row?._tag === "Refunding" && row.held === 0 ? undefined : row)

const pays = (row: Row, payment: Payment): Row => (row?._tag === "Paying" ? { ...row, payment } : row)

const sends = (row: Row, shipment: Shipment): Row => (row?._tag === "Sending" ? { ...row, shipment } : row)

export const project = Fulfilment.project({
  keys: { Order: ofOrder, Payment: ofOrder, Shipment: ofOrder },
  on: {
    OrderPlaced: (_row, { address, lines, total }, { occurredAt }): Row => ({
      _tag: "Paying",
      held: nothing,
      lastCapture: 0,
      items: lines,
      address,
      total,
      placedAt: occurredAt,
      payment: "Unrequested",
      dueBy: null
    }),
    OrderConfirmed: (row, _event, { occurredAt }): Row =>
      row?._tag === "Paying"
        ? {
            _tag: "Sending",
            held: row.held,
            lastCapture: row.lastCapture,
            items: row.items,
            address: row.address,
            confirmedAt: occurredAt,
            shipment: "Unprepared",
            dispatchBy: null
          }
        : row,
    OrderCompleted: (): Row => undefined,
    OrderCancelled: (row): Row =>
      unlessSettled(row && { _tag: "Refunding", held: row.held, lastCapture: row.lastCapture }),
    PaymentRequested: (row, { dueBy }): Row => (row?._tag === "Paying" ? { ...row, payment: "Requested", dueBy } : row),
    // An order without a row is at its end. It was cancelled then: a completed one has been paid in
    // full before.
    PaymentCaptured: (row, { amount, outstanding }, { version }): Row => {
      const before = row ?? { _tag: "Refunding", held: nothing, lastCapture: 0 }
      const after = { ...before, held: Cents.make(before.held + amount), lastCapture: version }
      return outstanding === 0 ? pays(after, "Captured") : after
    },
    PaymentDeclined: (row): Row => pays(row, "Declined"),
    PaymentRefunded: (row, { amount }): Row => unlessSettled(row && { ...row, held: Cents.make(row.held - amount) }),
    ShipmentPrepared: (row, { dispatchBy }): Row =>
      row?._tag === "Sending" ? { ...row, shipment: "Prepared", dispatchBy } : row,
    ShipmentDispatched: (row): Row => sends(row, "Dispatched"),
    ShipmentFailed: (row): Row => sends(row, "Failed"),
    ShipmentCalledOff: (row): Row => sends(row, "CalledOff")
  }
})
