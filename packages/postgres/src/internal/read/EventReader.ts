/** Reads streams and the log, page by page. */
import { DateTime, Effect, Option, type Scope, Stream } from "effect"
import { Event, type EventStore, type EventStoreError } from "eventfold"
import type { StoreService } from "eventfold/store"
import type { LogEnd } from "./LogWatch.ts"
import type { Place } from "../sql/SqlFailure.ts"
import { decode, type Sql, type Values, valuesOf } from "./StoredEvent.ts"
import * as StreamReader from "./StreamReader.ts"
import * as TruncatedStream from "./TruncatedStream.ts"

/** The reads of a store. */
export interface EventReader
  extends
    Pick<StoreService.Operations, "locate" | "read" | "readAll" | "streamInfo">,
    Pick<StoreService.Log, "lastAt" | "slice"> {
  /** Reads the end of the log, and which event stands at a known position. */
  readonly look: (known: number) => Effect.Effect<LogEnd, EventStoreError.EventStoreError>
}

/** A page of the log to read; bounds are inclusive. */
interface Page {
  readonly from: number
  readonly to: number
  readonly size: number
  readonly aggregates: ReadonlyArray<string> | undefined
  readonly types: ReadonlyArray<string> | undefined
  readonly truncated: "fail" | "skip" | undefined
  /** The position of an event that is returned even if the filters exclude it. */
  readonly always?: number
}

/** The rest of the log that is to be read. */
interface LogPart {
  readonly after: number
  readonly left: number
  /** The stream of the next event, if that event was truncated. */
  readonly gone: string | undefined
}

/** Creates the reads of one event or one stream. */
const lookups = (values: Values, schema: string): Pick<EventReader, "locate" | "streamInfo"> => {
  const locateText = `select e.stream_id, e.version::float8, e.position::float8, e.type
    from ${schema}.events e where e.event_id = $1`
  const locate: EventStore.Service["locate"] = Effect.fnUntraced(function* (id) {
    const [row] = yield* values(locateText, [id])
    if (row === undefined) return undefined
    return { stream: String(row[0]), version: Number(row[1]), position: Number(row[2]), type: String(row[3]) }
  })

  const infoText = `select e.version::float8, e.position::float8, e.recorded_at::float8, e.type,
      coalesce((select t.first_version from ${schema}.truncations t where t.stream_id = $1), 1)::float8
    from ${schema}.events e where e.stream_id = $1 order by e.version desc limit 1`
  const streamInfo = Effect.fnUntraced(function* (stream: string) {
    const [row] = yield* values(infoText, [stream])
    if (row === undefined) return { stream, exists: false, version: 0, position: 0, archived: false, firstVersion: 1 }
    return {
      stream,
      exists: true,
      version: Number(row[0]),
      position: Number(row[1]),
      recordedAt: DateTime.makeUnsafe(Number(row[2])),
      archived: row[3] === Event.lifecycle.archived,
      firstVersion: Number(row[4])
    }
  })

  return { locate, streamInfo }
}

/** Creates the reads of a store. `schema` is already quoted. */
export const make = Effect.fnUntraced(function* (
  sql: Sql,
  schema: string,
  place: Place
): Effect.fn.Return<EventReader, never, Scope.Scope> {
  const values = valuesOf(sql, place)
  const truncations = TruncatedStream.make(values, schema)
  const read = yield* StreamReader.make(values, schema, truncations)

  // The horizon comes from an earlier statement, so that the snapshot of this one is taken after
  // it.
  const sliceText = `select * from ${schema}.slice($1, $2, $3, $4::text[], $5::text[], $6, $7)`
  const rowsOf = ({ aggregates, always = -1, from, size, to, truncated, types }: Page) =>
    values(sliceText, [
      BigInt(from),
      BigInt(to),
      size,
      aggregates === undefined ? null : aggregates.map((name) => `${name}-`),
      types ?? null,
      BigInt(always),
      truncated !== "skip"
    ])

  const readAll: StoreService.Operations["readAll"] = ({
    after = 0,
    aggregates,
    limit = Infinity,
    pageSize = 1_000,
    truncated,
    types
  }) => {
    // The horizon is read once, in a statement before the first page. All events up to it are
    // visible from then on.
    const pages = (horizon: number) =>
      Stream.paginate<LogPart, Event.RecordedEvent, EventStoreError.EventStoreError, never>(
        { after, left: limit, gone: undefined },
        ({ after, gone, left }) =>
          Effect.gen(function* () {
            if (gone !== undefined) return yield* truncations.fail(gone)
            const size = Math.min(pageSize, left)
            const page = { aggregates, from: after + 1, size, to: horizon, truncated, types }
            const { events, truncated: next } = yield* decode(size === 0 ? [] : yield* rowsOf(page))
            if (next !== undefined) return [events, Option.some({ after, left, gone: next })] as const
            const edge = events.at(-1)?.position
            if (edge === undefined || events.length < size || events.length === left)
              return [events, Option.none()] as const
            return [events, Option.some({ after: edge, left: left - events.length, gone })] as const
          })
      )
    const horizon = Effect.map(values(`select ${schema}.horizon()::float8`, []), ([row]) => Number(row?.[0]))
    return Stream.unwrap(Effect.map(horizon, pages))
  }

  // Begins with the event that the reader stopped at: a log without it is another log.
  const slice: StoreService.Log["slice"] = Effect.fnUntraced(function* ({
    after,
    aggregates,
    size,
    to,
    truncated,
    types
  }) {
    const first = after.eventId === null ? 0 : 1
    const always = first === 1 ? after.position : -1
    const rows = yield* rowsOf({ aggregates, always, from: after.position, size: size + first, to, truncated, types })
    if (first === 1 && rows[0]?.[0] !== after.eventId) return "diverged" as const
    const decoded = yield* decode(rows.slice(first))
    return decoded.truncated === undefined ? decoded.events : yield* truncations.fail(decoded.truncated)
  })

  const lastText = `select e.position::float8, e.event_id::text from ${schema}.events e
    where e.position <= $1 order by e.position desc limit 1`
  const lastAt: StoreService.Log["lastAt"] = (position) =>
    Effect.map(values(lastText, [BigInt(position)]), ([row]) =>
      row === undefined ? { position: 0, eventId: null } : { position: Number(row[0]), eventId: String(row[1]) }
    )

  const textOrNull = (value: unknown) => (value === null || value === undefined ? null : String(value))
  const lookText = `select head_position::float8, head_id::text, known_id::text, last_position::float8 from ${schema}.head($1)`
  const look: EventReader["look"] = (known) =>
    Effect.map(values(lookText, [BigInt(known)]), ([row = []]) => ({
      position: Number(row[0] ?? 0),
      eventId: textOrNull(row[1]),
      knownId: textOrNull(row[2]),
      lastPosition: Number(row[3] ?? 0)
    }))

  return { ...lookups(values, schema), read, readAll, slice, lastAt, look }
})
