/** Streams that transactions of other programs hold: only writes to these streams wait. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Metric, Result, Stream } from "effect"
import type { EventStore, EventStoreError } from "eventfold"
import { StoreMetrics } from "eventfold/store"
import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { logged } from "../SubscriptionTools.ts"
import { reasonOf } from "../StoreFixture.ts"
import { appendRaw, client, eventually, open, url } from "../StoreOnServer.ts"
import { event, events, freshSchema } from "../Stores.ts"

const unbounded = { concurrency: "unbounded" } as const

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`)

/**
 * Runs an effect while two transactions of another program have appended to some streams and are
 * open. Every second append expects an exact version: it has no lock on its stream, and another
 * append waits for its row.
 */
const whileHeld = <A, E, R>(schema: string, streams: ReadonlyArray<string>, run: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const [one, other] = [yield* client, yield* client]
    const half = Math.ceil(streams.length / 2)
    const hold = (sql: typeof one, some: ReadonlyArray<string>) =>
      Effect.forEach(some, (stream, i) => appendRaw(sql, schema, stream, i % 2 === 0 ? -1 : 0))
    return yield* one.withTransaction(
      Effect.andThen(
        hold(one, streams.slice(0, half)),
        other.withTransaction(Effect.andThen(hold(other, streams.slice(half)), run))
      )
    )
  })

const anyOf = (stream: string): EventStore.Append => ({ stream, expected: "any", events: events(1) })

/** Appends in every way of the API, with the number of events. */
const ways = ({ append, appendAll, projections }: EventStore.Service) => ({
  append: (stream: string) => append(stream, "any", events(1)),
  "append of several events": (stream: string) => append(stream, "any", events(3)),
  appendAll: (stream: string) => appendAll([anyOf(stream), anyOf(`${stream}-too`)]),
  "appendAll to 300 streams": (stream: string) => appendAll([...names(`${stream}-wide`, 300), stream].map(anyOf)),
  "append with rows": (stream: string) => projections!.inline!.append([anyOf(stream)], [])
})

describe("while transactions of other programs hold streams", () => {
  it.live("writes to other streams succeed, in every way of appending, and writes to held streams wait", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const store = yield* open(schema)
      const count = Object.keys(ways(store)).length
      const held = names("Held", 10)
      yield* store.append("Old-1", "any", events(2))
      const before = (yield* Metric.value(StoreMetrics.appendsHeld)).count
      const waiting = yield* whileHeld(
        schema,
        held,
        Effect.gen(function* () {
          // To each held stream in two ways.
          const waiting = yield* Effect.forEach([...held, ...held], (stream, i) => {
            const way = Object.values(ways(store))[(i + (i < held.length ? 0 : 1)) % count]!
            const sent: Effect.Effect<unknown, EventStoreError.EventStoreError> = way(stream)
            return Effect.forkChild(sent, { startImmediately: true })
          })
          for (const [name, way] of Object.entries(ways(store))) {
            for (let i = 0; i < 3; i++) yield* way(`Free-${name.replaceAll(" ", "")}-${i}`)
          }
          yield* store.truncate("Old-1", { before: 2 })
          yield* store.archive("Old-1")
          assert.strictEqual((yield* Stream.runCollect(store.read("Free-append-0"))).length, 1)
          assert.deepStrictEqual(
            waiting.map((fiber) => fiber.pollUnsafe()),
            waiting.map(() => undefined)
          )
          return waiting
        })
      )
      yield* Effect.forEach(waiting, Fiber.join)
      for (const stream of held) assert.isAtLeast((yield* store.streamInfo(stream)).version, 3)
      assert.isAtLeast((yield* Metric.value(StoreMetrics.appendsHeld)).count - before, held.length)
    })
  )

  it.live("other appends of a large batch are written, and each has its own outcome", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const store = yield* open(schema, { lanes: 1 })
      const held = names("Held", 10)
      yield* store.append("Free-7", "any", events(1))
      const { waiting } = yield* whileHeld(
        schema,
        held,
        Effect.gen(function* () {
          const waiting: Array<Fiber.Fiber<EventStore.Appended, unknown>> = []
          const free: Array<Fiber.Fiber<Result.Result<EventStore.Appended, unknown>>> = []
          for (let i = 0; i < 250; i++) {
            const [stream, expected] = [`Free-${i}`, i % 3 === 0 ? "any" : "noStream"] as const
            free.push(yield* Effect.forkChild(Effect.result(store.append(stream, expected, events(1)))))
            if (i % 25 === 0) {
              const append = store.append(held[i / 25]!, "any", events(1))
              waiting.push(yield* Effect.forkChild(append))
            }
          }
          const outcomes = yield* Effect.forEach(free, Fiber.join)
          const refused = outcomes.flatMap((outcome, i) => (Result.isFailure(outcome) ? [i] : []))
          assert.deepStrictEqual(refused, [7])
          return { waiting }
        })
      )
      const written = yield* Effect.forEach(waiting, Fiber.join)
      assert.deepStrictEqual(
        written.map(({ version }) => version),
        held.map(() => 2)
      )
    })
  )

  it.live("a batch waits for held rows one second at most in total, for any number of held rows", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const connector = yield* PgEventStore.connect({ url: yield* url, lanes: 1 })
      // The lock timeout of each statement of the lane, which is sent with it.
      const waits: Array<number> = []
      const recorded = new Proxy(connector.client, {
        get: (target, key) =>
          key === "unsafe"
            ? (text: string, parameters?: ReadonlyArray<unknown>) => {
                if (/\.append_(?:one|many|batch)\(\$1/.test(text)) waits.push(Number(parameters?.at(-1)))
                return target.unsafe(text, parameters)
              }
            : Reflect.get(target, key)
      })
      const store = yield* SqlEventStore.make({ ...connector, client: recorded }, { schema })
      const held = names("Held", 240)
      const sql = yield* client
      const waiting = yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* Effect.forEach(held, (stream) => appendRaw(sql, schema, stream, 0))
          const waiting = yield* Effect.forEach(held, (stream) =>
            Effect.forkChild(Effect.result(store.append(stream, "noStream", events(1))), { startImmediately: true })
          )
          yield* store.append("Free-1", "any", events(1))
          const waited = waits.reduce((sum, millis) => sum + millis, 0)
          assert.isAtLeast(waited, 100)
          assert.isAtMost(waited, 1_000)
          return waiting
        })
      )
      const outcomes = yield* Effect.forEach(waiting, Fiber.join)
      assert.isTrue(outcomes.every(Result.isFailure))
    })
  )

  it.live("appends to a held stream are written in their order when it is free", () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const store = yield* open(schema)
      const sent = events(6)
      const waiting = yield* whileHeld(
        schema,
        ["Held-1"],
        Effect.forEach(sent, (one, i) =>
          // The first appends share a batch, the rest comes later.
          Effect.forkChild(store.append("Held-1", i < 4 ? "any" : "streamExists", [one]), { startImmediately: true })
        ).pipe(Effect.tap(() => store.append("Free-1", "any", events(1))))
      )
      yield* Effect.all(waiting.map(Fiber.join), unbounded)
      const stored = yield* Stream.runCollect(store.read("Held-1"))
      assert.deepStrictEqual(
        stored.slice(1).map(({ id }) => id),
        sent.map(({ id }) => id)
      )
    })
  )
})

describe("warning about a held stream", () => {
  const warningOf = (hold: string) =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const { layer, lines } = logged()
      const store = yield* open(schema, { stalledAfter: "100 millis" }).pipe(Effect.provide(layer))
      const sql = yield* client
      const id = `held_${schema}`
      return yield* sql.withTransaction(
        Effect.gen(function* () {
          const [[pid] = []] = yield* sql.unsafe("select pg_backend_pid()").values
          yield* sql.unsafe(`set local application_name = 'stuck app'`)
          yield* appendRaw(sql, schema, "Held-1", hold === "row" ? 0 : -1)
          if (hold === "prepared") yield* sql.unsafe(`prepare transaction '${id}'`)
          const waiting = yield* Effect.forkChild(store.append("Held-1", "any", events(1)))
          const warnings = () => lines.filter((line) => line.startsWith("appendHeld"))
          yield* eventually(Effect.sync(() => warnings().length > 0))
          if (hold === "prepared") yield* sql.unsafe(`rollback prepared '${id}'`)
          return { pid, id, line: warnings()[0]!, waiting }
        })
      )
    })

  for (const hold of ["lock", "row"]) {
    it.live(`it names the transaction by pid, age and query, if it holds the ${hold}`, () =>
      Effect.gen(function* () {
        const { line, pid, waiting } = yield* warningOf(hold)
        assert.match(
          line,
          new RegExp(
            `^appendHeld: for [\\d.]+ s stream "Held-1" could not be written to, because another transaction has not ended\\. It is held by pid ${String(pid)} \\(postgres, stuck app\\), idle in transaction, its transaction [\\d.]+ s old, with: select new_version::int, new_position::int from .*append_one`
          )
        )
        yield* Fiber.join(waiting)
      })
    )
  }

  it.live("it names a prepared transaction by its name", ({ skip }) =>
    Effect.gen(function* () {
      const sql = yield* client
      const [[prepares] = []] = yield* sql.unsafe("select current_setting('max_prepared_transactions')::int > 0").values
      if (prepares !== true) return skip("the server's max_prepared_transactions is 0")
      const { id, line, waiting } = yield* warningOf("prepared")
      assert.match(
        line,
        new RegExp(`It is held by the prepared transaction "${id}" \\([\\d.]+ s old\\): COMMIT PREPARED`)
      )
      yield* Fiber.join(waiting)
    })
  )
})

it.live("held streams: an append waits no longer than the server's lock_timeout or statement_timeout", () =>
  Effect.gen(function* () {
    for (const setting of ["lock_timeout", "statement_timeout"]) {
      const schema = freshSchema()
      const limited = new URL(yield* url)
      limited.searchParams.set("options", `-c ${setting}=700ms`)
      const store = yield* open(schema, { url: limited.href })
      const reason = yield* whileHeld(
        schema,
        ["Held-1"],
        Effect.gen(function* () {
          const append = reasonOf(store.append("Held-1", "any", [event()]))
          const [reason] = yield* Effect.all([append, reasonOf(store.appendAll([anyOf("Held-1")]))], unbounded)
          return reason
        })
      )
      assert.deepInclude(reason, {
        _tag: "Unavailable",
        problem: `another transaction held stream "Held-1" for longer than the ${setting} of the server at ${limited.host}`,
        retryable: true
      })
      assert.strictEqual((yield* store.append("Held-1", "any", [event()])).version, 2)
    }
  })
)

it.live(
  "held streams: appends behind a waiting one fail with it at the server's lock_timeout, and not one after the other",
  () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const limited = new URL(yield* url)
      limited.searchParams.set("options", "-c lock_timeout=700ms")
      const store = yield* open(schema, { url: limited.href })
      yield* whileHeld(
        schema,
        ["Held-1"],
        Effect.gen(function* () {
          const before = (yield* Metric.value(StoreMetrics.appendsHeld)).count
          const reasons = yield* Effect.forEach(
            events(30),
            (one) => reasonOf(store.append("Held-1", "any", [one])),
            unbounded
          )
          for (const { _tag } of reasons) assert.strictEqual(_tag, "Unavailable")
          // The appends behind the first one were not sent again, to wait as long each.
          assert.isAtMost((yield* Metric.value(StoreMetrics.appendsHeld)).count - before, 3)
        })
      )
    })
)

it.live("held streams: appends that wait for them do not reduce the capacity of other appends", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const store = yield* open(schema, { maxWaiting: 10 })
    yield* whileHeld(
      schema,
      ["Held-1"],
      Effect.gen(function* () {
        const refused: Array<unknown> = []
        for (const way of [ways(store).append, ways(store).appendAll, ways(store)["append with rows"]]) {
          for (let i = 0; i < 15; i++) {
            const sent: Effect.Effect<unknown, EventStoreError.EventStoreError> = way("Held-1")
            const noted = Effect.tapError(sent, ({ reason }) => Effect.sync(() => refused.push(reason._tag)))
            yield* Effect.forkChild(Effect.ignore(noted), { startImmediately: true })
            if (i === 0) yield* Effect.sleep("300 millis")
          }
        }
        // They have a limit of their own.
        yield* eventually(Effect.sync(() => refused.length > 0))
        assert.deepStrictEqual([...new Set(refused)], ["Overloaded"])
        yield* store.append("Free-1", "any", events(1))
        yield* store.appendAll([anyOf("Free-2")])
        yield* store.projections!.inline!.append([anyOf("Free-3")], [])
      })
    )
  })
)

it.live("held streams: snapshots do not wait for them, and leave connections to other work", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    const store = yield* open(schema, { maxConnections: 3 })
    const held = names("Held", 6)
    const sent = yield* Effect.forEach(held, (stream) => {
      const one = event()
      return Effect.as(store.append(stream, "any", [one]), { stream, eventId: one.id })
    })
    const saveAll = Effect.forEach(
      sent,
      (of) => reasonOf(store.snapshots!.save({ ...of, version: 1, fingerprint: "f", state: "{}" })),
      unbounded
    )
    const sql = yield* client
    const reasons = yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* Effect.forEach(held, (stream) => appendRaw(sql, schema, stream))
        const saving = yield* Effect.forkChild(saveAll, { startImmediately: true })
        yield* store.append("Free-1", "any", events(1))
        return yield* Fiber.join(saving)
      })
    )
    for (const [i, reason] of reasons.entries()) {
      const problem = `another transaction holds stream ${JSON.stringify(held[i])}`
      assert.deepInclude(reason, { _tag: "Unavailable", problem, retryable: true })
    }
  })
)
