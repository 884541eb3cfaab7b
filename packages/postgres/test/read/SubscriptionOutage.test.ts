/**
 * Subscriptions while the server is unreachable, or an append does not end. Each test of an outage
 * has a server of its own.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Metric, Schedule, Stream } from "effect"
import { EventStore } from "eventfold"
import { StoreMetrics } from "eventfold/store"
import { PgEventStore } from "@eventfold/postgres"
import { appendSilently, collect, logged } from "../SubscriptionTools.ts"
import { client, eventually, open, url } from "../StoreOnServer.ts"
import { startServer } from "../server/PostgresServer.ts"
import { events, freshSchema } from "../Stores.ts"

const server = Effect.acquireRelease(
  Effect.promise(() => startServer()),
  ({ stop }) => Effect.promise(stop)
)

describe("subscriptions during a restart of the server", () => {
  it.live(
    "every event arrives once, for waiting and reading subscriptions in two processes",
    () =>
      Effect.gen(function* () {
        const { crash, start, url } = yield* server
        const { layer: logger, lines } = logged()
        const said = (beginning: string) => lines.some((line) => line.startsWith(beginning))
        const stores: Array<EventStore.Service> = []
        for (let i = 0; i < 3; i++) {
          const context = yield* Layer.build(PgEventStore.layer({ url })).pipe(Effect.provide(logger))
          stores.push(yield* Effect.provide(EventStore.EventStore, context))
        }
        const [writing, reading, waiting] = stores as [EventStore.Service, EventStore.Service, EventStore.Service]
        const followers = [
          yield* collect(reading, { pageSize: 2 }),
          yield* collect(reading, { types: ["AccountOpened"] }),
          yield* collect(waiting),
          yield* collect(writing)
        ]
        const idle = yield* collect(waiting, { aggregates: ["Nobody"] })
        const running = { now: true }
        const writer = (w: number) =>
          Effect.gen(function* () {
            for (let i = 0; running.now; i++) {
              const batch = events(2)
              // An append with an unknown outcome is sent again, with the same ids.
              yield* Effect.retry(writing.append(`W${w}-${i}`, "noStream", batch), {
                while: ({ isRetryable }) => isRetryable,
                schedule: Schedule.spaced("20 millis")
              })
            }
          })
        const writers = yield* Effect.forkChild(
          Effect.all(
            Array.from({ length: 4 }, (_, w) => writer(w)),
            { concurrency: "unbounded" }
          )
        )
        for (let round = 0; round < 3; round++) {
          yield* Effect.sleep("250 millis")
          yield* Effect.promise(crash)
          yield* Effect.sleep(`${round * 300} millis`)
          // The outage lasts until it is noticed, on a machine of any load.
          if (round === 2) yield* eventually(Effect.sync(() => said("subscriptions wait, and retry: ")))
          yield* Effect.promise(start)
        }
        yield* Effect.sleep("300 millis")
        running.now = false
        yield* Fiber.join(writers)
        const stored = yield* Stream.runCollect(reading.readAll())
        assert.isAbove(stored.length, 200)
        for (const { positions } of followers) {
          yield* eventually(Effect.sync(() => positions().length >= stored.length))
          assert.deepStrictEqual(
            positions(),
            stored.map(({ position }) => position)
          )
        }
        assert.isUndefined(idle.fiber.pollUnsafe())
        yield* eventually(Effect.sync(() => said("subscriptions continue")))
      }),
    600_000
  )

  it.live(
    "a subscription that begins during an outage starts when the server is back",
    () =>
      Effect.gen(function* () {
        const { crash, start, url } = yield* server
        const context = yield* Layer.build(PgEventStore.layer({ url })).pipe(Effect.provide(logged().layer))
        const store = yield* Effect.provide(EventStore.EventStore, context)
        yield* store.append("A-1", "any", events(3))
        yield* Effect.promise(crash)
        const { events: arrived } = yield* collect(store)
        yield* Effect.sleep("200 millis")
        yield* Effect.promise(start)
        yield* eventually(Effect.sync(() => arrived.length === 3))
      }),
    600_000
  )
})

/** Starts a transaction that has appended and does not end until requested. */
const unfinished = (schema: string, name: string, role?: string) =>
  Effect.gen(function* () {
    const sql = yield* client
    const gate = { open: false }
    const pid = { value: 0 }
    const fiber = yield* Effect.forkChild(
      sql.withTransaction(
        Effect.gen(function* () {
          const [row] = yield* sql.unsafe("select pg_backend_pid()").values
          yield* sql.unsafe(`set local application_name = '${name}'`)
          yield* appendSilently(sql, schema, "Held-1")
          if (role !== undefined) yield* sql.unsafe("select 'the last words'")
          pid.value = Number(row?.[0])
          while (!gate.open) yield* Effect.sleep("5 millis")
        })
      )
    )
    yield* eventually(Effect.sync(() => pid.value > 0))
    return { pid: pid.value, end: Effect.suspend(() => ((gate.open = true), Fiber.join(fiber))) }
  })

const stalledLines = (lines: ReadonlyArray<string>) => lines.filter((line) => line.startsWith("subscriptionStalled"))

describe("an append that does not end", () => {
  it.live("it holds back subscriptions, a warning names it, and every event arrives when it ends", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const { layer, lines } = logged()
      const store = yield* open(schema, { stalledAfter: "300 millis" }).pipe(Effect.provide(layer))
      yield* store.append("A-1", "any", events(2))
      const { events: arrived, positions } = yield* collect(store)
      yield* eventually(Effect.sync(() => arrived.length === 2))
      const held = yield* unfinished(schema, "stuck app")
      yield* store.append("A-1", "any", events(4))
      yield* eventually(Effect.sync(() => stalledLines(lines).length > 0))
      assert.deepStrictEqual(positions(), [1, 2])
      assert.match(
        stalledLines(lines)[0]!,
        new RegExp(
          `^subscriptionStalled: for 0\\.\\d s the log could be read up to position 2 only, its last event is 5 further; .* held by pid ${held.pid} \\(postgres, stuck app\\), idle in transaction, its transaction 0\\.\\d s old, with: select new_position::int from .*append_one`
        )
      )
      assert.strictEqual((yield* Metric.value(StoreMetrics.horizonLag)).value, 5)
      // The warning is repeated after twice the time, not at every look.
      yield* Effect.sleep("500 millis")
      assert.isAtMost(stalledLines(lines).length, 2)
      yield* held.end
      yield* eventually(Effect.sync(() => arrived.length === 7))
      assert.deepStrictEqual(positions(), [1, 2, 3, 4, 5, 6, 7])
      yield* eventually(Effect.map(Metric.value(StoreMetrics.horizonLag), ({ value }) => value === 0))
    })
  )

  it.live("the warning also comes if the role may not see the holder", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const role = `reader_${schema}`
      const sql = yield* client
      yield* open(schema)
      yield* sql.unsafe(`create role "${role}" login password 'secret'`)
      yield* Effect.addFinalizer(() =>
        Effect.ignore(
          Effect.andThen(sql.unsafe(`drop owned by "${role}"`).unprepared, sql.unsafe(`drop role "${role}"`).unprepared)
        )
      )
      yield* sql.unsafe(`grant usage on schema "${schema}" to "${role}"`)
      yield* sql.unsafe(`grant select on "${schema}".store, "${schema}".events, "${schema}".positions to "${role}"`)
      yield* sql.unsafe(`grant execute on all functions in schema "${schema}" to "${role}"`)
      const { layer, lines } = logged()
      const address = new URL(yield* url)
      address.username = role
      const restricted = yield* open(schema, { url: address.href, stalledAfter: "200 millis" }).pipe(
        Effect.provide(layer)
      )
      const { positions } = yield* collect(restricted)
      const held = yield* unfinished(schema, "hidden app", role)
      yield* restricted.append("A-1", "any", events(2))
      yield* eventually(Effect.sync(() => stalledLines(lines).length > 0))
      const [line = ""] = stalledLines(lines)
      assert.include(line, `pid ${held.pid} (postgres`)
      assert.include(line, `its age and query are hidden from role ${role}: GRANT pg_read_all_stats shows them`)
      assert.notInclude(line, "last words")
      yield* held.end
      yield* eventually(Effect.sync(() => positions().length === 3))
    })
  )

  it.live("the warning names a prepared transaction by its id", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const { layer, lines } = logged()
      const store = yield* open(schema, { stalledAfter: "200 millis" }).pipe(Effect.provide(layer))
      const { positions } = yield* collect(store)
      const sql = yield* client
      const gid = `held by ${schema}`
      yield* Effect.scoped(
        Effect.gen(function* () {
          const connection = yield* sql.reserve
          yield* connection.executeUnprepared("begin", [], undefined)
          yield* connection.executeUnprepared(
            `select "${schema}".append_one('A-2', -1, gen_random_uuid(), 'Noted', 1, '{}', '{}', null)`,
            [],
            undefined
          )
          yield* connection.executeUnprepared(`prepare transaction '${gid}'`, [], undefined)
        })
      )
      yield* store.append("A-1", "any", events(1))
      yield* eventually(Effect.sync(() => stalledLines(lines).length > 0))
      assert.match(stalledLines(lines)[0]!, new RegExp(`held by the prepared transaction "${gid}" \\(0\\.\\d s old\\)`))
      yield* sql.unsafe(`commit prepared '${gid}'`).unprepared
      yield* eventually(Effect.sync(() => positions().length === 2))
    })
  )
})
