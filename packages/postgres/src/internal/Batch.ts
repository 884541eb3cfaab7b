/** Appends on their way to the database: encoded once, then sent alone or together. */
import { OID, array } from "@effect/sql-pg/PgTypes"
import { Effect, Result } from "effect"
import { type Event, type EventStore, EventStoreError, StoreRequest } from "eventfold"

/** An append as it is sent. */
export interface Encoded {
  readonly stream: string
  readonly expected: EventStore.ExpectedVersion
  readonly events: ReadonlyArray<Event.NewEvent>
  /** Data of each event, as JSON text. */
  readonly texts: ReadonlyArray<string>
  /** Roughly how many bytes it takes on the wire. */
  readonly size: number
}

export const metadataText = (metadata: Event.Metadata): string => {
  for (const key in metadata) if (Object.hasOwn(metadata, key)) return JSON.stringify(metadata)
  return "{}"
}

/**
 * Brings appends into the form that is sent; fails with `InvalidRequest` if what they hold could not come back. `isOwn`: whether
 * these are the store's own events about a stream.
 */
export const encode = (
  operation: string,
  appends: ReadonlyArray<EventStore.Append>,
  isOwn = false
): Result.Result<ReadonlyArray<Encoded>, EventStoreError.EventStoreError> => {
  const invalid = StoreRequest.checkAppends(operation, appends, isOwn)
  if (invalid !== undefined) return Result.fail(invalid)
  const encoded: Array<Encoded> = []
  for (const { events, expected, stream } of appends) {
    const texts: Array<string> = []
    let size = 0
    for (const event of events) {
      const text = StoreRequest.dataText(event.data)
      if (Result.isFailure(text)) {
        const problem = `${event.type} for ${stream}: ${text.failure}`
        return Result.fail(
          new EventStoreError.EventStoreError({ reason: new EventStoreError.InvalidRequest({ operation, problem }) })
        )
      }
      texts.push(text.success)
      size += 100 + stream.length + text.success.length
    }
    encoded.push({ stream, expected, events, texts, size })
  }
  return Result.succeed(encoded)
}

const expectedNumber = (expected: EventStore.ExpectedVersion): number =>
  expected === "any" ? -1 : expected === "streamExists" ? -2 : expected === "noStream" ? 0 : expected

const milliseconds = (event: Event.NewEvent): bigint | null =>
  event.occurredAt === undefined ? null : BigInt(Math.trunc(event.occurredAt.epochMilliseconds))

/** Parameters of `append_one`, for an append of exactly one event. */
export const oneParameters = ({ events, expected, stream, texts }: Encoded): ReadonlyArray<unknown> => {
  const event = events[0]!
  return [
    stream,
    BigInt(expectedNumber(expected)),
    event.id,
    event.type,
    event.schemaVersion,
    texts[0],
    metadataText(event.metadata),
    milliseconds(event)
  ]
}

/** Parameters of `append_batch` and `append_all`: one array per column, one element per event. */
export const batchParameters = (appends: ReadonlyArray<Encoded>): Effect.Effect<ReadonlyArray<unknown>> => {
  const numbers: Array<number> = []
  const streams: Array<string> = []
  const expecteds: Array<bigint> = []
  const ks: Array<number> = []
  const ids: Array<string | null> = []
  const kinds: Array<string | null> = []
  const shapes: Array<number | null> = []
  const bodies: Array<string | null> = []
  const abouts: Array<string | null> = []
  const happeneds: Array<bigint | null> = []
  for (const [number, { events, expected, stream, texts }] of appends.entries()) {
    const version = BigInt(expectedNumber(expected))
    for (let k = events.length === 0 ? 0 : 1; k <= events.length; k++) {
      const event = events[k - 1]
      numbers.push(number)
      streams.push(stream)
      expecteds.push(version)
      ks.push(k)
      ids.push(event?.id ?? null)
      kinds.push(event?.type ?? null)
      shapes.push(event?.schemaVersion ?? null)
      bodies.push(texts[k - 1] ?? null)
      abouts.push(event === undefined ? null : metadataText(event.metadata))
      happeneds.push(event === undefined ? null : milliseconds(event))
    }
  }
  const columns: ReadonlyArray<readonly [ReadonlyArray<unknown>, number]> = [
    [numbers, OID.int4],
    [streams, OID.text],
    [expecteds, OID.int8],
    [ks, OID.int4],
    [ids, OID.uuid],
    [kinds, OID.text],
    [shapes, OID.int4],
    [bodies, OID.text],
    [abouts, OID.text],
    [happeneds, OID.int8]
  ]
  // An array type that the driver doesn't know is a defect: all of these are built in.
  return Effect.orDie(Effect.forEach(columns, ([values, oid]) => Effect.fromResult(array(values, oid))))
}
