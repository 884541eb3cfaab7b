/**
 * Random behaviour of customers, the payment provider and the warehouse, and managers that are
 * behind: each order reaches its end, and then money and parcel are where they belong. Played
 * through on the pure functions, in random orders.
 */
import { DateTime } from "effect"
import { Decider } from "eventfold"
import * as fc from "fast-check"
import { Amount } from "schemas/orders/money.ts"
import { OrderId } from "schemas/orders/order.ts"
import { expect, it } from "vitest"
import { project } from "../src/fulfilment.projection.ts"
import type { FulfilmentEvent, FulfilmentRow } from "../src/generated/fulfilment.ts"
import { OrderLaws } from "../src/generated/order.laws.ts"
import * as Order from "../src/generated/order.ts"
import { PaymentLaws } from "../src/generated/payment.laws.ts"
import * as Payment from "../src/generated/payment.ts"
import { ShipmentLaws } from "../src/generated/shipment.laws.ts"
import * as Shipment from "../src/generated/shipment.ts"
import { nextStep, type NextStep } from "../src/NextStep.ts"
import { address, customerId, item, now, total } from "./shop.ts"

const deadlines = { payment: "3 days", dispatch: "5 days" } as const
const id = OrderId.make("o-1")
const later = DateTime.add(now, { days: 30 })

type Command =
  | { readonly _tag: "Order"; readonly command: Order.OrderCommand }
  | { readonly _tag: "Payment"; readonly command: Payment.PaymentCommand }
  | { readonly _tag: "Shipment"; readonly command: Shipment.ShipmentCommand }

/** One order in a shop without a store. */
class Play {
  order = OrderLaws.fold.initial
  payment = PaymentLaws.fold.initial
  shipment = ShipmentLaws.fold.initial
  /** The progress after each event: a manager may be any number of events behind. */
  readonly rows: Array<FulfilmentRow | undefined> = [undefined]
  readonly seen: Array<string> = []
  readonly #done = new Set<string>()
  readonly #versions = { Order: 0, Payment: 0, Shipment: 0 }

  get row() {
    return this.rows.at(-1)
  }

  /** `true` if it was accepted; a known command id changes nothing. */
  run({ _tag, command }: Command, commandId = "play"): boolean {
    const named = `${_tag}/${commandId}`
    if (this.#done.has(named)) return true
    const facts = { now, commandId, prices: [total] }
    switch (_tag) {
      case "Order": {
        const decided = OrderLaws.decide(this.order, command, facts)
        if (!Decider.isEvents(decided)) return false
        this.order = OrderLaws.fold.run(this.order, decided as ReadonlyArray<Order.OrderEvent>)
        return this.#happened(_tag, decided as ReadonlyArray<Order.OrderEvent>, named)
      }
      case "Payment": {
        const decided = PaymentLaws.decide(this.payment, command, facts)
        if (!Decider.isEvents(decided)) return false
        this.payment = PaymentLaws.fold.run(this.payment, decided as ReadonlyArray<Payment.PaymentEvent>)
        return this.#happened(_tag, decided as ReadonlyArray<Payment.PaymentEvent>, named)
      }
      case "Shipment": {
        const decided = ShipmentLaws.decide(this.shipment, command, facts)
        if (!Decider.isEvents(decided)) return false
        this.shipment = ShipmentLaws.fold.run(this.shipment, decided as ReadonlyArray<Shipment.ShipmentEvent>)
        return this.#happened(_tag, decided as ReadonlyArray<Shipment.ShipmentEvent>, named)
      }
    }
  }

  #happened(aggregate: Command["_tag"], events: ReadonlyArray<FulfilmentEvent>, named: string): true {
    if (!named.endsWith("/play")) this.#done.add(named)
    for (const event of events) {
      const version = ++this.#versions[aggregate]
      const origin = { id, version, position: this.rows.length, occurredAt: now, recordedAt: now }
      this.rows.push(project.project(this.row, event, origin, id))
      this.seen.push(event._tag)
    }
    return true
  }
}

const amount = Amount.make
const capture = (cents: number): Command => ({
  _tag: "Payment",
  command: Payment.CapturePayment.make({ amount: amount(cents) })
})
const outside: ReadonlyArray<Command> = [
  capture(1_000),
  capture(2_450),
  capture(3_450),
  { _tag: "Payment", command: Payment.DeclinePayment.make({ reason: "no" }) },
  { _tag: "Shipment", command: Shipment.DispatchShipment.make({ carrier: "c", tracking: "t" }) },
  { _tag: "Shipment", command: Shipment.FailShipment.make({ reason: "broken" }) }
]

type Move =
  | { readonly _tag: "Outside"; readonly command: Command }
  /** A manager that is a number of events behind, with its own clock. */
  | { readonly _tag: "Manager"; readonly behind: number; readonly at: DateTime.Utc }

const moves: fc.Arbitrary<Move> = fc.oneof(
  fc.constantFrom(...outside).map((command): Move => ({ _tag: "Outside", command })),
  fc
    .record({
      behind: fc.oneof(fc.constant(0), fc.nat(6)),
      at: fc.oneof({ weight: 3, arbitrary: fc.constant(now) }, fc.constant(later))
    })
    .map((manager): Move => ({ _tag: "Manager", ...manager }))
)

/** Takes what a manager who is that far behind would do; gives it. */
const manage = (play: Play, behind: number, at: DateTime.Utc): NextStep | undefined => {
  const row = play.rows.at(-1 - Math.min(behind, play.rows.length - 1))
  const step = row && nextStep(row, at, deadlines)
  if (step === undefined || step._tag === "Wait") return step
  const accepted = play.run(step, step.commandId)
  // One who knows all that has happened is never refused: else nothing would come of it for ever.
  if (behind === 0) expect(accepted, `${step.command._tag} after ${play.seen.join(", ")}`).toBe(true)
  return step
}

it("every order is finished, with money and parcel where they belong", () => {
  const ends = new Map<string, number>()
  fc.assert(
    fc.property(fc.array(moves, { maxLength: 30, size: "max" }), (played) => {
      const play = new Play()
      play.run({ _tag: "Order", command: Order.PlaceOrder.make({ customerId, items: [item], address }) })
      for (const move of played) {
        if (move._tag === "Outside") play.run(move.command)
        else manage(play, move.behind, move.at)
      }
      // No more requests arrive, and time passes.
      let steps = 0
      while (play.row !== undefined) {
        manage(play, 0, later)
        if (++steps > 10) throw new Error(`there is no end to it: ${play.seen.join(", ")}`)
      }
      const { order, payment, shipment } = play
      const refunded = payment.refunded > 0 ? ", refunded" : ""
      const end = order.reason === null ? order.status : `${order.reason}${refunded}`
      ends.set(end, (ends.get(end) ?? 0) + 1)
      if (order.status === "Completed") {
        expect(payment).toMatchObject({ status: "Captured", captured: order.total, refunded: 0 })
        expect(shipment.status).toBe("Dispatched")
      } else {
        expect(order.status).toBe("Cancelled")
        expect(payment.refunded).toBe(payment.captured)
        expect(shipment.status).not.toBe("Dispatched")
      }
    }),
    { numRuns: 3_000 }
  )
  expect([...ends.keys()].sort()).toEqual([
    "Completed",
    "payment declined",
    "payment declined, refunded",
    "payment overdue",
    "payment overdue, refunded",
    "shipment failed, refunded",
    "shipment overdue, refunded"
  ])
})
