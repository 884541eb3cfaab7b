/** The rules of the shop for orders, payments and shipments as given/when/then scenarios. */
import { DateTime } from "effect"
import { Scenario } from "@eventfold/testing"
import { Amount, Cents } from "schemas/orders/money.ts"
import { describe, it } from "vitest"
import { OrderLaws } from "../src/generated/order.laws.ts"
import * as Order from "../src/generated/order.ts"
import { PaymentLaws } from "../src/generated/payment.laws.ts"
import * as Payment from "../src/generated/payment.ts"
import { ShipmentLaws } from "../src/generated/shipment.laws.ts"
import * as Shipment from "../src/generated/shipment.ts"
import { address, customerId, item, teapot, total } from "./shop.ts"

const cents = Cents.make
const amount = Amount.make

describe("an order", () => {
  const { given } = Scenario.of(OrderLaws)
  const place = Order.PlaceOrder.make({ customerId, items: [item], address })
  const placed = Order.OrderPlaced.make({ customerId, lines: [teapot], address, total })
  const confirmed = Order.OrderConfirmed.make()
  const completed = Order.OrderCompleted.make()
  const overdue = Order.OrderCancelled.make({ reason: "payment overdue" })

  it("is placed at the prices of the day", () => {
    const two = { ...item, quantity: 2 }
    given()
      .when(Order.PlaceOrder.make({ customerId, items: [item, two], address }), { prices: [total, total] })
      .then(
        Order.OrderPlaced.make({
          customerId,
          lines: [teapot, { ...teapot, quantity: 2 }],
          address,
          total: amount(10_350)
        })
      )
  })
  it("is of articles that the shop has", () => {
    given()
      .when(place, { prices: [null] })
      .then(Order.UnknownArticle.make({ sku: item.sku }))
  })
  it("is placed once", () => {
    given(placed)
      .when(place, { prices: [total] })
      .then(Order.OrderAlreadyPlaced.make())
  })
  it("may cost 100,000.00 at most", () => {
    given()
      .when(Order.PlaceOrder.make({ customerId, items: [{ ...item, quantity: 2 }], address }), {
        prices: [amount(6_000_000)]
      })
      .then(Order.OrderTooLarge.make({ total: 12_000_000, most: cents(10_000_000) }))
  })
  it("is confirmed when it is paid, and completed when it is sent", () => {
    given(placed).when(Order.ConfirmOrder.make()).then(confirmed)
    given(placed, confirmed).when(Order.CompleteOrder.make()).then(completed)
  })
  it("is not sent before it is paid", () => {
    given(placed).when(Order.CompleteOrder.make()).then(Order.OrderNotConfirmed.make())
  })
  it("that is not paid can be cancelled, once", () => {
    const cancel = Order.CancelUnpaidOrder.make({ reason: "payment overdue" })
    given(placed).when(cancel).then(overdue)
    given(placed, overdue)
      .when(cancel)
      .then(Order.OrderAlreadyCancelled.make({ reason: "payment overdue" }))
  })
  it("that was paid in the meantime is not cancelled as unpaid", () => {
    given(placed, confirmed)
      .when(Order.CancelUnpaidOrder.make({ reason: "payment overdue" }))
      .then(Order.OrderAlreadyConfirmed.make())
  })
  it("that was cancelled is not confirmed, however the money comes", () => {
    given(placed, overdue)
      .when(Order.ConfirmOrder.make())
      .then(Order.OrderAlreadyCancelled.make({ reason: "payment overdue" }))
  })
  it("that can't be sent is cancelled, with the reason", () => {
    given(placed, confirmed)
      .when(Order.CancelUnsentOrder.make({ reason: "shipment failed" }))
      .then(Order.OrderCancelled.make({ reason: "shipment failed" }))
      .thenState({ status: "Cancelled", customerId, lines: [teapot], total, reason: "shipment failed" })
  })
  it("on its way stays on its way", () => {
    given(placed, confirmed, completed)
      .when(Order.CancelUnsentOrder.make({ reason: "shipment overdue" }))
      .then(Order.OrderAlreadyCompleted.make())
  })
  it("that was never placed is none", () => {
    given().when(Order.ConfirmOrder.make()).then(Order.OrderNotPlaced.make())
  })
})

describe("a payment", () => {
  const { given } = Scenario.of(PaymentLaws)
  const dueBy = DateTime.makeUnsafe("2026-03-04T12:00:00Z")
  const request = Payment.RequestPayment.make({ amount: amount(100), dueBy })
  const requested = Payment.PaymentRequested.make({ amount: amount(100), dueBy })
  const capture = (cents: number) => Payment.CapturePayment.make({ amount: amount(cents) })
  const captured = (part: number, outstanding: number) =>
    Payment.PaymentCaptured.make({ amount: amount(part), outstanding: cents(outstanding) })
  const declined = Payment.PaymentDeclined.make({ reason: "card expired" })

  it("is asked for once", () => {
    given().when(request).then(requested)
    given(requested).when(request).then(Payment.PaymentAlreadyRequested.make())
  })
  it("comes at once, or in parts", () => {
    given(requested).when(capture(100)).then(captured(100, 0))
    given(requested, captured(40, 60)).when(capture(60)).then(captured(60, 0))
  })
  it("never comes to more than was asked for", () => {
    given(requested, captured(40, 60))
      .when(capture(61))
      .then(Payment.CaptureExceedsOutstanding.make({ amount: amount(61), outstanding: cents(60) }))
    given(requested, captured(100, 0)).when(capture(1)).then(Payment.PaymentAlreadyCaptured.make())
  })
  it("without a request is refused", () => {
    given().when(capture(1)).then(Payment.PaymentNotRequested.make())
  })
  it("may be declined until all of it is there, and is then closed", () => {
    const decline = Payment.DeclinePayment.make({ reason: "card expired" })
    given(requested, captured(40, 60)).when(decline).then(declined)
    given(requested, captured(100, 0)).when(decline).then(Payment.PaymentAlreadyCaptured.make())
    given(requested, declined).when(capture(60)).then(Payment.PaymentAlreadyDeclined.make())
  })
  it("goes back with all that came in, and once", () => {
    const refunded = Payment.PaymentRefunded.make({ amount: amount(40) })
    given(requested, captured(40, 60), declined)
      .when(Payment.RefundPayment.make())
      .then(refunded)
      .thenState({ status: "Declined", amount: cents(100), captured: cents(40), refunded: cents(40) })
    given(requested, captured(40, 60), declined, refunded)
      .when(Payment.RefundPayment.make())
      .then(Payment.NothingToRefund.make())
  })
  it("that comes in after a refund goes back too", () => {
    given(requested, captured(40, 60), Payment.PaymentRefunded.make({ amount: amount(40) }), captured(60, 0))
      .when(Payment.RefundPayment.make())
      .then(Payment.PaymentRefunded.make({ amount: amount(60) }))
  })
})

describe("a shipment", () => {
  const { given } = Scenario.of(ShipmentLaws)
  const parcel = {
    items: [item],
    address,
    dispatchBy: DateTime.makeUnsafe("2026-03-06T12:00:00Z")
  }
  const prepared = Shipment.ShipmentPrepared.make(parcel)
  const dispatch = Shipment.DispatchShipment.make({ carrier: "Penny Post", tracking: "PP-1" })
  const dispatched = Shipment.ShipmentDispatched.make({ carrier: "Penny Post", tracking: "PP-1" })
  const failed = Shipment.ShipmentFailed.make({ reason: "broken" })
  const calledOff = Shipment.ShipmentCalledOff.make()

  it("is prepared once, then dispatched", () => {
    given().when(Shipment.PrepareShipment.make(parcel)).then(prepared)
    given(prepared).when(Shipment.PrepareShipment.make(parcel)).then(Shipment.ShipmentAlreadyPrepared.make())
    given(prepared).when(dispatch).then(dispatched).thenState({ status: "Dispatched", tracking: "PP-1" })
    given().when(dispatch).then(Shipment.ShipmentNotPrepared.make())
  })
  it("is dispatched, fails, or is called off: the first outcome stays", () => {
    const gone = Shipment.ShipmentAlreadyDispatched.make({ tracking: "PP-1" })
    given(prepared, dispatched).when(Shipment.CallOffShipment.make()).then(gone)
    given(prepared, dispatched)
      .when(Shipment.FailShipment.make({ reason: "broken" }))
      .then(gone)
    given(prepared, calledOff).when(dispatch).then(Shipment.ShipmentAlreadyCalledOff.make())
    given(prepared, failed).when(dispatch).then(Shipment.ShipmentAlreadyFailed.make())
  })
})
