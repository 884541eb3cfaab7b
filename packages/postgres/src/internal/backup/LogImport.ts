/** Writes the events of an exported log into a store without events, batch by batch, in one transaction of the caller's. */
import { OID, array } from "@effect/sql-pg/PgTypes"
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Predicate } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { EventStoreError } from "eventfold"
import type { Head, Line, StoredEvent } from "./LogFile.ts"
import { codeOf, type Place, unavailable, violatedKey } from "../sql/SqlFailure.ts"

/** The file can't be imported as it is. */
export const invalid = (problem: string): EventStoreError.EventStoreError =>
  EventStoreError.EventStoreError.invalidRequest("import", problem)

const columns: ReadonlyArray<readonly [name: string, oid: number, of: (event: StoredEvent) => unknown]> = [
  ["position", OID.int8, ({ position }) => BigInt(position)],
  ["version", OID.int8, ({ version }) => BigInt(version)],
  ["recorded_at", OID.int8, ({ recordedAt }) => BigInt(recordedAt)],
  ["occurred_at", OID.int8, ({ occurredAt }) => BigInt(occurredAt)],
  ["event_id", OID.uuid, ({ id }) => id],
  ["schema_version", OID.int4, ({ schemaVersion }) => schemaVersion],
  ["stream_id", OID.text, ({ stream }) => stream],
  ["type", OID.text, ({ type }) => type],
  ["data", OID.text, ({ data }) => data],
  ["meta", OID.text, ({ metadata }) => metadata]
]

/** What the server says about a violated key, as in `Key (event_id)=(…) already exists.` */
const detailOf = ({ reason: { cause } }: SqlError): string =>
  Predicate.hasProperty(cause, "detail") && typeof cause.detail === "string" ? cause.detail : ""

/** `schema` is quoted already. */
export const make = (sql: PgClient, schema: string, place: Place) => {
  const values = (text: string, parameters: ReadonlyArray<unknown> = []) => sql.unsafe(text, parameters).values

  /** Nobody else writes from here on, and there is nothing yet. */
  const begin = Effect.gen(function* () {
    // A file may come slowly, and a million events take a while.
    yield* values(
      `select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true),
        set_config('lock_timeout', '10s', true),
        set_config('synchronous_commit', case current_setting('synchronous_commit') when 'off' then 'local'
          else current_setting('synchronous_commit') end, true)`
    )
    // Readers go on; an append waits, and draws its position afterwards.
    yield* sql.unsafe(`lock table ${schema}.events, ${schema}.truncations, ${schema}.store in exclusive mode`)
      .unprepared
    const [row] = yield* values(`select exists (select from ${schema}.events)`)
    if (row?.[0] === true) {
      return yield* EventStoreError.EventStoreError.storeRefused(
        `the store in schema ${schema} of database ${JSON.stringify(place.database)} holds events already`,
        `Import into a schema of another name, or remove that store with all its events first: DROP SCHEMA ${schema} CASCADE`
      )
    }
  })

  const insertText = `insert into ${schema}.events (${columns.map(([name]) => name).join(", ")})
    select * from unnest(${columns.map((_, i) => `$${i + 1}`).join(", ")})`
  const lastText = `select s.id, coalesce(l.version, 0)::float8 from unnest($1::text[]) s(id) left join lateral (
    select e.version from ${schema}.events e where e.stream_id = s.id order by e.version desc limit 1) l on true`

  /** The versions of each stream follow each other without gaps, those of earlier batches included. */
  const checkVersions = Effect.fnUntraced(function* (lines: ReadonlyArray<Line>) {
    const last = new Map<string, number>()
    // A stream that begins in this batch needs no look into the table: most do, in a log of many streams.
    const begun = new Set<string>()
    for (const { event } of lines) if (event.version === 1) begun.add(event.stream)
    const older = [...new Set(lines.map(({ event }) => event.stream))].filter((stream) => !begun.has(stream))
    if (older.length > 0) {
      for (const [stream, version] of yield* values(lastText, [older])) last.set(String(stream), Number(version))
    }
    for (const { event, number } of lines) {
      const { stream, version } = event
      const expected = (last.get(stream) ?? 0) + 1
      if (version !== expected) {
        return yield* invalid(
          `line ${number}: version ${version} of stream ${JSON.stringify(stream)} stands where version ${expected} belongs`
        )
      }
      last.set(stream, version)
    }
  })

  const explain = (lines: ReadonlyArray<Line>) => (error: SqlError) => {
    const [first, last] = [lines[0]?.number ?? 0, lines.at(-1)?.number ?? 0]
    if (violatedKey(error) === "events_event_id") {
      const detail = detailOf(error)
      const line = lines.findLast(({ event }) => detail.includes(event.id))
      return line === undefined
        ? invalid(`lines ${first} to ${last}: an event id is used twice`)
        : invalid(`line ${line.number}: event id ${line.event.id} is that of an event before`)
    }
    if (violatedKey(error) === "events_stream_version") {
      return invalid(`lines ${first} to ${last}: a stream has a version twice: ${detailOf(error)}`)
    }
    return unavailable(place)(error)
  }

  const insert = Effect.fnUntraced(function* (lines: ReadonlyArray<Line>) {
    yield* checkVersions(lines).pipe(Effect.catchTag("SqlError", (error) => unavailable(place)(error)))
    const parameters = yield* Effect.orDie(
      Effect.forEach(columns, ([, oid, of]) =>
        Effect.fromResult(
          array(
            lines.map(({ event }) => of(event)),
            oid
          )
        )
      )
    )
    yield* Effect.mapError(values(insertText, parameters), explain(lines))
  })

  /** The store's own rows: what was truncated, how far positions were drawn, and the id. */
  const finish = Effect.fnUntraced(function* (head: Head, erased: boolean, storeId: "same" | "new") {
    if (erased) {
      // Truncating leaves the event before the first that can be read.
      yield* values(`insert into ${schema}.truncations (stream_id, first_version)
        select e.stream_id, max(e.version) + 1 from ${schema}.events e where e.data is null group by e.stream_id`)
      // A stream truncated while it was being exported has some of its data still in the earlier pages.
      yield* values(`update ${schema}.events e set data = null, meta = '{}' from ${schema}.truncations t
        where e.stream_id = t.stream_id and e.version < t.first_version and e.data is not null`)
    }
    // Not undone by a rollback, and so before the end: behind the log it would give positions out again, ahead of it is well.
    yield* values(
      `select setval(s.name, s.value) from (
        select $1::regclass as name, greatest($2::bigint, (select max(e.position) from ${schema}.events e),
          pg_sequence_last_value($1::regclass)) as value
      ) s where s.value > 0`,
      [`${schema}.positions`, BigInt(head.lastDrawn)]
    )
    const [row] = yield* values(
      `update ${schema}.store set id = ${storeId === "same" ? "$1::uuid" : "gen_random_uuid()"} returning id::text`,
      storeId === "same" ? [head.storeId] : []
    )
    return String(row?.[0])
  })

  return { begin, insert, finish }
}

/** What a failure of the transaction itself means, or of a statement of its beginning or end. */
export const importFailed =
  (schema: string, place: Place, isSent: () => boolean) =>
  (error: SqlError): EventStoreError.EventStoreError => {
    if (codeOf(error) === "42501") {
      return EventStoreError.EventStoreError.storeRefused(
        `user ${JSON.stringify(place.user)} may not write the tables of the store in schema ${schema}`,
        "Import as the role that owns them",
        error
      )
    }
    if (codeOf(error) === "55P03") {
      return EventStoreError.EventStoreError.storeRefused(
        `another session is writing to the store in schema ${schema}`,
        "Stop the processes that use the store, and import again",
        error
      )
    }
    const failure = unavailable(place)(error)
    // The commit may have arrived, or not.
    return isSent() && failure.isRetryable
      ? EventStoreError.EventStoreError.storeRefused(
          `the connection was lost while the import was being committed (${failure.message})`,
          "Import again: if it was written, the store is then refused because it holds events",
          error
        )
      : failure
  }
