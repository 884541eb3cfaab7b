/** Reads the log for rows of projections that are far behind: of each event what a fold needs, and no more. */
import { DateTime, Effect, type Schema } from "effect"
import { KeyPartition, type ProjectionStore } from "eventfold"
import type { Values } from "./StoredEvent.ts"

/** A row as `scan` makes it. */
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

/** Neighbours often have the same time: it is made once. */
const times = () => {
  let last = DateTime.makeUnsafe(0)
  return (millis: number): DateTime.Utc =>
    last.epochMilliseconds === millis ? last : (last = DateTime.makeUnsafe(millis))
}

/** Of more than one block, with bytes that are no ASCII. */
const probe = "partitions of keys, as ours and the server's: äöü"

const parsed = (data: string): Schema.Json | undefined => {
  try {
    return JSON.parse(data) as Schema.Json
  } catch (error) {
    // Reading page by page says which event it is.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** `schema` is quoted already. */
export const make = (values: Values, schema: string): NonNullable<ProjectionStore.Service["scan"]> => {
  const text = `select s.stream_id, s.version, s.position, s.type, s.schema_version, s.data, s.recorded_at, s.occurred_at
    from ${schema}.scan($1, $2, $3, $4::text[], $5::text[], $6, $7) s`
  // Where the reader stopped, and where it stops now: a log that no longer has the first is another one.
  const idsText = `select (select e.event_id::text from ${schema}.events e where e.position = $1),
    (select e.event_id::text from ${schema}.events e where e.position = $2)`
  /** Whether the server hashes as we do, which no release of it promises: else all events are read, and told apart here. */
  let isSameHash: boolean | undefined
  const told = Effect.fnUntraced(function* (partition: KeyPartition.KeyPartition) {
    if (partition.of > 1 && isSameHash === undefined) {
      const [row] = yield* values(`select hashtext($1 collate "C")`, [probe])
      isSameHash = row?.[0] === KeyPartition.hash(probe)
    }
    return isSameHash === true ? partition : KeyPartition.whole
  })
  return Effect.fnUntraced(function* ({ after, aggregates, partition = KeyPartition.whole, readable, size, types }) {
    const { index, of } = yield* told(partition)
    let to = readable
    if (to <= after.position) {
      // In a statement of its own, before: what is read then is a snapshot taken after.
      const [row] = yield* values(`select ${schema}.horizon()::float8`, [])
      to = Number(row?.[0])
    }
    const rows = yield* values(text, [
      BigInt(after.position),
      BigInt(to),
      size,
      aggregates.map((name) => `${name}-`),
      types,
      index,
      of
    ])
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
    const last = events.at(-1)?.position ?? after.position
    const [ids] = yield* values(idsText, [BigInt(after.position), BigInt(last)])
    const [firstId, lastId] = ids as readonly [string | null, string | null]
    if (after.eventId !== null && firstId !== after.eventId) return undefined
    const checkpoint = events.length === 0 ? after : { storeId: after.storeId, position: last, eventId: lastId }
    return { events, checkpoint, readable: to, size: characters, isPartitioned: of > 1 }
  })
}
