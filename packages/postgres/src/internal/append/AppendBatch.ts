/** Appends on their way to the database: encoded once, then sent alone or together. */
import { OID, array } from "@effect/sql-pg/PgTypes"
import { Result } from "effect"
import { type Event, type EventStore, EventStoreError } from "eventfold"
import { StoreRequest } from "eventfold/store"

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

/** A message to the server has less than a gigabyte. */
const maxBytes = 900_000_000

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
  let total = 0
  for (const { events, expected, stream } of appends) {
    const texts: Array<string> = []
    let size = 0
    for (const event of events) {
      const text = StoreRequest.dataText(event.data)
      if (Result.isFailure(text)) {
        const problem = `${event.type} for ${stream}: ${text.failure}`
        return Result.fail(EventStoreError.EventStoreError.invalidRequest(operation, problem))
      }
      texts.push(text.success)
      size += 100 + stream.length + text.success.length
    }
    encoded.push({ stream, expected, events, texts, size })
    total += size
  }
  // A character takes up to three bytes: few appends are so large that they have to be measured.
  const bytes = total * 3 > maxBytes ? total + moreBytes(encoded) : total
  if (bytes > maxBytes) {
    const problem = `what is to be appended takes ${Math.round(bytes / 1e6)} MB, PostgreSQL takes ${maxBytes / 1e6} in one statement`
    return Result.fail(EventStoreError.EventStoreError.invalidRequest(operation, problem))
  }
  return Result.succeed(encoded)
}

/** By how many bytes texts are longer than by their characters. */
const moreBytes = (appends: ReadonlyArray<Encoded>): number =>
  appends.reduce((sum, { texts }) => texts.reduce((more, text) => more + Buffer.byteLength(text) - text.length, sum), 0)

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

/** An array type that the driver doesn't know is a defect: all of these are built in. */
const arrayOf = (values: ReadonlyArray<unknown>, oid: number): unknown => Result.getOrThrow(array(values, oid))

/** What is sent of events: one array per column, one element per event; null where there is none. */
class Columns {
  readonly ids: Array<string | null> = []
  readonly kinds: Array<string | null> = []
  readonly shapes: Array<number | null> = []
  readonly bodies: Array<string | null> = []
  readonly abouts: Array<string | null> = []
  readonly happeneds: Array<bigint | null> = []

  add(event: Event.NewEvent | undefined, text: string | undefined): void {
    this.ids.push(event?.id ?? null)
    this.kinds.push(event?.type ?? null)
    this.shapes.push(event?.schemaVersion ?? null)
    this.bodies.push(text ?? null)
    this.abouts.push(event === undefined ? null : metadataText(event.metadata))
    this.happeneds.push(event === undefined ? null : milliseconds(event))
  }
  parameters(): ReadonlyArray<unknown> {
    return [
      arrayOf(this.ids, OID.uuid),
      arrayOf(this.kinds, OID.text),
      arrayOf(this.shapes, OID.int4),
      arrayOf(this.bodies, OID.text),
      arrayOf(this.abouts, OID.text),
      arrayOf(this.happeneds, OID.int8)
    ]
  }
}

/** Parameters of `append_many`, for an append of several events. */
export const manyParameters = ({ events, expected, stream, texts }: Encoded): ReadonlyArray<unknown> => {
  const columns = new Columns()
  for (let i = 0; i < events.length; i++) columns.add(events[i], texts[i])
  return [stream, BigInt(expectedNumber(expected)), ...columns.parameters()]
}

/**
 * Parameters of `append_batch`, for appends that all have events. Those that share a stream, because they never conflict, come
 * one behind the other.
 */
export const batchParameters = (appends: ReadonlyArray<Encoded>): ReadonlyArray<unknown> => {
  const streams: Array<string> = []
  const expecteds: Array<bigint> = []
  const ks: Array<number> = []
  const columns = new Columns()
  const lastOf = new Map<string, number>()
  for (const { events, expected, stream, texts } of appends) {
    const version = BigInt(expectedNumber(expected))
    let k = lastOf.get(stream) ?? 0
    for (let i = 0; i < events.length; i++) {
      streams.push(stream)
      expecteds.push(version)
      ks.push(++k)
      columns.add(events[i], texts[i])
    }
    lastOf.set(stream, k)
  }
  return [arrayOf(streams, OID.text), arrayOf(expecteds, OID.int8), arrayOf(ks, OID.int4), ...columns.parameters()]
}

/** Parameters of `append_all`: an append without events is one element with k = 0. */
export const allParameters = (appends: ReadonlyArray<Encoded>): ReadonlyArray<unknown> => {
  const numbers: Array<number> = []
  const streams: Array<string> = []
  const expecteds: Array<bigint> = []
  const ks: Array<number> = []
  const columns = new Columns()
  for (const [number, { events, expected, stream, texts }] of appends.entries()) {
    const version = BigInt(expectedNumber(expected))
    for (let k = events.length === 0 ? 0 : 1; k <= events.length; k++) {
      numbers.push(number)
      streams.push(stream)
      expecteds.push(version)
      ks.push(k)
      columns.add(events[k - 1], texts[k - 1])
    }
  }
  return [
    arrayOf(numbers, OID.int4),
    arrayOf(streams, OID.text),
    arrayOf(expecteds, OID.int8),
    arrayOf(ks, OID.int4),
    ...columns.parameters()
  ]
}
