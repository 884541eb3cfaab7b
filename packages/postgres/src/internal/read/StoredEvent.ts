/** The columns of stored events, and the decoding of their rows. */
import { DateTime, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { type Event, EventStoreError } from "eventfold"
import { StoredJson } from "eventfold/tables"
import { type Place, unavailable } from "../sql/SqlFailure.ts"

/**
 * The columns that {@link decode} reads. The driver returns float8 as numbers, not bigints; they
 * are integers far below 2^53.
 */
export const columns = `e.event_id::text, e.stream_id, e.version::float8, e.position::float8, e.type, e.schema_version,
  e.data, e.meta, e.recorded_at::float8, e.occurred_at::float8`

const noMetadata: Event.Metadata = Object.freeze({})

const corrupt = (row: ReadonlyArray<unknown>, cause: unknown) =>
  EventStoreError.EventStoreError.decodeFailure({
    stream: String(row[1]),
    version: Number(row[2]),
    type: String(row[4]),
    path: "",
    problem: `the stored text is not JSON: ${String(cause)}`
  })

export type Rows = ReadonlyArray<ReadonlyArray<unknown>>

/** The part of a client that reading needs. */
export interface Sql {
  readonly unsafe: (
    text: string,
    parameters: ReadonlyArray<unknown>
  ) => { readonly values: Effect.Effect<Rows, SqlError> }
}

/** Runs a statement that reads, and returns its rows. */
export type Values = (
  text: string,
  parameters: ReadonlyArray<unknown>
) => Effect.Effect<Rows, EventStoreError.EventStoreError>

export const valuesOf =
  (sql: Sql, place: Place): Values =>
  (text, parameters) =>
    Effect.mapError(sql.unsafe(text, parameters).values, unavailable(place))

/** A row of {@link columns}. */
type Row = readonly [
  id: string,
  stream: string,
  version: number,
  position: number,
  type: string,
  schemaVersion: number,
  data: string | null,
  metadata: string | null,
  recordedAt: number,
  occurredAt: number
]

/**
 * The last time that was decoded: events that were appended together have the same time, and share
 * one object.
 */
let lastTime = DateTime.makeUnsafe(0)
const timeOf = (millis: number): DateTime.Utc =>
  lastTime.epochMilliseconds === millis ? lastTime : (lastTime = DateTime.makeUnsafe(millis))

const recorded = (row: ReadonlyArray<unknown>): Event.RecordedEvent => {
  const [id, stream, version, position, type, schemaVersion, data, metadata, recordedMillis, occurredMillis] =
    row as Row
  const recordedAt = timeOf(recordedMillis)
  return {
    id,
    stream,
    version,
    position,
    type,
    schemaVersion,
    data: StoredJson.parse(data as string),
    metadata: metadata === null ? noMetadata : (StoredJson.parse(metadata) as Event.Metadata),
    recordedAt,
    occurredAt: occurredMillis === recordedMillis ? recordedAt : DateTime.makeUnsafe(occurredMillis)
  }
}

/** The events of rows, up to the first whose content was truncated. */
export interface Decoded {
  readonly events: ReadonlyArray<Event.RecordedEvent>
  /** The stream of that event, if there is one. */
  readonly truncated: string | undefined
}

export const decode = (
  rows: Rows,
  truncated: "fail" | "skip" = "fail"
): Effect.Effect<Decoded, EventStoreError.EventStoreError> =>
  Effect.suspend((): Effect.Effect<Decoded, EventStoreError.EventStoreError> => {
    const events: Array<Event.RecordedEvent> = []
    for (const row of rows) {
      if (row[6] === null) {
        if (truncated === "skip") continue
        return Effect.succeed({ events, truncated: String(row[1]) })
      }
      try {
        events.push(recorded(row))
      } catch (cause) {
        return Effect.fail(corrupt(row, cause))
      }
    }
    return Effect.succeed({ events, truncated: undefined })
  })
