/**
 * Two managers at once, killed and restarted while orders are open: every order is completed or
 * cancelled, and nothing is done twice.
 */
import { expect, it } from "@effect/vitest"
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Layer, Random, Stream } from "effect"
import { EventStore } from "eventfold"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { serverUrl } from "../../../packages/postgres/test/server/serverUrl.ts"
import { OrderOverviewView } from "../src/generated/order-overview.service.ts"
import type { OrderOverviewRow } from "../src/generated/order-overview.ts"
import { Payments } from "../src/generated/payment.service.ts"
import { CapturePayment, DeclinePayment } from "../src/generated/payment.ts"
import { Shipments } from "../src/generated/shipment.service.ts"
import { DispatchShipment, FailShipment } from "../src/generated/shipment.ts"
import type { OrderId } from "../src/generated/values.ts"
import * as Shop from "../src/Shop.ts"
import { folder, pause, place, total } from "./shop.ts"

const program = fileURLToPath(new URL("processes/manager.ts", import.meta.url))
const deadline = "1500"

/** A process, which is killed at the end at the latest. */
const start = (args: ReadonlyArray<string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] })
      return { atWork: once(child.stdout, "data"), ended: once(child, "close"), kill: () => child.kill("SIGKILL") }
    }),
    ({ ended, kill }) => Effect.promise(() => (kill(), ended))
  )

/** The behaviour of the provider and the warehouse for each fifth order. */
const fates = ["completed", "declined", "unpaid", "broken", "forgotten"] as const
const fateOf = (id: string) => fates[Number(id.slice(id.indexOf("-") + 1)) % fates.length]!

const world = Effect.gen(function* () {
  const store = yield* EventStore.EventStore
  const payments = yield* Payments
  const shipments = yield* Shipments
  const once = { commandId: "world" }
  const react = (type: string, id: OrderId): Effect.Effect<unknown, { readonly _tag: string }> => {
    const fate = fateOf(id)
    if (type === "PaymentRequested") {
      if (fate === "unpaid") return Effect.void
      return fate === "declined"
        ? payments.execute(id, DeclinePayment.make({ reason: "no" }), once)
        : payments.execute(id, CapturePayment.make({ amount: total }), once)
    }
    // A manager may have called it off in the meantime.
    if (fate === "completed")
      return Effect.result(shipments.execute(id, DispatchShipment.make({ carrier: "Post", tracking: id }), once))
    return fate === "broken"
      ? Effect.result(shipments.execute(id, FailShipment.make({ reason: "broken" }), once))
      : Effect.void
  }
  yield* store.subscribe({ types: ["PaymentRequested", "ShipmentPrepared"] }).pipe(
    Stream.mapEffect(({ stream, type }) => react(type, stream.slice(stream.indexOf("-") + 1) as OrderId), {
      concurrency: 8
    }),
    Stream.runDrain
  )
})

it.live(
  "two managers that are killed again and again bring every order to its end, once",
  () =>
    Effect.gen(function* () {
      const url = yield* Effect.promise(serverUrl)
      const schema = `orders_${crypto.randomUUID().replaceAll("-", "")}`
      const bookmarks = yield* folder
      const args = (name: string) => [url, schema, join(bookmarks, `${name}.json`), deadline, deadline]
      const count = 60

      yield* Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        const overview = yield* OrderOverviewView
        yield* Effect.forkChild(world)
        const names = ["one", "two"]
        const running = yield* Effect.forEach(names, (name) => start(args(name)))
        yield* Effect.forEach(running, ({ atWork }) => Effect.promise(() => atWork), { concurrency: 2 })
        // Orders come in all the time, and now one, now the other manager dies.
        yield* Effect.forkChild(
          Effect.forEach(Array.from({ length: count }), (_, i) =>
            Effect.andThen(place(`o-${i}`), Effect.sleep("60 millis"))
          )
        )
        for (let kill = 0; kill < 4; kill++) {
          const victim = kill % 2
          yield* Effect.sleep(yield* Random.nextIntBetween(100, 700))
          running[victim]!.kill()
          running[victim] = yield* start(args(names[victim]!))
          yield* Effect.promise(() => running[victim]!.atWork)
        }

        const isFinal = ({ captured, refunded, status }: OrderOverviewRow) =>
          status === "Completed" || (status === "Cancelled" && captured === refunded)
        for (let tries = 0; (yield* overview.all).filter(isFinal).length < count; tries++) {
          if (tries > 400)
            throw new Error(`not at their end: ${JSON.stringify((yield* overview.all).filter((row) => !isFinal(row)))}`)
          yield* Effect.sleep("50 millis")
        }
        // And nothing more is sent.
        yield* Effect.sleep("1 second")
        const events = yield* Stream.runCollect(store.readAll())
        yield* Effect.repeat(pause, { times: 100 })
        expect(yield* Stream.runCount(store.readAll())).toBe(events.length)

        const twice = [...Map.groupBy(events, ({ stream, type }) => `${type} of ${stream}`)]
        expect(twice.filter(([, same]) => same.length > 1).map(([what]) => what)).toEqual([])
        const rows = yield* overview.all
        expect(rows).toHaveLength(count)
        const ends = new Set<string>()
        for (const { captured, orderId, reason, refunded, status, tracking } of rows) {
          const fate = fateOf(orderId)
          ends.add(`${fate}: ${reason ?? status}`)
          expect({ orderId, captured, refunded, tracking }).toEqual(
            status === "Completed"
              ? { orderId, captured: total, refunded: 0, tracking: orderId }
              : { orderId, captured, refunded: captured, tracking: null }
          )
          if (fate === "declined" || fate === "unpaid") expect(captured).toBe(0)
        }
        // On a busy machine the deadlines of further orders may pass, too.
        expect([...ends]).toEqual(
          expect.arrayContaining([
            "completed: Completed",
            "declined: payment declined",
            "unpaid: payment overdue",
            "broken: shipment failed",
            "forgotten: shipment overdue"
          ])
        )
      }).pipe(Effect.provide(Layer.provideMerge(Shop.services, PgEventStore.layer({ url, schema }))))
    }),
  600_000
)
