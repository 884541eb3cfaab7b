/**
 * Reads the log for projections that are far behind: of each event only the columns that a fold
 * needs.
 */
import { DateTime, Effect, type Schema } from "effect"
import { KeyPartition, type ProjectionStore } from "eventfold/store"
import { StoredJson } from "eventfold/tables"
import type { Values } from "../read/StoredEvent.ts"

/** A row of the statement. */
type Row = readonly [
  stream: string,
  version: number,
  position: number,
  type: string,
  schemaVersion: number,
  data: string | null,
  recordedAt: number,
  occurredAt: number
]

/**
 * Returns a function that decodes times. Events next to each other often have the same time, and
 * share one object.
 */
const times = () => {
  let last = DateTime.makeUnsafe(0)
  return (millis: number): DateTime.Utc =>
    last.epochMilliseconds === millis ? last : (last = DateTime.makeUnsafe(millis))
}

/** The partition of all keys. */
const whole: KeyPartition.KeyPartition = { index: 0, of: 1 }

/**
 * A text to compare hashes with: longer than a block of the hash, with bytes that are not ASCII.
 */
const hashProbe = "partitions of keys, as ours and the server's: äöü"

const parsed = (data: string): Schema.Json | undefined => {
  try {
    return StoredJson.parse(data)
  } catch (error) {
    // The projector then reads page by page, whose error names the event.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

const eventsOf = (rows: ReadonlyArray<ReadonlyArray<unknown>>) => {
  const [recordedTime, occurredTime] = [times(), times()]
  const events: Array<ProjectionStore.ScannedEvent> = []
  let characters = 0
  for (const row of rows) {
    const [stream, version, position, type, schemaVersion, data, recordedAt, occurredAt] = row as Row
    const content = data === null ? undefined : parsed(data)
    if (content === undefined) return undefined
    characters += data!.length
    events.push({
      stream,
      version,
      position,
      type,
      schemaVersion,
      data: content,
      recordedAt: recordedTime(recordedAt),
      occurredAt: occurredTime(occurredAt)
    })
  }
  return { events, characters }
}

/** `schema` is already quoted. */
export const make = (values: Values, schema: string): NonNullable<ProjectionStore.Service["scan"]> => {
  // A statement and not a function, which would build all rows before it returns the first: so rows
  // are sent while more are read. The range has two ends, so that no plan of PostgreSQL reads more
  // than the events between them.
  const text = (prefixes: number, of: number) => {
    const own = `(hashtext(substr(e.stream_id, strpos(e.stream_id, '-') + 1) collate "C") & 2147483647) % $6 = $5`
    const first = of > 1 ? 7 : 5
    const any = Array.from({ length: prefixes }, (_, i) => `e.stream_id ^@ $${first + i}::text`).join(" or ")
    return `select e.stream_id, e.version::float8, e.position::float8, e.type, e.schema_version, e.data,
      e.recorded_at::float8, e.occurred_at::float8
    from ${schema}.events e
    where e.position > $1 and e.position <= $2 and e.type = any($4::text[]) and (${any})${of > 1 ? ` and ${own}` : ""}
    order by e.position limit $3`
  }
  const idsText = `select (select e.event_id::text from ${schema}.events e where e.position = $1),
    (select e.event_id::text from ${schema}.events e where e.position = $2)`
  /**
   * `true` if the server hashes as this code does, which no release of PostgreSQL guarantees.
   * Otherwise all events are read, and partitions are separated here.
   */
  let isSameHash: boolean | undefined
  const usable = Effect.fnUntraced(function* (partition: KeyPartition.KeyPartition) {
    if (partition.of > 1 && isSameHash === undefined) {
      const [row] = yield* values(`select hashtext($1 collate "C")`, [hashProbe])
      isSameHash = row?.[0] === KeyPartition.hash(hashProbe)
    }
    return isSameHash === true ? partition : whole
  })

  return {
    page: Effect.fnUntraced(function* ({ after, aggregates, readable, size, types, width, ...scan }) {
      const { index, of } = yield* usable(scan.partition ?? whole)
      let end = readable
      const isNewHorizon = end <= after
      if (isNewHorizon) {
        // In an earlier statement, so that the snapshot of the page is taken after it.
        const [row] = yield* values(`select ${schema}.horizon()::float8`, [])
        end = Number(row?.[0])
      }
      const stop = Math.max(after, Math.min(end, after + width))
      const rows = yield* values(text(aggregates.length, of), [
        BigInt(after),
        BigInt(stop),
        size,
        types,
        ...(of > 1 ? [index, of] : []),
        ...aggregates.map((name) => `${name}-`)
      ])
      const found = eventsOf(rows)
      if (found === undefined) return undefined
      const { characters, events } = found
      const through = events.length < size ? stop : events.at(-1)!.position
      const isEnd = isNewHorizon && through >= end
      return { events, through, readable: end, isEnd, size: characters, isPartitioned: of > 1 }
    }),
    checkpoint: Effect.fnUntraced(function* (earlier, position) {
      const [ids] = yield* values(idsText, [BigInt(earlier.position), BigInt(position)])
      const [before, eventId] = ids as readonly [string | null, string | null]
      const isSame = (earlier.eventId === null || before === earlier.eventId) && eventId !== null
      return isSame ? { storeId: earlier.storeId, position, eventId } : undefined
    })
  }
}
