/** Appends that went into one batch: what is wrong with one is that one's own affair. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import type { Event, EventStore, EventStoreError } from "eventfold"
import { appendRaw, client, eventually, open, waitsForLock } from "./StoreOnServer.ts"
import { event, events, freshSchema } from "./Stores.ts"

type Asked = readonly [stream: string, expected: EventStore.ExpectedVersion, events: ReadonlyArray<Event.NewEvent>]

/** Sends appends while the store's only lane is taken, so that they go together. */
const together = (store: EventStore.Service, sql: PgClient, schema: string, asked: ReadonlyArray<Asked>) =>
  Effect.gen(function* () {
    const fibers = yield* sql.withTransaction(
      Effect.gen(function* () {
        // The lane waits for this row.
        yield* appendRaw(sql, schema, "Lane-1", 0)
        yield* Effect.forkChild(Effect.ignore(store.append("Lane-1", 0, [event()])))
        yield* eventually(waitsForLock(sql, schema))
        return yield* Effect.forEach(asked, (each) =>
          Effect.forkChild(Effect.result(store.append(...each)), { startImmediately: true })
        )
      })
    )
    return yield* Effect.forEach(fibers, (fiber) => Fiber.join(fiber))
  })

const said = (outcome: Result.Result<EventStore.Appended, EventStoreError.EventStoreError>) =>
  Result.isSuccess(outcome)
    ? `${outcome.success.repeated ? "again " : ""}${outcome.success.version}`
    : outcome.failure.reason._tag

/** The ids of a stream's events in order, and how many transactions wrote them. */
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
  return { schema, store: yield* open(schema, { applicationName: schema, lanes: 1 }), sql: yield* client }
})

it.live("appends to one stream that never conflict are written one behind the other, in one transaction", () =>
  Effect.gen(function* () {
    const { schema, sql, store } = yield* opened
    const [one, two, three] = [events(2), [event()], events(3)]
    const outcomes = yield* together(store, sql, schema, [
      ["A-1", "any", one],
      ["B-1", "noStream", [event()]],
      ["A-1", "any", two],
      ["A-1", "any", []],
      ["A-1", "any", three]
    ])
    // One without events tells where the stream stands.
    assert.deepStrictEqual(outcomes.map(said), ["2", "1", "3", "6", "6"])
    const ids = [...one, ...two, ...three].map(({ id }) => id)
    assert.deepStrictEqual(yield* stored(sql, schema, "A-1"), [ids, [1, 2, 3, 4, 5, 6], 1])
  })
)

it.live("an id that is used, or repeated, has its own outcome, and the others of its stream are written in order", () =>
  Effect.gen(function* () {
    const { schema, sql, store } = yield* opened
    const [elsewhere, before] = [event(), event({ before: true })]
    yield* store.append("B-1", "any", [elsewhere])
    yield* store.append("A-1", "any", [before])
    const [one, two, three] = [event(), event(), event()]
    const outcomes = yield* together(store, sql, schema, [
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

it.live("a stream that another transaction writes first conflicts, and the others of the batch are written", () =>
  Effect.gen(function* () {
    const { schema, sql, store } = yield* opened
    const other = yield* client
    const outcomes = yield* other.withTransaction(
      Effect.gen(function* () {
        // Not committed yet when the batch looks at the stream: it waits, and then everything in it is undone.
        yield* appendRaw(other, schema, "B-1", 0)
        return yield* Effect.forkChild(
          together(store, sql, schema, [
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

it.live("of several events for one stream all or none are written, whoever comes first", () =>
  Effect.gen(function* () {
    const { schema, sql, store } = yield* opened
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
