/**
 * Computes the next step of an order from its state. Pure: this is the process, the rest is
 * plumbing.
 *
 * Every step has a command id that is the same for every manager and every attempt. What one
 * manager has done, another (or the same after a crash) does not do again.
 */
import { DateTime, type Duration } from "effect"
import type { FulfilmentRow } from "./generated/fulfilment.ts"
import {
  CancelUnpaidOrder,
  CancelUnsentOrder,
  CompleteOrder,
  ConfirmOrder,
  type OrderCommand
} from "./generated/order.ts"
import { type PaymentCommand, RefundPayment, RequestPayment } from "./generated/payment.ts"
import { CallOffShipment, PrepareShipment, type ShipmentCommand } from "./generated/shipment.ts"

/** The deadlines of customers and the warehouse. */
export interface Deadlines {
  /** From placing an order until all of it is paid. */
  readonly payment: Duration.Input
  /** From confirming an order until it is dispatched. */
  readonly dispatch: Duration.Input
}

export type NextStep =
  | { readonly _tag: "Order"; readonly commandId: string; readonly command: OrderCommand }
  | { readonly _tag: "Payment"; readonly commandId: string; readonly command: PaymentCommand }
  | { readonly _tag: "Shipment"; readonly commandId: string; readonly command: ShipmentCommand }
  /** No step before this time. */
  | { readonly _tag: "Wait"; readonly until: DateTime.Utc }

const order = (step: string, command: OrderCommand): NextStep => ({
  _tag: "Order",
  commandId: `fulfilment/${step}`,
  command
})
const payment = (step: string, command: PaymentCommand): NextStep => ({
  _tag: "Payment",
  commandId: `fulfilment/${step}`,
  command
})
const shipment = (step: string, command: ShipmentCommand): NextStep => ({
  _tag: "Shipment",
  commandId: `fulfilment/${step}`,
  command
})

/** A step that is taken when its time has come. */
const onceDue = (due: DateTime.Utc | null, now: DateTime.Utc, step: NextStep): NextStep =>
  due === null || DateTime.isGreaterThanOrEqualTo(now, due) ? step : { _tag: "Wait", until: due }

type Stage<Tag extends FulfilmentRow["_tag"]> = Extract<FulfilmentRow, { readonly _tag: Tag }>

const whilePaying = (row: Stage<"Paying">, now: DateTime.Utc, deadlines: Deadlines): NextStep => {
  const { dueBy, placedAt, total } = row
  switch (row.payment) {
    case "Unrequested": {
      const until = DateTime.addDuration(placedAt, deadlines.payment)
      return payment("request", RequestPayment.make({ amount: total, dueBy: until }))
    }
    case "Requested":
      return onceDue(dueBy, now, order("cancel", CancelUnpaidOrder.make({ reason: "payment overdue" })))
    case "Captured":
      return order("confirm", ConfirmOrder.make())
    case "Declined":
      return order("cancel", CancelUnpaidOrder.make({ reason: "payment declined" }))
  }
}

const whileSending = (row: Stage<"Sending">, now: DateTime.Utc, deadlines: Deadlines): NextStep => {
  const { address, confirmedAt, dispatchBy } = row
  switch (row.shipment) {
    case "Unprepared": {
      const items = row.items.map(({ quantity, sku }) => ({ sku, quantity }))
      const until = DateTime.addDuration(confirmedAt, deadlines.dispatch)
      return shipment("prepare", PrepareShipment.make({ items, address, dispatchBy: until }))
    }
    // The warehouse has the last word: a parcel that has left in the meantime can't be called off.
    case "Prepared":
      return onceDue(dispatchBy, now, shipment("call-off", CallOffShipment.make()))
    case "Dispatched":
      return order("complete", CompleteOrder.make())
    case "Failed":
      return order("cancel", CancelUnsentOrder.make({ reason: "shipment failed" }))
    case "CalledOff":
      return order("cancel", CancelUnsentOrder.make({ reason: "shipment overdue" }))
  }
}

/** Computes the current step of an order that is in progress. */
export const nextStep = (row: FulfilmentRow, now: DateTime.Utc, deadlines: Deadlines): NextStep => {
  switch (row._tag) {
    case "Paying":
      return whilePaying(row, now, deadlines)
    case "Sending":
      return whileSending(row, now, deadlines)
    // Whenever money comes in after the end, it is given back once more: under another id.
    case "Refunding":
      return payment(`refund/${row.lastCapture}`, RefundPayment.make())
  }
}
