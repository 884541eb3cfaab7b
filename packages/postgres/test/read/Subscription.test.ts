/** Promise 9 on a server: other processes, lost notifications, and connections that die. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Metric, Scope, Stream } from "effect"
import { Checkpoint } from "eventfold"
import { StoreMetrics } from "eventfold/store"
import { appendSilently, collect, watched } from "../SubscriptionTools.ts"
import { client, eventually, open } from "../StoreOnServer.ts"
import { events, freshSchema } from "../Stores.ts"

/** Waits until a subscriber has received each of some appends, which are spread in time. */
const arrivals = Effect.fnUntraced(function* (
  append: () => Effect.Effect<unknown, unknown>,
  arrived: ReadonlyArray<unknown>,
  count = 6
) {
  for (let i = 0; i < count; i++) {
    // With this interval, polling would be too slow: it would take the whole interval.
    yield* Effect.sleep("450 millis")
    const seen = arrived.length
    yield* Effect.orDie(append())
    yield* eventually(Effect.sync(() => arrived.length > seen))
  }
})

/** Sessions that listen on the channel of a store. */
const listeners = (name: string) =>
  Effect.flatMap(client, (sql) =>
    Effect.map(
      sql.unsafe("select pid from pg_stat_activity where application_name = $1 and query like 'LISTEN%'", [name])
        .values,
      (rows) => rows.map(([pid]) => Number(pid))
    )
  )

describe("subscriptions on a server", () => {
  it.live("an append of another process wakes them by NOTIFY, long before polling would find it", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const [reader, writer] = [yield* open(schema, { pollInterval: "1 hour" }), yield* open(schema)]
      const { events: arrived } = yield* collect(reader)
      yield* arrivals(() => writer.append("A-1", "any", events(1)), arrived)
      yield* arrivals(() => writer.appendAll([{ stream: "A-1", expected: "any", events: events(1) }]), arrived, 3)
    })
  )

  it.live("an append without a notification arrives by polling", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const sql = yield* client
      const { events: arrived, positions } = yield* collect(yield* open(schema, { pollInterval: "150 millis" }))
      yield* arrivals(() => appendSilently(sql, schema, "A-1"), arrived)
      assert.deepStrictEqual(positions(), [1, 2, 3, 4, 5, 6])
    })
  )

  it.live("a connection that listens is opened again after it was killed, and appends in between are seen", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const sql = yield* client
      const applicationName = `listens ${schema}`
      const reader = yield* open(schema, { pollInterval: "1 hour", applicationName })
      const writer = yield* open(schema)
      const { events: arrived } = yield* collect(reader)
      for (let round = 1; round <= 3; round++) {
        yield* eventually(Effect.map(listeners(applicationName), (pids) => pids.length === 1))
        const [pid] = yield* listeners(applicationName)
        yield* sql.unsafe("select pg_terminate_backend($1::int)", [pid])
        yield* writer.append("A-1", "any", events(1))
        yield* eventually(Effect.sync(() => arrived.length === round * 4 - 3))
        yield* eventually(Effect.map(listeners(applicationName), ([next]) => next !== undefined && next !== pid))
        yield* arrivals(() => writer.append("A-1", "any", events(1)), arrived, 3)
      }
    })
  )
})

describe("many", () => {
  it.live("ten writers and two subscribers in processes of their own: every event arrives once, in order", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const sql = yield* client
      const stores = [yield* open(schema), yield* open(schema), yield* open(schema)]
      const [first, second] = [yield* collect(stores[0]!), yield* collect(stores[1]!, { pageSize: 3 })]
      const until = performance.now() + 3_000
      const writer = (w: number) =>
        Effect.gen(function* () {
          for (let i = 0; performance.now() < until; i++) {
            // Some of the writers send no notifications, and some commit slowly.
            if (w < 7) yield* stores[w % 3]!.append(`S-${w}`, i * ((w % 3) + 1), events((w % 3) + 1))
            else if (w < 9) yield* appendSilently(sql, schema, `S-${w}`)
            else
              yield* sql.withTransaction(
                Effect.andThen(appendSilently(sql, schema, `S-${w}`), Effect.sleep(`${i % 30} millis`))
              )
          }
        })
      yield* Effect.all(
        Array.from({ length: 10 }, (_, w) => writer(w)),
        { concurrency: "unbounded" }
      )
      const stored = yield* Stream.runCollect(stores[2]!.readAll())
      assert.isAbove(stored.length, 500)
      for (const { events, positions } of [first, second]) {
        yield* eventually(Effect.sync(() => events.length >= stored.length))
        assert.deepStrictEqual(
          positions(),
          stored.map(({ position }) => position)
        )
      }
    })
  )

  it.live("all subscriptions of a process share one watch, which is idle when none of them waits", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const { count, store } = yield* watched(schema, { pollInterval: "20 seconds" })
      const all = yield* Effect.all(Array.from({ length: 20 }, () => collect(store)))
      yield* eventually(Effect.sync(() => count(".head(") > 0))
      yield* Effect.sleep("200 millis")
      const [before, slices] = [count(".head("), count(".slice($1")]
      for (let i = 1; i <= 10; i++) {
        yield* store.append("A-1", "any", events(1))
        yield* eventually(Effect.sync(() => all.every(({ events }) => events.length === i)))
      }
      assert.strictEqual(count(".slice($1") - slices, 200)
      // One query for the append itself, one for its notification, and a few by polling.
      assert.isBelow(count(".head(") - before, 60)
    })
  )

  it.live("a subscription that joins a running watch begins with all events that were acknowledged before", () =>
    Effect.gen(function* () {
      const store = yield* open(freshSchema())
      yield* collect(store)
      for (let i = 1; i <= 30; i++) {
        yield* store.append("A-1", "any", events(1))
        const [page] = yield* store.pages().pipe(Stream.take(1), Stream.runCollect)
        assert.deepStrictEqual([page!.events.length, page!.caughtUp], [i, true])
      }
    })
  )

  it.live("a slow consumer makes the database wait: one page is fetched, and no further query runs", () =>
    Effect.gen(function* () {
      const { count, store } = yield* watched(freshSchema(), { pollInterval: "50 millis" })
      for (let i = 0; i < 10; i++) yield* store.append("A-1", "any", events(10))
      const gate = yield* Deferred.make<void>()
      const slow = yield* Effect.forkChild(
        store.subscribe({ pageSize: 10 }).pipe(
          Stream.tap(() => Deferred.await(gate)),
          Stream.take(100),
          Stream.runDrain
        )
      )
      yield* eventually(Effect.sync(() => count(".slice($1") === 1))
      yield* Effect.sleep("300 millis")
      const looks = count(".head(")
      yield* Effect.sleep("300 millis")
      assert.strictEqual(count(".slice($1"), 1)
      assert.strictEqual(count(".head("), looks)
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(slow)
      assert.strictEqual(count(".slice($1"), 10)
      assert.strictEqual(count(".head("), looks)
    })
  )
})

describe("ending", () => {
  it.live(
    "interrupting the last subscriber closes the connection and ends polling, and the next subscriber starts them again",
    () =>
      Effect.gen(function* () {
        const schema = freshSchema()
        const applicationName = `ends ${schema}`
        const store = yield* open(schema, { applicationName })
        const { count, store: counted } = yield* watched(schema, { pollInterval: "20 millis" })
        for (let round = 0; round < 3; round++) {
          const [one, two] = [yield* collect(store), yield* collect(store)]
          const third = yield* collect(counted)
          yield* eventually(Effect.map(listeners(applicationName), (pids) => pids.length === 1))
          yield* Fiber.interrupt(one.fiber)
          yield* store.append("A-1", "any", events(1))
          yield* eventually(Effect.sync(() => two.events.length === round + 1 && third.events.length === round + 1))
          yield* Effect.all([Fiber.interrupt(two.fiber), Fiber.interrupt(third.fiber)])
          yield* eventually(Effect.map(listeners(applicationName), (pids) => pids.length === 0))
          const looks = count(".head(")
          yield* Effect.sleep("100 millis")
          assert.strictEqual(count(".head("), looks)
        }
      })
  )

  it.live("closing the store ends waiting subscriptions, and refuses new ones", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const store = yield* Scope.provide(open(freshSchema()), scope)
      yield* store.append("A-1", "any", events(1))
      const { events: arrived, fiber } = yield* collect(store)
      yield* eventually(Effect.sync(() => arrived.length === 1))
      yield* Scope.close(scope, Exit.void)
      for (const waiting of [fiber, (yield* collect(store)).fiber]) {
        const { reason } = yield* Effect.flip(Fiber.join(waiting))
        assert.strictEqual(reason.message, "the store is closed")
      }
    })
  )

  it.live("a failure that a retry can't fix, such as dropped tables, ends the subscription", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const store = yield* open(schema, { pollInterval: "50 millis" })
      const { fiber } = yield* collect(store)
      yield* Effect.sleep("100 millis")
      yield* (yield* client).unsafe(`drop schema "${schema}" cascade`)
      for (const waiting of [fiber, (yield* collect(store)).fiber]) {
        const { reason } = yield* Effect.flip(Fiber.join(waiting))
        assert.match(reason.message, /the store's tables are gone/)
      }
    })
  )
})

describe("divergence", () => {
  /** Replaces the end of the log by other events at the same positions, as after a restore. */
  const diverge = (schema: string, keep: number) =>
    Effect.gen(function* () {
      const sql = yield* client
      yield* sql.unsafe(`delete from "${schema}".events where position > $1::int`, [keep])
      yield* sql.unsafe(`select setval('"${schema}".positions', $1::int)`, [keep])
    })

  it.live("13. a waiting subscription learns that its event is gone, although no event is appended", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const store = yield* open(schema, { pollInterval: "50 millis" })
      yield* store.append("A-1", "any", events(5))
      const { events: arrived, fiber } = yield* collect(store, { name: "waits" })
      yield* eventually(Effect.sync(() => arrived.length === 5))
      yield* diverge(schema, 3)
      const { reason } = yield* Effect.flip(Fiber.join(fiber))
      assert.deepStrictEqual(
        [reason._tag, reason.message],
        [
          "LogDiverged",
          `the checkpoint does not fit this log: at position 5 it saw event ${arrived[4]!.id}, the log has none there. Connect to the log it was made on, or read this one from its beginning`
        ]
      )
    })
  )

  it.live(
    "13. a subscription in the middle of history fails before it receives an event of the other log; one behind the fork continues",
    () =>
      Effect.gen(function* () {
        const schema = freshSchema()
        const { store } = yield* watched(schema, { pollInterval: "30 millis" })
        yield* store.append("A-1", "any", events(20))
        const behind = Checkpoint.after(store.id, (yield* Stream.runCollect(store.readAll({ limit: 2 })))[1]!)
        const seen: Array<string> = []
        const gate = yield* Deferred.make<void>()
        const reader = yield* Effect.forkChild(
          Stream.runForEach(store.subscribe({ pageSize: 5 }), ({ id }) =>
            Effect.andThen(
              Effect.sync(() => void seen.push(id)),
              seen.length === 9 ? Deferred.await(gate) : Effect.void
            )
          )
        )
        const old = (yield* Stream.runCollect(store.readAll())).map(({ id }) => id)
        yield* eventually(Effect.sync(() => seen.length === 10))
        yield* diverge(schema, 7)
        yield* store.append("A-1", 7, events(20))
        yield* Deferred.succeed(gate, undefined)
        const { reason } = yield* Effect.flip(Fiber.join(reader))
        assert.strictEqual(reason._tag, "LogDiverged")
        assert.deepStrictEqual(seen, old.slice(0, 10))
        const rest = yield* store.subscribe({ after: behind }).pipe(Stream.take(25), Stream.runCollect)
        assert.strictEqual(rest.length, 25)
      })
  )
})

it.live("metrics: appends, events, conflicts, lag and page times are measured", () =>
  Effect.gen(function* () {
    const store = yield* open(freshSchema())
    const counts = Effect.all([
      Effect.map(Metric.value(StoreMetrics.appends), ({ count }) => count),
      Effect.map(Metric.value(StoreMetrics.eventsAppended), ({ count }) => count),
      Effect.map(Metric.value(StoreMetrics.conflicts), ({ count }) => count),
      Effect.map(Metric.value(StoreMetrics.pageTime), ({ count }) => count)
    ])
    const before = yield* counts
    const some = events(3)
    yield* store.append("A-1", "noStream", some)
    yield* store.append("A-1", "noStream", some)
    yield* Effect.flip(store.append("A-1", "noStream", events(1)))
    yield* store.appendAll([
      { stream: "A-2", expected: "any", events: events(2) },
      { stream: "A-3", expected: "any", events: events(2) }
    ])
    yield* store.pages({ name: "measured", pageSize: 4 }).pipe(
      Stream.takeUntil(({ caughtUp }) => caughtUp),
      Stream.runDrain
    )
    const after = yield* counts
    assert.deepStrictEqual(
      after.map((count, i) => count - before[i]!),
      [3, 7, 1, 2]
    )
    const lag = Metric.withAttributes(StoreMetrics.subscriptionLag, { subscription: "measured" })
    assert.strictEqual((yield* Metric.value(lag)).value, 0)
  })
)
