/**
 * The process manager on a store in memory, with a clock that is set forward: every way that an
 * order can take.
 */
import { describe, expect, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { EventStore } from "eventfold"
import { Amount } from "schemas/orders/money.ts"
import * as FulfilmentManager from "../src/FulfilmentManager.ts"
import { Orders } from "../src/generated/order.service.ts"
import { Payments } from "../src/generated/payment.service.ts"
import { CapturePayment, DeclinePayment } from "../src/generated/payment.ts"
import { Shipments } from "../src/generated/shipment.service.ts"
import { DispatchShipment, FailShipment } from "../src/generated/shipment.ts"
import type { OrderId } from "../src/generated/values.ts"
import { bookmark, happened, inMemory, pause, place, seen, total } from "./shop.ts"

const manager = Effect.forkChild(Effect.provide(FulfilmentManager.run, bookmark))

const capture = (id: OrderId, cents: number = total) =>
  Payments.use((payments) => payments.execute(id, CapturePayment.make({ amount: Amount.make(cents) })))
const decline = (id: OrderId) =>
  Payments.use((payments) => payments.execute(id, DeclinePayment.make({ reason: "card expired" })))
const dispatch = (id: OrderId) =>
  Shipments.use((shipments) => shipments.execute(id, DispatchShipment.make({ carrier: "Post", tracking: "P-1" })))
const fail = (id: OrderId) =>
  Shipments.use((shipments) => shipments.execute(id, FailShipment.make({ reason: "broken" })))

/** An order whose payment is asked for. */
const asked = Effect.gen(function* () {
  yield* manager
  const id = yield* place("o-1")
  yield* seen(id, "PaymentRequested")
  return id
})

/** An order whose parcel is prepared. */
const prepared = Effect.gen(function* () {
  const id = yield* asked
  yield* capture(id)
  yield* seen(id, "ShipmentPrepared")
  return id
})

const reasonOf = (id: OrderId) =>
  Orders.use((orders) => Effect.map(orders.load(id), ({ state: { reason, status } }) => reason ?? status))
const moneyOf = (id: OrderId) =>
  Payments.use((payments) =>
    Effect.map(payments.load(id), ({ state: { captured, refunded } }) => ({ captured, refunded }))
  )

describe("an order", () => {
  it.effect("that is paid and sent is completed", () =>
    Effect.gen(function* () {
      const id = yield* prepared
      yield* dispatch(id)
      yield* seen(id, "OrderCompleted")
      expect(yield* happened(id)).toEqual([
        "OrderPlaced",
        "PaymentRequested",
        "PaymentCaptured",
        "OrderConfirmed",
        "ShipmentPrepared",
        "ShipmentDispatched",
        "OrderCompleted"
      ])
    }).pipe(Effect.provide(inMemory()))
  )

  it.effect("that is paid in parts is confirmed with the last of them", () =>
    Effect.gen(function* () {
      const id = yield* asked
      yield* capture(id, 1_000)
      yield* capture(id, 1_000)
      yield* Effect.repeat(pause, { times: 5 })
      expect(yield* reasonOf(id)).toBe("Placed")
      yield* capture(id, total - 2_000)
      yield* seen(id, "OrderConfirmed")
    }).pipe(Effect.provide(inMemory()))
  )

  it.effect("whose payment is declined is cancelled, and what was paid goes back", () =>
    Effect.gen(function* () {
      const id = yield* asked
      yield* capture(id, 1_000)
      yield* decline(id)
      yield* seen(id, "PaymentRefunded")
      expect(yield* reasonOf(id)).toBe("payment declined")
      expect(yield* moneyOf(id)).toEqual({ captured: 1_000, refunded: 1_000 })
    }).pipe(Effect.provide(inMemory()))
  )

  it.effect("that is not paid in time is cancelled, and money that comes later goes back, each time", () =>
    Effect.gen(function* () {
      const id = yield* asked
      yield* TestClock.adjust("71 hours")
      yield* Effect.repeat(pause, { times: 5 })
      expect(yield* reasonOf(id)).toBe("Placed")
      yield* TestClock.adjust("1 hour")
      yield* seen(id, "OrderCancelled")
      expect(yield* reasonOf(id)).toBe("payment overdue")
      yield* capture(id, 2_000)
      yield* seen(id, "PaymentRefunded")
      yield* capture(id, total - 2_000)
      yield* seen(id, "PaymentRefunded", 2)
      expect(yield* moneyOf(id)).toEqual({ captured: total, refunded: total })
      expect(yield* happened(id)).toEqual([
        "OrderPlaced",
        "PaymentRequested",
        "OrderCancelled",
        "PaymentCaptured",
        "PaymentRefunded",
        "PaymentCaptured",
        "PaymentRefunded"
      ])
    }).pipe(Effect.provide(inMemory()))
  )

  it.effect("whose shipment fails is cancelled, and its money goes back", () =>
    Effect.gen(function* () {
      const id = yield* prepared
      yield* fail(id)
      yield* seen(id, "PaymentRefunded")
      expect(yield* reasonOf(id)).toBe("shipment failed")
      expect(yield* moneyOf(id)).toEqual({ captured: total, refunded: total })
    }).pipe(Effect.provide(inMemory()))
  )

  it.effect("that is not sent in time is called off, cancelled, and its money goes back", () =>
    Effect.gen(function* () {
      const id = yield* prepared
      yield* TestClock.adjust("5 days")
      yield* seen(id, "PaymentRefunded")
      expect(yield* reasonOf(id)).toBe("shipment overdue")
      expect((yield* happened(id)).slice(-3)).toEqual(["ShipmentCalledOff", "OrderCancelled", "PaymentRefunded"])
      expect((yield* Effect.flip(dispatch(id)))._tag).toBe("ShipmentAlreadyCalledOff")
    }).pipe(Effect.provide(inMemory()))
  )

  it.effect("that is sent a moment before its time is up is completed", () =>
    Effect.gen(function* () {
      const id = yield* prepared
      yield* TestClock.adjust("119 hours")
      yield* dispatch(id)
      yield* TestClock.adjust("1 hour")
      yield* seen(id, "OrderCompleted")
      yield* TestClock.adjust("30 days")
      yield* Effect.repeat(pause, { times: 5 })
      expect((yield* happened(id)).at(-1)).toBe("OrderCompleted")
    }).pipe(Effect.provide(inMemory()))
  )

  it.effect("says of each event who did it, why, and for which order", () =>
    Effect.gen(function* () {
      const id = yield* prepared
      const store = yield* EventStore.EventStore
      const [confirmed] = yield* Stream.runCollect(store.readAll({ types: ["OrderConfirmed"] }))
      expect(confirmed?.metadata).toEqual({ actor: "fulfilment", causationId: "fulfilment/confirm", correlationId: id })
    }).pipe(Effect.provide(inMemory()))
  )
})
