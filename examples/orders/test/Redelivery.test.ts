/**
 * Events delivered again, managers that die at any point, and several at once: nothing happens
 * twice, and nothing is left.
 */
import { NodeServices } from "@effect/platform-node"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Fiber, FileSystem, Latch, Layer, Logger, Schema, Stream } from "effect"
import { Checkpoint, EventStore, EventStoreError } from "eventfold"
import { join } from "node:path"
import { Amount } from "schemas/orders/money.ts"
import { Bookmark } from "../src/Bookmark.ts"
import * as FulfilmentManager from "../src/FulfilmentManager.ts"
import { Payments } from "../src/generated/payment.service.ts"
import { CapturePayment } from "../src/generated/payment.ts"
import { Shipments } from "../src/generated/shipment.service.ts"
import { DispatchShipment, FailShipment } from "../src/generated/shipment.ts"
import type { OrderId } from "../src/generated/values.ts"
import * as Shop from "../src/Shop.ts"
import { bookmark, folder, happened, inMemory, pause, place, seen, total } from "./shop.ts"

/** The payment provider and the warehouse, which act on each request at once. */
const world = (parcel: "dispatched" | "broken") =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    const payments = yield* Payments
    const shipments = yield* Shipments
    const once = { commandId: "world" }
    yield* store.subscribe({ types: ["PaymentRequested", "ShipmentPrepared"] }).pipe(
      Stream.runForEach(({ stream, type }): Effect.Effect<unknown, { readonly _tag: string }> => {
        const id = stream.slice(stream.indexOf("-") + 1) as OrderId
        if (type === "PaymentRequested")
          return payments.execute(id, CapturePayment.make({ amount: Amount.make(total) }), once)
        return parcel === "broken"
          ? shipments.execute(id, FailShipment.make({ reason: "broken" }), once)
          : shipments.execute(id, DispatchShipment.make({ carrier: "Post", tracking: "P-1" }), once)
      })
    )
  }).pipe(Effect.forkChild)

/** All that happens to an order whose parcel breaks. */
const broken = [
  "OrderPlaced",
  "PaymentRequested",
  "PaymentCaptured",
  "OrderConfirmed",
  "ShipmentPrepared",
  "ShipmentFailed",
  "OrderCancelled",
  "PaymentRefunded"
]

/** The log messages, collected instead of printed. */
const logging = Effect.map(
  Effect.sync((): Array<string> => []),
  (lines) => ({
    lines,
    layer: Logger.layer([Logger.make(({ logLevel, message }) => void lines.push(`${logLevel}: ${String(message)}`))])
  })
)

/**
 * A manager with services of its own, as in a process of its own, on a store that is not quite as
 * the others see it.
 */
const managerOn = (change: (store: EventStore.Service) => Partial<EventStore.Service>) =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    const own = Layer.succeed(EventStore.EventStore, { ...store, ...change(store) })
    yield* FulfilmentManager.run.pipe(Effect.provide(Layer.fresh(Layer.provideMerge(Shop.services, own))))
  })

const manager = managerOn(() => ({}))

/** Dies at its nth command: before it is written, or after, and before it hears of that. */
const dying = (nth: number, when: "before" | "after") =>
  Effect.gen(function* () {
    const dead = yield* Latch.make()
    let commands = 0
    const fiber = yield* Effect.forkChild(
      managerOn(({ append }) => ({
        append: (stream, expected, events) => {
          if (++commands < nth) return append(stream, expected, events)
          const death = Effect.andThen(dead.open, Effect.never)
          return when === "before" ? death : Effect.andThen(append(stream, expected, events), death)
        }
      }))
    )
    yield* dead.await
    yield* Fiber.interrupt(fiber)
  })

describe("a manager", () => {
  for (const when of ["before", "after"] as const) {
    for (let nth = 1; nth <= 5; nth++) {
      it.live(`that dies at its command ${nth}, ${when} it is written, is followed by one that goes on`, () =>
        Effect.gen(function* () {
          yield* world("broken")
          const id = yield* place("o-1")
          yield* dying(nth, when)
          yield* Effect.forkChild(manager)
          yield* seen(id, "PaymentRefunded")
          yield* Effect.repeat(pause, { times: 5 })
          expect(yield* happened(id)).toEqual(broken)
        }).pipe(Effect.provide(bookmark), Effect.provide(inMemory()))
      )
    }
  }

  it.live("to which every event is delivered again, at every point of an order's way, changes nothing", () =>
    Effect.gen(function* () {
      yield* world("broken")
      const id = yield* place("o-1")
      yield* Effect.forkChild(Effect.provide(manager, bookmark))
      for (const type of broken) {
        yield* seen(id, type)
        // Without a bookmark of its own it begins at the beginning.
        yield* Effect.forkChild(Effect.provide(manager, Layer.fresh(bookmark)))
      }
      yield* Effect.repeat(pause, { times: 20 })
      expect(yield* happened(id)).toEqual(broken)
    }).pipe(Effect.provide(inMemory()))
  )

  it.live("does no more than another, where two work at the same time", () =>
    Effect.gen(function* () {
      yield* world("dispatched")
      for (let i = 0; i < 2; i++) yield* Effect.forkChild(Effect.provide(manager, Layer.fresh(bookmark)))
      const ids = yield* Effect.forEach(
        Array.from({ length: 50 }, (_, i) => `o-${i}`),
        place,
        { concurrency: "unbounded" }
      )
      for (const id of ids) yield* seen(id, "OrderCompleted")
      yield* Effect.repeat(pause, { times: 10 })
      const store = yield* EventStore.EventStore
      expect(yield* Stream.runCount(store.readAll())).toBe(50 * 7)
    }).pipe(Effect.provide(inMemory()))
  )

  it.live("sends a command again until a store that is away has it", () =>
    Effect.gen(function* () {
      yield* world("broken")
      let refusals = 0
      const away = (retryable: boolean) =>
        EventStoreError.EventStoreError.unavailable({ problem: "no server answers", retryable })
      const unsettled = EventStoreError.EventStoreError.outcomeUnknown({ problem: "the connection was lost" })
      yield* Effect.forkChild(
        managerOn(({ append }) => ({
          append: (stream, expected, events) => {
            // Each command: not reached, then written without hearing of it, then once more not
            // reached.
            const turn = ++refusals % 4
            if (turn === 1 || turn === 3) return Effect.fail(away(true))
            return turn === 2
              ? Effect.andThen(append(stream, expected, events), Effect.fail(unsettled))
              : append(stream, expected, events)
          }
        }))
      )
      const id = yield* place("o-1")
      yield* seen(id, "PaymentRefunded")
      expect(yield* happened(id)).toEqual(broken)
      expect(refusals).toBeGreaterThan(5)
    }).pipe(Effect.provide(bookmark), Effect.provide(inMemory()))
  )

  it.live("goes on with other orders where one can't be worked on", () =>
    Effect.gen(function* () {
      yield* world("dispatched")
      const store = yield* EventStore.EventStore
      const stuck = yield* place("stuck")
      yield* store.archive(`Order-${stuck}`)
      const id = yield* place("o-1")
      const { layer, lines } = yield* logging
      yield* Effect.forkChild(Effect.provide(manager, layer))
      yield* seen(id, "OrderCompleted")
      expect(lines.join()).toContain("Error: ConfirmOrder of order stuck failed")
      // Confirming it failed: its stream takes no events. When it does, the next start goes on from
      // there.
      expect((yield* happened(stuck)).at(-1)).toBe("PaymentCaptured")
      yield* store.unarchive(`Order-${stuck}`)
      yield* Effect.forkChild(Effect.provide(manager, Layer.fresh(bookmark)))
      yield* seen(stuck, "OrderCompleted")
    }).pipe(Effect.provide(bookmark), Effect.provide(inMemory()))
  )
})

describe("a bookmark", () => {
  const Json = Schema.fromJsonString(Checkpoint.Checkpoint)
  const file = Effect.map(folder, (path) => join(path, "of", "manager.json"))
  /** Waits until the place that is kept is this one. */
  const kept = (path: string, position: number) =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const read = Effect.flatMap(fs.readFileString(path), Schema.decodeEffect(Json))
      let last = yield* Effect.option(read)
      for (let tries = 0; tries < 600 && !(last._tag === "Some" && last.value.position === position); tries++) {
        yield* pause
        last = yield* Effect.option(read)
      }
      expect(last).toMatchObject({ value: { position } })
    })
  const positionOf = (id: OrderId) =>
    EventStore.EventStore.use((store) => Effect.map(store.streamInfo(`Order-${id}`), ({ position }) => position))

  it.live("is before the oldest order that is on its way, and behind those that are at their end", () =>
    Effect.gen(function* () {
      const path = yield* file
      const first = yield* Effect.forkChild(Effect.provide(manager, Bookmark.layer(path)))
      const outside = yield* world("dispatched")
      const done = yield* place("done")
      yield* seen(done, "OrderCompleted")
      yield* Fiber.interrupt(outside)
      const open = yield* place("open")
      yield* seen(open, "PaymentRequested")
      const position = yield* positionOf(done)
      expect(position).toBeLessThan(yield* positionOf(open))
      yield* kept(path, position)
      yield* Fiber.interrupt(first)

      // The next one reads from there on only, and knows all that it has to.
      let from: unknown
      yield* Effect.forkChild(
        managerOn(({ pages }) => ({ pages: (options) => ((from = options?.after), pages(options)) })).pipe(
          Effect.provide(Bookmark.layer(path))
        )
      )
      yield* world("dispatched")
      yield* seen(open, "OrderCompleted")
      expect(from).toMatchObject({ position })
      yield* kept(path, yield* positionOf(open))
    }).pipe(Effect.provide(inMemory()), Effect.provide(NodeServices.layer))
  )

  const other = "0192f0c1-7e2a-4b3c-8d4e-5f6071829304"
  const useless: Readonly<Record<string, readonly [text: (storeId: string) => string, warning: string]>> = {
    "that was torn": [() => '{"storeId":', "can't be read"],
    "of another log": [() => JSON.stringify({ storeId: other, position: 7, eventId: null }), "is of another log"],
    "of this log as it was before a restore": [
      (storeId) => JSON.stringify({ storeId, position: 1, eventId: other }),
      `at position 1 it saw event ${other}`
    ]
  }
  for (const [what, [text, warning]] of Object.entries(useless)) {
    it.live(`${what} makes the manager read the log from its beginning`, () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const { id: storeId } = yield* EventStore.EventStore
        const path = join(yield* folder, "manager.json")
        yield* fs.writeFileString(path, text(storeId))
        const id = yield* place("o-1")
        yield* world("dispatched")
        const { layer, lines } = yield* logging
        yield* Effect.forkChild(Effect.provide(manager, Layer.merge(Bookmark.layer(path), layer)))
        yield* seen(id, "OrderCompleted")
        expect(lines.filter((line) => line.startsWith("Warn")).join()).toContain(warning)
        yield* kept(path, yield* positionOf(id))
      }).pipe(Effect.provide(inMemory()), Effect.provide(NodeServices.layer))
    )
  }
})
