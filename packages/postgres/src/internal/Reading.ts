/** Reads streams and the log, page by page. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { DateTime, Effect, Option, type Schema, Stream } from "effect"
import { type Event, type EventStore, EventStoreError, StoreRequest } from "eventfold"
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

/** `schema` is quoted already. */
export const make = (sql: PgClient, schema: string, place: Place): Pick<EventStore.Service, "read" | "readAll"> => {
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

  const logText = (aggregates: boolean, types: boolean) => `select ${columns} from ${schema}.events e
    where e.position > $1 and e.position <= $2${aggregates ? " and e.stream_id ^@ any($4::text[])" : ""}${
      types ? ` and e.type = any($${aggregates ? 5 : 4}::text[])` : ""
    } order by e.position limit $3`

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
      const text = logText(aggregates !== undefined, types !== undefined)
      const filters = [
        ...(aggregates === undefined ? [] : [aggregates.map((name) => `${name}-`)]),
        ...(types === undefined ? [] : [types])
      ]
      // The horizon is asked for once, in a statement before the first page. Everything up to it is visible from then on.
      const pages = (horizon: bigint) =>
        Stream.paginate({ after, left: limit }, ({ after, left }) =>
          Effect.gen(function* () {
            const size = Math.min(pageSize, left)
            const rows = size === 0 ? [] : yield* values(text, [BigInt(after), horizon, size, ...filters])
            const events = yield* decode(rows)
            const edge = events.at(-1)?.position
            if (edge === undefined || events.length < size || events.length === left)
              return [events, Option.none()] as const
            return [events, Option.some({ after: edge, left: left - events.length })] as const
          })
        )
      const horizon = Effect.map(values(`select ${schema}.horizon()::text`, []), ([row]) => BigInt(String(row?.[0])))
      return Stream.unwrap(Effect.map(horizon, pages))
    })

  return { read, readAll }
}
