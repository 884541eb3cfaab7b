/** Reads streams and the log, page by page. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { DateTime, Effect, Option, type Schema, Stream } from "effect"
import { type Event, type EventStore, EventStoreError, type LogReader, StoreRequest } from "eventfold"
import type { Looked } from "./LogWatch.ts"
import { type Place, unavailable } from "./SqlFailure.ts"

/** Events fetched at a time from one stream. */
const streamPage = 1_000

// As float8 the driver gives numbers instead of bigints; they are whole and far below 2^53.
const columns = `e.event_id::text, e.stream_id, e.version::float8, e.position::float8, e.type, e.schema_version,
  e.data, e.meta, e.recorded_at::float8, e.occurred_at::float8`

const noMetadata: Event.Metadata = Object.freeze({})

const corrupt = (row: ReadonlyArray<unknown>, cause: unknown) =>
  new EventStoreError.EventStoreError({
    reason: new EventStoreError.DecodeFailure({
      stream: String(row[1]),
      version: Number(row[2]),
      type: String(row[4]),
      path: "",
      problem: `what is stored is not JSON: ${String(cause)}`
    })
  })

const recorded = (row: ReadonlyArray<unknown>): Event.RecordedEvent => {
  const metadata = String(row[7])
  const recordedAt = DateTime.makeUnsafe(Number(row[8]))
  return {
    id: String(row[0]),
    stream: String(row[1]),
    version: Number(row[2]),
    position: Number(row[3]),
    type: String(row[4]),
    schemaVersion: Number(row[5]),
    data: JSON.parse(String(row[6])) as Schema.Json,
    metadata: metadata === "{}" ? noMetadata : (JSON.parse(metadata) as Event.Metadata),
    recordedAt,
    occurredAt: row[9] === row[8] ? recordedAt : DateTime.makeUnsafe(Number(row[9]))
  }
}

const decode = (
  rows: ReadonlyArray<ReadonlyArray<unknown>>
): Effect.Effect<ReadonlyArray<Event.RecordedEvent>, EventStoreError.EventStoreError> =>
  Effect.suspend(() => {
    const events: Array<Event.RecordedEvent> = []
    for (const row of rows) {
      try {
        events.push(recorded(row))
      } catch (cause) {
        return Effect.fail(corrupt(row, cause))
      }
    }
    return Effect.succeed(events)
  })

export interface Reading
  extends Pick<EventStore.Service, "read" | "readAll" | "streamInfo">, Pick<LogReader.Log, "lastAt" | "slice"> {
  /** How far the log can be read, and which event stands at a known position. */
  readonly look: (known: number) => Effect.Effect<Looked, EventStoreError.EventStoreError>
}

/** Which part of the log a page is of; bounds are inclusive. */
interface Page {
  readonly from: number
  readonly to: number
  readonly size: number
  readonly aggregates: ReadonlyArray<string> | undefined
  readonly types: ReadonlyArray<string> | undefined
  /** The position of an event that is wanted whatever the filters say. */
  readonly always?: number
}

/** `schema` is quoted already. */
export const make = (sql: PgClient, schema: string, place: Place): Reading => {
  const values = (text: string, parameters: ReadonlyArray<unknown>) =>
    Effect.mapError(sql.unsafe(text, parameters).values, unavailable(place))

  // The last version before the first event that is too late; the stream's last version now, if none is.
  const prefixText = `select coalesce(
    (select e.version - 1 from ${schema}.events e where e.stream_id = $1 and (e.occurred_at > $2 or e.recorded_at > $3)
      order by e.version limit 1),
    (select e.version from ${schema}.events e where e.stream_id = $1 order by e.version desc limit 1),
    0)::float8`

  const streamText = (order: "asc" | "desc") => `select ${columns} from ${schema}.events e
    where e.stream_id = $1 and e.version >= $2 and e.version <= $3 order by e.version ${order} limit $4`
  const forwards = streamText("asc")
  const backwards = streamText("desc")

  // Horizons come from a statement of its own, before: what is read here is a snapshot taken after.
  const sliceText = `select * from ${schema}.slice($1, $2, $3, $4::text[], $5::text[], $6)`
  const pageOf = ({ aggregates, always = -1, from, size, to, types }: Page) =>
    Effect.flatMap(
      values(sliceText, [
        BigInt(from),
        BigInt(to),
        size,
        aggregates === undefined ? null : aggregates.map((name) => `${name}-`),
        types ?? null,
        BigInt(always)
      ]),
      decode
    )

  // Later than any event can be.
  const never = BigInt(Number.MAX_SAFE_INTEGER)
  const millis = (time: DateTime.Utc | undefined) =>
    time === undefined ? never : BigInt(Math.floor(time.epochMilliseconds))
  const prefixEnd = (stream: string, { asKnownAt, asOf }: EventStore.ReadOptions) =>
    asOf === undefined && asKnownAt === undefined
      ? Effect.succeed(Infinity)
      : Effect.map(values(prefixText, [stream, millis(asOf), millis(asKnownAt)]), ([row]) => Number(row?.[0]))

  const read: EventStore.Service["read"] = (stream, options = {}) =>
    Stream.suspend(() => {
      const invalid = StoreRequest.checkRead(stream, options)
      if (invalid !== undefined) return Stream.fail(invalid)
      const back = options.direction === "backwards"
      const pages = (end: number) =>
        Stream.paginate(
          { from: options.from ?? 1, to: Math.min(options.to ?? Infinity, end), left: options.limit ?? Infinity },
          ({ from, left, to }) =>
            Effect.gen(function* () {
              const size = Math.min(streamPage, left)
              const last = Number.isFinite(to) ? BigInt(to) : never
              const rows =
                size === 0 || from > to
                  ? []
                  : yield* values(back ? backwards : forwards, [stream, BigInt(from), last, size])
              const events = yield* decode(rows)
              const edge = events.at(-1)?.version
              if (edge === undefined || events.length < size || events.length === left)
                return [events, Option.none()] as const
              const next = back ? { from, to: edge - 1 } : { from: edge + 1, to }
              return [events, Option.some({ ...next, left: left - events.length })] as const
            })
        )
      return Stream.unwrap(Effect.map(prefixEnd(stream, options), pages))
    })

  const readAll: EventStore.Service["readAll"] = (options = {}) =>
    Stream.suspend(() => {
      const invalid = StoreRequest.checkReadAll(options)
      if (invalid !== undefined) return Stream.fail(invalid)
      const { after = 0, aggregates, limit = Infinity, pageSize = 1_000, types } = options
      // The horizon is asked for once, in a statement before the first page. Everything up to it is visible from then on.
      const pages = (horizon: number) =>
        Stream.paginate({ after, left: limit }, ({ after, left }) =>
          Effect.gen(function* () {
            const size = Math.min(pageSize, left)
            const events = size === 0 ? [] : yield* pageOf({ aggregates, from: after + 1, size, to: horizon, types })
            const edge = events.at(-1)?.position
            if (edge === undefined || events.length < size || events.length === left)
              return [events, Option.none()] as const
            return [events, Option.some({ after: edge, left: left - events.length })] as const
          })
        )
      const horizon = Effect.map(values(`select ${schema}.horizon()::float8`, []), ([row]) => Number(row?.[0]))
      return Stream.unwrap(Effect.map(horizon, pages))
    })

  // Begins with the event that the reader stopped at: a log that no longer has it is another one.
  const slice: LogReader.Log["slice"] = Effect.fnUntraced(function* ({ after, aggregates, size, to, types }) {
    const first = after.eventId === null ? 0 : 1
    const always = first === 1 ? after.position : -1
    const events = yield* pageOf({ aggregates, always, from: after.position, size: size + first, to, types })
    if (first === 1 && events[0]?.id !== after.eventId) return "diverged" as const
    return events.slice(first)
  })

  const lastText = `select e.position::float8, e.event_id::text from ${schema}.events e
    where e.position <= $1 order by e.position desc limit 1`
  const lastAt: LogReader.Log["lastAt"] = (position) =>
    Effect.map(values(lastText, [BigInt(position)]), ([row]) =>
      row === undefined ? { position: 0, eventId: null } : { position: Number(row[0]), eventId: String(row[1]) }
    )

  const textOrNull = (value: unknown) => (value === null || value === undefined ? null : String(value))
  const lookText = `select head_position::float8, head_id::text, known_id::text, last_position::float8 from ${schema}.head($1)`
  const look: Reading["look"] = (known) =>
    Effect.map(values(lookText, [BigInt(known)]), ([row = []]) => ({
      position: Number(row[0] ?? 0),
      eventId: textOrNull(row[1]),
      knownId: textOrNull(row[2]),
      lastPosition: Number(row[3] ?? 0)
    }))

  const infoText = `select e.version::float8, e.position::float8, e.recorded_at::float8 from ${schema}.events e
    where e.stream_id = $1 order by e.version desc limit 1`
  const streamInfo = Effect.fn("EventStore.streamInfo")(function* (stream: string) {
    const invalid = StoreRequest.checkStream("streamInfo", stream)
    if (invalid !== undefined) return yield* invalid
    const [row] = yield* values(infoText, [stream])
    if (row === undefined) return { stream, exists: false, version: 0, position: 0 }
    const recordedAt = DateTime.makeUnsafe(Number(row[2]))
    return { stream, exists: true, version: Number(row[0]), position: Number(row[1]), recordedAt }
  })

  return { read, readAll, streamInfo, slice, lastAt, look }
}
