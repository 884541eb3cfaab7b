/** Appends of one batch: the failure of one does not affect the others. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Result, Stream } from "effect"
import type { Event, EventStore, EventStoreError } from "eventfold"
import { appendRaw, client, eventually, open, sleepingStream, waitsForLock } from "../StoreOnServer.ts"
import { event, events, freshSchema } from "../Stores.ts"

type Append = readonly [stream: string, expected: EventStore.ExpectedVersion, events: ReadonlyArray<Event.NewEvent>]

/** Sends appends while the only lane of the store is busy, so that they share a batch. */
const together = ({ gate, store }: Effect.Success<typeof opened>, appends: ReadonlyArray<Append>) =>
  Effect.gen(function* () {
    yield* gate.fallAsleep
    yield* Effect.forkChild(Effect.ignore(store.append("Lane-1", "any", [event()])))
    yield* eventually(gate.isAsleep)
    const fibers = yield* Effect.forEach(appends, (each) =>
      Effect.forkChild(Effect.result(store.append(...each)), { startImmediately: true })
    )
    yield* gate.wake
    return yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))
  })

const said = (outcome: Result.Result<EventStore.Appended, EventStoreError.EventStoreError>) =>
  Result.isSuccess(outcome)
    ? `${outcome.success.repeated ? "again " : ""}${outcome.success.version}`
    : outcome.failure.reason._tag

/**
 * Returns the ids of a stream's events in order, and the number of transactions that wrote them.
 */
const stored = (sql: PgClient, schema: string, stream: string) =>
  Effect.map(
    sql.unsafe(
      `select array_agg(event_id::text order by version), array_agg(version::int order by version),
        count(distinct xmin::text)::int from "${schema}".events where stream_id = $1`,
      [stream]
    ).values,
    ([row]) => row
  )

const opened = Effect.gen(function* () {
  const schema = freshSchema()
  const store = yield* open(schema, { applicationName: schema, lanes: 1 })
  const sql = yield* client
  return { schema, store, sql, gate: yield* sleepingStream(sql, schema, "Lane-1") }
})

it.live("batch: appends to one stream that never conflict are written in their order, in one transaction", () =>
  Effect.gen(function* () {
    const set = yield* opened
    const { schema, sql } = set
    const [one, two, three] = [events(2), [event()], events(3)]
    const outcomes = yield* together(set, [
      ["A-1", "any", one],
      ["B-1", "noStream", [event()]],
      ["A-1", "any", two],
      ["A-1", "any", []],
      ["A-1", "any", three]
    ])
    // An append without events shows the version of the stream.
    assert.deepStrictEqual(outcomes.map(said), ["2", "1", "3", "6", "6"])
    const ids = [...one, ...two, ...three].map(({ id }) => id)
    assert.deepStrictEqual(yield* stored(sql, schema, "A-1"), [ids, [1, 2, 3, 4, 5, 6], 1])
  })
)

it.live("batch: positions follow the order of the appends, independent of the names of streams", () =>
  Effect.gen(function* () {
    const set = yield* opened
    const { schema, sql, store } = set
    const sent = ["Z-1", "A-1", "M-1", "A-1", "Z-2", "B-1"].map((stream) => [stream, "any", events(2)] as const)
    yield* together(set, sent)
    const log = yield* Stream.runCollect(store.readAll({ aggregates: ["Z", "A", "M", "B"] }))
    assert.deepStrictEqual(
      log.map(({ id }) => id),
      sent.flatMap(([, , some]) => some.map(({ id }) => id))
    )
    assert.strictEqual((yield* stored(sql, schema, "A-1"))?.[2], 1)
  })
)

it.live(
  "batch: an append with a used or repeated id has its own outcome, and other appends to its stream are written in order",
  () =>
    Effect.gen(function* () {
      const set = yield* opened
      const { schema, sql, store } = set
      const [elsewhere, before] = [event(), event({ before: true })]
      yield* store.append("B-1", "any", [elsewhere])
      yield* store.append("A-1", "any", [before])
      const [one, two, three] = [event(), event(), event()]
      const outcomes = yield* together(set, [
        ["A-1", "any", [one]],
        ["A-1", "any", [before]],
        ["A-1", "any", [two]],
        ["A-1", "any", [elsewhere]],
        ["A-1", "any", [three]],
        ["C-1", 0, [event()]]
      ])
      assert.deepStrictEqual(outcomes.map(said), ["2", "again 1", "3", "EventIdReused", "4", "1"])
      const ids = [before, one, two, three].map(({ id }) => id)
      assert.deepStrictEqual((yield* stored(sql, schema, "A-1"))?.slice(0, 2), [ids, [1, 2, 3, 4]])
    })
)

it.live(
  "batch: a stream that another transaction writes first conflicts, and other appends of the batch are written",
  () =>
    Effect.gen(function* () {
      const set = yield* opened
      const { schema, sql } = set
      const other = yield* client
      const outcomes = yield* other.withTransaction(
        Effect.gen(function* () {
          // Not committed when the batch reads the stream: the batch waits, and is then rolled
          // back.
          yield* appendRaw(other, schema, "B-1", 0)
          return yield* Effect.forkChild(
            together(set, [
              ["A-1", "any", events(2)],
              ["B-1", 0, [event()]],
              ["C-1", "noStream", [event()]],
              ["A-1", "any", [event()]]
            ])
          ).pipe(Effect.tap(() => Effect.andThen(Effect.sleep("300 millis"), eventually(waitsForLock(sql, schema)))))
        })
      )
      assert.deepStrictEqual((yield* Fiber.join(outcomes)).map(said), ["2", "VersionConflict", "1", "3"])
    })
)

it.live("batch: of several events for one stream all or none are written, for each winner", () =>
  Effect.gen(function* () {
    const set = yield* opened
    const { schema, sql, store } = set
    const appending = yield* sql.withTransaction(
      Effect.gen(function* () {
        yield* appendRaw(sql, schema, "A-1", 0)
        const appending = yield* Effect.forkChild(Effect.result(store.append("A-1", 0, events(50))))
        yield* eventually(waitsForLock(sql, schema))
        return appending
      })
    )
    assert.strictEqual(said(yield* Fiber.join(appending)), "VersionConflict")
    assert.strictEqual(said(yield* Effect.result(store.append("A-1", 1, events(50)))), "51")
    const [, versions] = (yield* stored(sql, schema, "A-1")) ?? []
    assert.deepStrictEqual(
      versions,
      Array.from({ length: 51 }, (_, i) => i + 1)
    )
  })
)
