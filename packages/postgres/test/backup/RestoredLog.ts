/** The checks of a restored log, for any kind of backup. */
import { assert } from "@effect/vitest"
import { Checkpoint, type Event, type EventStore, type EventStoreError } from "eventfold"
import { DateTime, Effect, Stream } from "effect"
import { Backup, PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { serverUrl, serverUrlOf } from "../server/serverUrl.ts"
import { connectPglite, event, events } from "../Stores.ts"

const onServer = (ask: () => Promise<string>) =>
  Effect.flatMap(Effect.promise(ask), (url) => PgEventStore.connect({ url, maxConnections: 4 }))
/** The databases that a log is exported from and imported to. */
export const places = {
  PostgreSQL: onServer(serverUrl),
  "PostgreSQL 15": onServer(() => serverUrlOf(15)),
  PGlite: connectPglite
}

export const exported = (connector: SqlEventStore.Connector, options: Parameters<typeof Backup.exportLog>[1]) =>
  Stream.mkString(Backup.exportLog(connector, options))

export const rowsOf = ({ client }: SqlEventStore.Connector, schema: string) =>
  client.unsafe(
    `select position::text, version::text, recorded_at::text, occurred_at::text, event_id::text, schema_version, stream_id,
      type, data, meta from ${quote(schema)}.events e order by e.position`
  ).values
const truncationsOf = ({ client }: SqlEventStore.Connector, schema: string) =>
  client.unsafe(`select stream_id, first_version::text from ${quote(schema)}.truncations order by stream_id`).values

// Parsed, since a literal in the code would lose some of it.
const awkward = [
  String.raw`{"__proto__":{"a":1},"":null,"2":"b","1":"a"}`,
  String.raw`["\ud800","\u0000","\u2028","é","é","👩‍👧","\\\"'$body$","1993-03-03","1e400"]`,
  "[1e21,1e-7,9007199254740993,0.1,-0,123456789012345680000]",
  JSON.stringify("x".repeat(20_000)),
  "null"
].map((text) => JSON.parse(text) as Event.NewEvent["data"])

/**
 * Writes a log with every kind of event, and ten more events of which the last are appended after
 * the export.
 */
const makeLog = Effect.fnUntraced(function* (
  { client }: SqlEventStore.Connector,
  store: EventStore.Service,
  schema: string
) {
  const occurredAt = DateTime.makeUnsafe("-000001-01-01T00:00:00.001Z")
  for (const [i, data] of awkward.entries()) {
    const metadata = { correlationId: `"${i}"\n`, actor: "Jána 👩‍👧" }
    yield* store.append(`Awkward-${i % 2}`, "any", [event(data, { metadata, occurredAt, schemaVersion: 1 + i })])
    // Positions without an event, as of an append that failed.
    yield* client.unsafe("select nextval($1::regclass)", [`${quote(schema)}.positions`])
  }
  yield* store.appendAll(["a", "b", 'C-"ß'].map((stream) => ({ stream, expected: "noStream", events: events(3) })))
  yield* store.truncate("a", { before: 3, reason: "asked for" })
  yield* store.archive("b")
  yield* store.truncate("b", { before: 2 })
  yield* store.append("C-last", "noStream", events(2))
  yield* client.unsafe("select nextval($1::regclass) from generate_series(1, 3)", [`${quote(schema)}.positions`])
})

export const after = (store: EventStore.Service, checkpoint: Checkpoint.Checkpoint) =>
  store.pages({ after: checkpoint, pageSize: 3, truncated: "skip" }).pipe(
    Stream.takeUntil(({ caughtUp }) => caughtUp),
    Stream.runCollect,
    Effect.map((pages) => pages.flatMap(({ events }) => events.map(({ id }) => id)))
  )

export const isDiverged = (error: EventStoreError.EventStoreError) => error.reason._tag === "LogDiverged"

/** The tables of a store, and their database. */
export interface Located {
  readonly connector: SqlEventStore.Connector
  readonly schema: string
}

/**
 * Writes a log, backs it up, appends more, and restores it: every event is the same, every reader
 * continues from every checkpoint that ever existed or fails because it can't, and writers continue
 * too. `backUp` returns the function that restores.
 */
export const holdsAfterRestore = Effect.fnUntraced(function* <E, R>(
  { connector: source, schema }: Located,
  backUp: (file: string) => Effect.Effect<Effect.Effect<Located, E, R>, E, R>
) {
  const store = yield* SqlEventStore.make(source, { schema })
  yield* makeLog(source, store, schema)
  const kept = yield* Stream.runCollect(store.readAll({ truncated: "skip" }))
  const rows = yield* rowsOf(source, schema)
  const truncations = yield* truncationsOf(source, schema)
  assert.strictEqual(truncations.length, 2)
  const file = yield* exported(source, { schema, pageSize: 2 })
  const restore = yield* backUp(file)
  // These events are not in the backup.
  const tail = events(8)
  for (const lost of tail) yield* store.append("C-last", "any", [lost])
  const whole = yield* Stream.runCollect(store.readAll({ truncated: "skip" }))
  const lost = whole.slice(kept.length)
  assert.strictEqual(lost.length, tail.length)

  const { connector: target, schema: copied } = yield* restore
  assert.deepStrictEqual(yield* rowsOf(target, copied), rows)
  assert.deepStrictEqual(yield* truncationsOf(target, copied), truncations)
  assert.strictEqual(yield* exported(target, { schema: copied }), file)

  const copy = yield* SqlEventStore.make(target, { schema: copied })
  assert.strictEqual(copy.id, store.id)
  const places = [[0, null] as const, ...rows.map((row) => [Number(row[0]), String(row[4])] as const)]
  for (const [position, eventId] of places) {
    const expected = kept.filter((event) => event.position > position).map(({ id }) => id)
    assert.deepStrictEqual(yield* after(copy, { storeId: store.id, position, eventId }), expected)
  }
  const lostCheckpoints = lost.map((event) => Checkpoint.after(store.id, event))
  for (const checkpoint of lostCheckpoints) {
    assert.isTrue(isDiverged(yield* Effect.flip(after(copy, checkpoint))))
  }

  // The same ids give the first result; lost events are written again, at later positions.
  const last = kept.filter(({ stream }) => stream === "C-last")
  const again = yield* copy.append(
    "C-last",
    "noStream",
    last.map(({ data, id }) => event(data, { id }))
  )
  assert.deepStrictEqual(again, { version: 2, position: last.at(-1)!.position, repeated: true })
  const anew = yield* copy.append("C-last", 2, [tail[0]!])
  assert.deepStrictEqual({ ...anew, position: 0 }, { version: 3, position: 0, repeated: false })
  // Between the last event and the export only these positions were drawn.
  assert.strictEqual(anew.position, Number(rows.at(-1)?.[0]) + 4)
  yield* copy.append("C-last", "any", events(20))
  for (const checkpoint of lostCheckpoints.slice(1)) {
    assert.isTrue(isDiverged(yield* Effect.flip(after(copy, checkpoint))))
  }
  assert.strictEqual((yield* copy.streamInfo("b")).archived, true)
  assert.strictEqual((yield* copy.streamInfo("a")).firstVersion, 3)
  const closed = yield* Effect.flip(copy.append("b", "any", events(1)))
  assert.strictEqual(closed.reason._tag, "StreamArchived")
})
