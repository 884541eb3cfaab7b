/** Measures appends once, and builds the parameters of the statements that send them. */
import { OID, array } from "@effect/sql-pg/PgTypes"
import { Result } from "effect"
import { type Event, type EventStore, EventStoreError } from "eventfold"
import type { StoreService } from "eventfold/store"

/** An append with its size. */
export interface Encoded extends StoreService.EncodedAppend {
  /** Approximate size of the message, in bytes. */
  readonly size: number
}

/** Maximum size of a message: the server accepts less than a gigabyte. */
const maxBytes = 900_000_000

/** Encodes metadata; null if there is none. */
export const metadataText = (metadata: Event.Metadata): string | null => {
  for (const key in metadata) {
    if (Object.hasOwn(metadata, key) && metadata[key as keyof Event.Metadata] !== undefined)
      return JSON.stringify(metadata)
  }
  return null
}

/**
 * Measures appends; fails with `InvalidRequest` if the server does not accept a message of their
 * size.
 */
export const measure = (
  appends: ReadonlyArray<StoreService.EncodedAppend>
): Result.Result<ReadonlyArray<Encoded>, EventStoreError.EventStoreError> => {
  const measured: Array<Encoded> = []
  let total = 0
  for (const { events, expected, stream, texts } of appends) {
    let size = texts.length * (100 + stream.length)
    for (const text of texts) size += text.length
    measured.push({ stream, expected, events, texts, size })
    total += size
  }
  // A character has up to three bytes: only very large appends are counted byte by byte.
  const bytes = total * 3 > maxBytes ? total + extraBytes(measured) : total
  if (bytes > maxBytes) {
    const problem = `the append takes ${Math.round(bytes / 1e6)} MB, and PostgreSQL accepts ${maxBytes / 1e6} MB in one statement`
    return Result.fail(EventStoreError.EventStoreError.invalidRequest("append", problem))
  }
  return Result.succeed(measured)
}

/** Returns the number of bytes that texts have beyond their number of characters. */
const extraBytes = (appends: ReadonlyArray<Encoded>): number =>
  appends.reduce((sum, { texts }) => texts.reduce((more, text) => more + Buffer.byteLength(text) - text.length, sum), 0)

const expectedNumber = (expected: EventStore.ExpectedVersion): number =>
  expected === "any" ? -1 : expected === "streamExists" ? -2 : expected === "noStream" ? 0 : expected

const milliseconds = (event: Event.NewEvent): bigint | null =>
  event.occurredAt === undefined ? null : BigInt(Math.trunc(event.occurredAt.epochMilliseconds))

/** Returns the parameters of `append_one`, for an append of exactly one event. */
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

/** Encodes an array. An unknown type is a defect: all types here are built in. */
const arrayOf = (values: ReadonlyArray<unknown>, oid: number): unknown => Result.getOrThrow(array(values, oid))

/**
 * The arrays of events: one array for each column, one element for each event; null if an append
 * has no event.
 */
class Columns {
  readonly ids: Array<string | null> = []
  readonly types: Array<string | null> = []
  readonly schemaVersions: Array<number | null> = []
  readonly data: Array<string | null> = []
  readonly metadata: Array<string | null> = []
  readonly occurredAts: Array<bigint | null> = []

  add(event: Event.NewEvent | undefined, text: string | undefined): void {
    this.ids.push(event?.id ?? null)
    this.types.push(event?.type ?? null)
    this.schemaVersions.push(event?.schemaVersion ?? null)
    this.data.push(text ?? null)
    this.metadata.push(event === undefined ? null : metadataText(event.metadata))
    this.occurredAts.push(event === undefined ? null : milliseconds(event))
  }
  parameters(): ReadonlyArray<unknown> {
    return [
      arrayOf(this.ids, OID.uuid),
      arrayOf(this.types, OID.text),
      arrayOf(this.schemaVersions, OID.int4),
      arrayOf(this.data, OID.text),
      arrayOf(this.metadata, OID.text),
      arrayOf(this.occurredAts, OID.int8)
    ]
  }
}

/** Returns the parameters of `append_many`, for an append of several events. */
export const manyParameters = ({ events, expected, stream, texts }: Encoded): ReadonlyArray<unknown> => {
  const columns = new Columns()
  for (let i = 0; i < events.length; i++) columns.add(events[i], texts[i])
  return [stream, BigInt(expectedNumber(expected)), ...columns.parameters()]
}

/**
 * Returns the parameters of `append_batch`, for appends that all have events. Appends that share a
 * stream, because they never conflict, follow each other.
 */
export const batchParameters = (appends: ReadonlyArray<Encoded>): ReadonlyArray<unknown> => {
  const streams: Array<string> = []
  const expecteds: Array<bigint> = []
  const ordinals: Array<number> = []
  const columns = new Columns()
  const lastOf = new Map<string, number>()
  for (const { events, expected, stream, texts } of appends) {
    const version = BigInt(expectedNumber(expected))
    let ordinal = lastOf.get(stream) ?? 0
    for (let i = 0; i < events.length; i++) {
      streams.push(stream)
      expecteds.push(version)
      ordinals.push(++ordinal)
      columns.add(events[i], texts[i])
    }
    lastOf.set(stream, ordinal)
  }
  return [
    arrayOf(streams, OID.text),
    arrayOf(expecteds, OID.int8),
    arrayOf(ordinals, OID.int4),
    ...columns.parameters()
  ]
}

/**
 * Returns the parameters of `append_all`: an append without events is one element with ordinal 0.
 */
export const allParameters = (appends: ReadonlyArray<Encoded>): ReadonlyArray<unknown> => {
  const numbers: Array<number> = []
  const streams: Array<string> = []
  const expecteds: Array<bigint> = []
  const ordinals: Array<number> = []
  const columns = new Columns()
  for (const [number, { events, expected, stream, texts }] of appends.entries()) {
    const version = BigInt(expectedNumber(expected))
    for (let ordinal = events.length === 0 ? 0 : 1; ordinal <= events.length; ordinal++) {
      numbers.push(number)
      streams.push(stream)
      expecteds.push(version)
      ordinals.push(ordinal)
      columns.add(events[ordinal - 1], texts[ordinal - 1])
    }
  }
  return [
    arrayOf(numbers, OID.int4),
    arrayOf(streams, OID.text),
    arrayOf(expecteds, OID.int8),
    arrayOf(ordinals, OID.int4),
    ...columns.parameters()
  ]
}
