/**
 * Writes the events of an exported log into a store without events, in batches, in one transaction
 * of the caller.
 */
import { OID, array } from "@effect/sql-pg/PgTypes"
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Predicate } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { EventStoreError } from "eventfold"
import type { Head, Line, StoredEvent } from "./LogFile.ts"
import { codeOf, type Place, unavailable, violatedKey } from "../sql/SqlFailure.ts"

/** Returns the error of a file that can't be imported. */
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

/** Returns the server's detail of a violated key, such as `Key (event_id)=(…) already exists.` */
const detailOf = ({ reason: { cause } }: SqlError): string =>
  Predicate.hasProperty(cause, "detail") && typeof cause.detail === "string" ? cause.detail : ""

/** The import of one file. */
export class LogImport {
  readonly #sql: PgClient
  /** Already quoted. */
  readonly #schema: string
  readonly #place: Place

  constructor(sql: PgClient, schema: string, place: Place) {
    this.#sql = sql
    this.#schema = schema
    this.#place = place
  }

  #values(text: string, parameters: ReadonlyArray<unknown> = []) {
    return this.#sql.unsafe(text, parameters).values
  }

  /** Locks the store against other writers, and fails unless it is empty. */
  readonly begin = Effect.gen({ self: this }, function* () {
    const schema = this.#schema
    // A file may arrive slowly, and a million events take a while.
    yield* this.#values(
      `select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true),
        set_config('lock_timeout', '10s', true),
        set_config('synchronous_commit', case current_setting('synchronous_commit') when 'off' then 'local'
          else current_setting('synchronous_commit') end, true)`
    )
    // Readers continue; an append waits, and draws its position afterwards.
    yield* this.#sql.unsafe(`lock table ${schema}.events, ${schema}.truncations, ${schema}.store in exclusive mode`)
      .unprepared
    const [row] = yield* this.#values(`select exists (select from ${schema}.events)`)
    if (row?.[0] === true) {
      return yield* EventStoreError.EventStoreError.storeRefused(
        `the store in schema ${schema} of database ${JSON.stringify(this.#place.database)} holds events already`,
        `Import into a schema of another name, or remove that store with all its events first: DROP SCHEMA ${schema} CASCADE`
      )
    }
  })

  /**
   * Checks that the versions of each stream follow each other without gaps, those of earlier
   * batches included.
   */
  #checkVersions(lines: ReadonlyArray<Line>): Effect.Effect<void, EventStoreError.EventStoreError | SqlError> {
    const lastText = `select s.id, coalesce(l.version, 0)::float8 from unnest($1::text[]) s(id) left join lateral (
      select e.version from ${this.#schema}.events e where e.stream_id = s.id order by e.version desc limit 1) l on true`
    return Effect.gen({ self: this }, function* () {
      const last = new Map<string, number>()
      // A stream that begins in this batch needs no query: in a log of many streams, most do.
      const begun = new Set<string>()
      for (const { event } of lines) if (event.version === 1) begun.add(event.stream)
      const older = [...new Set(lines.map(({ event }) => event.stream))].filter((stream) => !begun.has(stream))
      if (older.length > 0) {
        for (const [stream, version] of yield* this.#values(lastText, [older]))
          last.set(String(stream), Number(version))
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
  }

  #insertFailed(lines: ReadonlyArray<Line>, error: SqlError): EventStoreError.EventStoreError {
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
    return unavailable(this.#place)(error)
  }

  /** Writes a batch of events. */
  insert(lines: ReadonlyArray<Line>): Effect.Effect<void, EventStoreError.EventStoreError> {
    const text = `insert into ${this.#schema}.events (${columns.map(([name]) => name).join(", ")})
      select * from unnest(${columns.map((_, i) => `$${i + 1}`).join(", ")})`
    return Effect.gen({ self: this }, function* () {
      yield* this.#checkVersions(lines).pipe(Effect.catchTag("SqlError", (error) => unavailable(this.#place)(error)))
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
      yield* Effect.mapError(this.#values(text, parameters), (error) => this.#insertFailed(lines, error))
    })
  }

  /**
   * Writes what the store knows besides events: truncations, the last drawn position, and the id,
   * which it returns.
   */
  finish(head: Head, hasTruncated: boolean, storeId: "same" | "new"): Effect.Effect<string, SqlError> {
    const schema = this.#schema
    return Effect.gen({ self: this }, function* () {
      if (hasTruncated) {
        // The last truncated event is the one before the first that can be read.
        yield* this.#values(`insert into ${schema}.truncations (stream_id, first_version)
          select e.stream_id, max(e.version) + 1 from ${schema}.events e where e.data is null group by e.stream_id`)
        // A stream that was truncated during the export still has some of its data in the earlier
        // pages.
        yield* this.#values(`update ${schema}.events e set data = null, meta = null from ${schema}.truncations t
          where e.stream_id = t.stream_id and e.version < t.first_version and e.data is not null`)
      }
      // A rollback does not undo setval, so it comes before the commit: a sequence ahead of the log
      // does no harm, and one behind the log would draw positions again.
      yield* this.#values(
        `select setval(s.name, s.value) from (
          select $1::regclass as name, greatest($2::bigint, (select max(e.position) from ${schema}.events e),
            pg_sequence_last_value($1::regclass)) as value
        ) s where s.value > 0`,
        [`${schema}.positions`, BigInt(head.lastDrawn)]
      )
      const [row] = yield* this.#values(
        `update ${schema}.store set id = ${storeId === "same" ? "$1::uuid" : "gen_random_uuid()"} returning id::text`,
        storeId === "same" ? [head.storeId] : []
      )
      return String(row?.[0])
    })
  }
}

/** Returns the error of the transaction itself, or of a statement at its beginning or end. */
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
    // The commit may or may not have arrived.
    return isSent() && failure.isRetryable
      ? EventStoreError.EventStoreError.storeRefused(
          `the connection was lost while the import was being committed (${failure.message})`,
          "Import again: if the first import was written, this one is refused because the store holds events",
          error
        )
      : failure
  }
