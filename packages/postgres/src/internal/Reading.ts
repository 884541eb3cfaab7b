/** Reads streams and the log, page by page. */
import { DateTime, Effect, Fiber, Option, type Schema, type Scope, Stream } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { Event, type EventStore, EventStoreError, type LogReader, StoreRequest } from "eventfold"
import type { Looked } from "./LogWatch.ts"
import { type Place, unavailable } from "./SqlFailure.ts"

/** Events fetched at a time from one stream. In memory are at most the page that the reader has, and the next one. */
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

type Rows = ReadonlyArray<ReadonlyArray<unknown>>

/** What is needed of a client. */
export interface Sql {
  readonly unsafe: (
    text: string,
    parameters: ReadonlyArray<unknown>
  ) => { readonly values: Effect.Effect<Rows, SqlError> }
}

/** A row as `columns` makes it. */
type Row = readonly [
  id: string,
  stream: string,
  version: number,
  position: number,
  type: string,
  schemaVersion: number,
  data: string | null,
  metadata: string,
  recordedAt: number,
  occurredAt: number
]

/** Events that were appended together were recorded together: their times are one object, and made once. */
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
    data: JSON.parse(data as string) as Schema.Json,
    metadata: metadata === "{}" ? noMetadata : (JSON.parse(metadata) as Event.Metadata),
    recordedAt,
    occurredAt: occurredMillis === recordedMillis ? recordedAt : DateTime.makeUnsafe(occurredMillis)
  }
}

/** The events of rows, and where the first is whose content was truncated. */
interface Decoded {
  readonly events: ReadonlyArray<Event.RecordedEvent>
  /** Its stream; the events are those before it. */
  readonly truncated: string | undefined
}

const decode = (
  rows: Rows,
  truncated: EventStore.OnTruncated = "fail"
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

export interface Reading
  extends
    Pick<EventStore.Service, "locate" | "read" | "readAll" | "streamInfo">,
    Pick<LogReader.Log, "lastAt" | "slice"> {
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
  readonly truncated: EventStore.OnTruncated | undefined
  /** The position of an event that is wanted whatever the filters say. */
  readonly always?: number
}

/** What is still to be read of a stream. */
interface StreamPart {
  readonly from: number
  readonly to: number
  readonly left: number
  /** The stream, once what comes next in it was truncated. */
  readonly truncated: string | undefined
  /** The rows of this part's first page, where they are being fetched already. */
  readonly ahead: Fiber.Fiber<Rows, EventStoreError.EventStoreError> | undefined
  /** Whether this is not the first page. */
  readonly goesOn: boolean
}

/** What is still to be read of the log. */
interface LogPart {
  readonly after: number
  readonly left: number
  /** The stream whose event comes next and was truncated. */
  readonly gone: string | undefined
}

/** `schema` is quoted already. */
export const make = (sql: Sql, schema: string, place: Place): Reading => {
  const values = (text: string, parameters: ReadonlyArray<unknown>) =>
    Effect.mapError(sql.unsafe(text, parameters).values, unavailable(place))

  // The last version before the first event that is too late; the stream's last version now, if none is.
  const prefixText = `select coalesce(
    (select e.version - 1 from ${schema}.events e where e.stream_id = $1 and (e.occurred_at > $2 or e.recorded_at > $3)
      order by e.version limit 1),
    (select e.version from ${schema}.events e where e.stream_id = $1 order by e.version desc limit 1),
    0)::float8`

  // As a number the limit would be known to the planner: where it has no statistics it takes a stream and a range of versions
  // for fewer rows than that, and reads and sorts all that is left of the stream for each page.
  const streamText = (order: "asc" | "desc") => `select ${columns} from ${schema}.events e
    where e.stream_id = $1 and e.version >= $2 and e.version <= $3
    order by e.version ${order} limit (select $4::bigint)`
  const forwards = streamText("asc")
  const backwards = streamText("desc")

  // Horizons come from a statement of its own, before: what is read here is a snapshot taken after.
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

  const firstText = `select t.first_version::float8 from ${schema}.truncations t where t.stream_id = $1`
  const firstVersion = (stream: string) => Effect.map(values(firstText, [stream]), ([row]) => Number(row?.[0] ?? 1))
  const failTruncated = Effect.fnUntraced(function* (stream: string) {
    const reason = new EventStoreError.StreamTruncated({ stream, firstVersion: yield* firstVersion(stream) })
    return yield* new EventStoreError.EventStoreError({ reason })
  })

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
      const start = (end: number, first: number): StreamPart => ({
        from: Math.max(options.from ?? 1, first),
        to: Math.min(options.to ?? Infinity, end),
        left: options.limit ?? Infinity,
        truncated: undefined,
        ahead: undefined,
        goesOn: false
      })
      const fetch = ({ from, left, to }: Pick<StreamPart, "from" | "left" | "to">) => {
        const size = Math.min(streamPage, left)
        const last = Number.isFinite(to) ? BigInt(to) : never
        return size === 0 || from > to
          ? Effect.succeed([])
          : values(back ? backwards : forwards, [stream, BigInt(from), last, size])
      }
      const pages = (start: StreamPart, scope: Scope.Scope) =>
        Stream.paginate(start, (part) =>
          Effect.gen(function* () {
            if (part.truncated !== undefined) return yield* failTruncated(part.truncated)
            const { from, left, to } = part
            const rows = yield* part.ahead === undefined ? fetch(part) : Fiber.join(part.ahead)
            const edge = rows.at(-1)?.[2]
            if (typeof edge !== "number" || rows.length < Math.min(streamPage, left)) {
              const { events, truncated } = yield* decode(rows, options.truncated)
              const gone = truncated === undefined ? Option.none() : Option.some({ ...part, truncated })
              return [events, gone] as const
            }
            const next = back ? { from, to: edge - 1 } : { from: edge + 1, to }
            // While the reader has this page, the server makes the next one. Not for one who asked for some events only, or
            // has seen no more than the first page: many want no more.
            const ahead =
              part.goesOn && left === Infinity
                ? yield* Effect.forkIn(fetch({ ...next, left }), scope, { startImmediately: true })
                : undefined
            const { events, truncated } = yield* decode(rows, options.truncated)
            if (truncated !== undefined) return [events, Option.some({ ...part, truncated })] as const
            if (events.length === left) return [events, Option.none<StreamPart>()] as const
            const rest: StreamPart = { ...next, left: left - events.length, truncated, ahead, goesOn: true }
            return [events, Option.some(rest)] as const
          })
        )
      const first = options.truncated === "skip" ? firstVersion(stream) : Effect.succeed(1)
      return Stream.unwrap(
        Effect.map(Effect.all([prefixEnd(stream, options), first, Effect.scope]), ([end, first, scope]) =>
          pages(start(end, first), scope)
        )
      )
    })

  const readAll: EventStore.Service["readAll"] = (options = {}) =>
    Stream.suspend(() => {
      const invalid = StoreRequest.checkReadAll(options)
      if (invalid !== undefined) return Stream.fail(invalid)
      const { after = 0, aggregates, limit = Infinity, pageSize = 1_000, truncated, types } = options
      // The horizon is asked for once, in a statement before the first page. Everything up to it is visible from then on.
      const pages = (horizon: number) =>
        Stream.paginate<LogPart, Event.RecordedEvent, EventStoreError.EventStoreError, never>(
          { after, left: limit, gone: undefined },
          ({ after, gone, left }) =>
            Effect.gen(function* () {
              if (gone !== undefined) return yield* failTruncated(gone)
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
    })

  // Begins with the event that the reader stopped at: a log that no longer has it is another one.
  const slice: LogReader.Log["slice"] = Effect.fnUntraced(function* ({
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
    return decoded.truncated === undefined ? decoded.events : yield* failTruncated(decoded.truncated)
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

  const locateText = `select e.stream_id, e.version::float8, e.position::float8, e.type
    from ${schema}.events e where e.event_id = $1`
  const locate: EventStore.Service["locate"] = Effect.fnUntraced(function* (id) {
    const invalid = StoreRequest.checkEventId("locate", id)
    if (invalid !== undefined) return yield* invalid
    const [row] = yield* values(locateText, [id])
    if (row === undefined) return undefined
    return { stream: String(row[0]), version: Number(row[1]), position: Number(row[2]), type: String(row[3]) }
  })

  const infoText = `select e.version::float8, e.position::float8, e.recorded_at::float8, e.type,
      coalesce((select t.first_version from ${schema}.truncations t where t.stream_id = $1), 1)::float8
    from ${schema}.events e where e.stream_id = $1 order by e.version desc limit 1`
  const streamInfo = Effect.fnUntraced(function* (stream: string) {
    const invalid = StoreRequest.checkStream("streamInfo", stream)
    if (invalid !== undefined) return yield* invalid
    const [row] = yield* values(infoText, [stream])
    if (row === undefined) return { stream, exists: false, version: 0, position: 0, archived: false, firstVersion: 1 }
    return {
      stream,
      exists: true,
      version: Number(row[0]),
      position: Number(row[1]),
      recordedAt: DateTime.makeUnsafe(Number(row[2])),
      archived: row[3] === Event.archived,
      firstVersion: Number(row[4])
    }
  })

  return { locate, read, readAll, streamInfo, slice, lastAt, look }
}
