/**
 * Every order with what was paid and where its parcel is. Pure; times and ids come with the event's
 * origin.
 */
import type { DateTime } from "effect"
import type { Projection } from "eventfold"
import { Cents } from "schemas/orders/money.ts"
import { OrderOverview, type OrderOverviewRow } from "./generated/order-overview.ts"
import type { OrderId } from "./generated/values.ts"

type Row = OrderOverviewRow | undefined
type Origin = Projection.Origin<OrderId>

/**
 * A row with something new in it. Aggregates are read in the order of the log, so there is none
 * before its order is placed.
 */
const change = (
  row: Row,
  { occurredAt }: { readonly occurredAt: DateTime.Utc },
  what: Partial<OrderOverviewRow>
): Row => row && { ...row, ...what, updatedAt: occurredAt }

const ofOrder = (_event: unknown, { id }: Origin) => id

export const project = OrderOverview.project({
  keys: { Order: ofOrder, Payment: ofOrder, Shipment: ofOrder },
  on: {
    OrderPlaced: (_row, { customerId, total }, { id, occurredAt }): Row => ({
      orderId: id,
      customerId,
      status: "Placed",
      reason: null,
      total,
      captured: Cents.make(0),
      refunded: Cents.make(0),
      tracking: null,
      placedAt: occurredAt,
      updatedAt: occurredAt
    }),
    OrderConfirmed: (row, _event, origin): Row => change(row, origin, { status: "Confirmed" }),
    OrderCompleted: (row, _event, origin): Row => change(row, origin, { status: "Completed" }),
    OrderCancelled: (row, { reason }, origin): Row => change(row, origin, { status: "Cancelled", reason }),
    PaymentRequested: (row, _event, origin): Row => change(row, origin, {}),
    PaymentCaptured: (row, { amount }, origin): Row =>
      row && change(row, origin, { captured: Cents.make(row.captured + amount) }),
    PaymentDeclined: (row, _event, origin): Row => change(row, origin, {}),
    PaymentRefunded: (row, { amount }, origin): Row =>
      row && change(row, origin, { refunded: Cents.make(row.refunded + amount) }),
    ShipmentPrepared: (row, _event, origin): Row => change(row, origin, {}),
    ShipmentDispatched: (row, { tracking }, origin): Row => change(row, origin, { tracking }),
    ShipmentFailed: (row, _event, origin): Row => change(row, origin, {}),
    ShipmentCalledOff: (row, _event, origin): Row => change(row, origin, {})
  }
})
