/** Reads the log for rows of projections that are far behind: of each event what a fold needs, and no more. */
import { DateTime, Effect, type Schema } from "effect"
import type { ProjectionStore } from "eventfold"
import type { Values } from "./StoredEvent.ts"

/** A row as the statement makes it; the id of the event before the first, and of the last. */
type Row = readonly [
  id: string | null,
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
  // Begins with the event that the reader stopped at, as pages do: a log that no longer has it is another one.
  const text = `select case when s.position = $6 or lead(s.position) over () is null then s.event_id end,
      s.stream_id, s.version, s.position, s.type, s.schema_version, s.data, s.recorded_at, s.occurred_at
    from ${schema}.slice($1, $2, $3, $4::text[], $5::text[], $6, true) s`
  return Effect.fnUntraced(function* ({ after, aggregates, readable, size, types }) {
    let to = readable
    if (to <= after.position) {
      // In a statement of its own, before: what is read then is a snapshot taken after.
      const [row] = yield* values(`select ${schema}.horizon()::float8`, [])
      to = Number(row?.[0])
    }
    const first = after.eventId === null ? 0 : 1
    const rows = (yield* values(text, [
      BigInt(after.position),
      BigInt(to),
      size + first,
      aggregates.map((name) => `${name}-`),
      types,
      BigInt(first === 1 ? after.position : -1)
    ])) as unknown as ReadonlyArray<Row>
    if (first === 1 && rows[0]?.[0] !== after.eventId) return undefined
    const [recordedTime, occurredTime] = [times(), times()]
    const events: Array<ProjectionStore.ScannedEvent> = []
    let characters = 0
    for (let i = first; i < rows.length; i++) {
      const [, stream, version, position, type, schemaVersion, data, recordedAt, occurredAt] = rows[i]!
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
    const last = rows.at(-1)
    const checkpoint =
      events.length === 0 || last === undefined
        ? after
        : { storeId: after.storeId, position: last[3], eventId: last[0] }
    return { events, checkpoint, readable: to, size: characters }
  })
}
