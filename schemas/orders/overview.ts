/** How orders, payments and shipments look when they are seen together. */
import { Schema } from "effect"
import { Projection } from "eventfold"
import { Cents } from "./money.ts"
import { CustomerId, Order, OrderId, Reason } from "./order.ts"
import { Payment } from "./payment.ts"
import { Shipment } from "./shipment.ts"

/** Every order with what was paid and where its parcel is: for those who look orders up. */
export const OrderOverview = Projection.make("OrderOverview", {
  from: [Order, Payment, Shipment],
  key: OrderId,
  row: Schema.Struct({
    orderId: OrderId,
    customerId: CustomerId,
    status: Schema.Literals(["Placed", "Confirmed", "Completed", "Cancelled"]),
    reason: Schema.NullOr(Reason),
    total: Cents,
    captured: Cents,
    refunded: Cents,
    tracking: Schema.NullOr(Schema.NonEmptyString),
    placedAt: Schema.DateTimeUtc,
    updatedAt: Schema.DateTimeUtc
  }),
  indexes: { byCustomer: ["customerId"], byStatus: ["status"], byCustomerAndStatus: ["customerId", "status"] }
})
