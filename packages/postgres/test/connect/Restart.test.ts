/** A server that crashes and restarts, and a standby. Each test has a server of its own. */
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Result, Stream } from "effect"
import { EventStore, type EventStoreError } from "eventfold"
import { PgEventStore } from "@eventfold/postgres"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { startServer } from "../server/PostgresServer.ts"
import { eventually } from "../StoreOnServer.ts"
import { events } from "../Stores.ts"

const server = Effect.acquireRelease(
  Effect.promise(() => startServer()),
  ({ stop }) => Effect.promise(stop)
)

it.live(
  "restart: acknowledged events survive a crash, other appends can be sent again, and the store works again",
  () =>
    Effect.gen(function* () {
      const { crash, start, url } = yield* server
      const context = yield* Layer.build(PgEventStore.layer({ url, maxConnections: 4 }))
      const { append, read, readAll } = yield* Effect.provide(EventStore.EventStore, context)
      const acknowledged = new Map<string, number>()
      const unknown: Array<readonly [string, ReturnType<typeof events>]> = []
      const tags = new Set<EventStoreError.Reason["_tag"]>()
      const stop = { now: false }
      const writer = (w: number) =>
        Effect.gen(function* () {
          for (let i = 0; !stop.now; i++) {
            const stream = `W${w}-${i}`
            const batch = events(2)
            const result = yield* Effect.result(append(stream, "noStream", batch))
            if (Result.isSuccess(result)) acknowledged.set(stream, result.success.position)
            else {
              tags.add(result.failure.reason._tag)
              if (result.failure.reason._tag === "OutcomeUnknown") unknown.push([stream, batch])
              assert.isTrue(result.failure.isRetryable)
              yield* Effect.sleep("5 millis")
            }
          }
        })
      const writers = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 8 }, (_, w) => writer(w)),
          { concurrency: "unbounded" }
        )
      )
      yield* eventually(Effect.sync(() => acknowledged.size > 20))
      yield* Effect.promise(crash)
      yield* Effect.sleep("100 millis")
      const before = acknowledged.size
      yield* Effect.promise(start)
      yield* eventually(Effect.sync(() => acknowledged.size > before + 20))
      stop.now = true
      yield* Fiber.join(writers)
      assert.isAbove(acknowledged.size, before)
      assert.isTrue(
        [...tags].every((tag) => tag === "OutcomeUnknown" || tag === "Unavailable"),
        [...tags].join()
      )
      for (const [stream, batch] of unknown) {
        acknowledged.set(stream, (yield* append(stream, "noStream", batch)).position)
      }
      const rows = yield* Stream.runCollect(readAll())
      const last = new Map(rows.map(({ position, stream }) => [stream, position]))
      assert.deepStrictEqual([...last].sort(), [...acknowledged].sort())
      assert.strictEqual(rows.length, acknowledged.size * 2)
      assert.strictEqual(yield* Stream.runCount(read("W0-0")), 2)
    }),
  600_000
)

it.live(
  "restart: a standby is refused",
  () =>
    Effect.gen(function* () {
      const { crash, data, start, url } = yield* server
      const open = Effect.scoped(Layer.build(PgEventStore.layer({ url })))
      yield* open
      yield* Effect.promise(crash)
      writeFileSync(join(data, "standby.signal"), "")
      yield* Effect.promise(start)
      const { reason } = yield* Effect.flip(open)
      assert.strictEqual(reason._tag, "StoreRefused")
      assert.match(reason.message, /standby, which takes no writes\. Connect to the primary/)
    }),
  600_000
)
