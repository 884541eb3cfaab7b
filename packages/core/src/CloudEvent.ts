/**
 * Events in the format of CloudEvents 1.0, for other systems: the structured form, which is one
 * JSON object.
 */
import { DateTime, type Schema } from "effect"
import type { RecordedEvent } from "./Event.ts"

/**
 * A recorded event as a CloudEvent.
 *
 * **Details**
 *
 * - `id` is the event's id and `source` identifies its log: both together are unique.
 * - `type` is the event's type, `subject` and `partitionkey` are its stream, `data` is its stored
 *   data.
 * - `time` is the time at which it happened in the domain; absent for years that RFC 3339 cannot
 *   express.
 * - `sequence` is its position in the log, as text that sorts like the position.
 * - `idempotencykey` is the same at every delivery of this event by this reaction.
 * - `correlationid`, `causationid` and `actor` come from the event's metadata, as do `traceparent`
 *   and `tracestate`, the extension for distributed tracing, and each header.
 * - `streamversion` is its version in the stream.
 *
 * @since 0.1.0
 * @category models
 */
export interface CloudEvent {
  readonly specversion: "1.0"
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string
  readonly time?: string
  readonly datacontenttype: "application/json"
  readonly idempotencykey: string
  readonly partitionkey: string
  readonly sequence: string
  readonly streamversion: number
  readonly correlationid?: string
  readonly causationid?: string
  readonly actor?: string
  readonly traceparent?: string
  readonly tracestate?: string
  readonly data: Schema.Json
  /** Headers of the event. */
  readonly [header: string]: Schema.Json
}

/**
 * Returns the default source of events: the log, by the id of its store.
 *
 * @internal
 */
export const sourceOf = (storeId: string): string => `urn:eventfold:${storeId}`

const isPlainYear = (time: string): boolean => /^\d{4}-/.test(time)

/** Returns an attribute if it is not empty: CloudEvents has no empty attributes. */
const present = <Name extends string>(name: Name, value: string | undefined): { readonly [N in Name]?: string } =>
  value === undefined || value === "" ? {} : ({ [name]: value } as { readonly [N in Name]: string })

/** Returns the headers that are not empty. */
const headersOf = (headers: { readonly [name: string]: string } = {}) =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ""))

/**
 * Makes a CloudEvent from a recorded event.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { CloudEvent, EventStore, MemoryEventStore } from "eventfold"
 *
 * const program = EventStore.EventStore.use((store) =>
 *   store.readAll().pipe(
 *     Stream.map((event) => CloudEvent.fromRecorded(event, { source: `urn:shop:${store.id}`, idempotencyKey: event.id })),
 *     Stream.runCollect
 *   ))
 * const events = await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer)) // []
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromRecorded = (
  { data, id, metadata, occurredAt, position, stream, type, version }: RecordedEvent,
  options: { readonly source: string; readonly idempotencyKey: string; readonly type?: string }
): CloudEvent => {
  const time = DateTime.formatIso(occurredAt)
  return {
    specversion: "1.0",
    id,
    source: options.source,
    type: options.type ?? type,
    subject: stream,
    ...(isPlainYear(time) ? { time } : {}),
    datacontenttype: "application/json",
    idempotencykey: options.idempotencyKey,
    partitionkey: stream,
    sequence: String(position).padStart(16, "0"),
    streamversion: version,
    ...present("correlationid", metadata.correlationId),
    ...present("causationid", metadata.causationId),
    ...present("actor", metadata.actor),
    ...present("traceparent", metadata.traceparent),
    ...present("tracestate", metadata.tracestate),
    ...headersOf(metadata.headers),
    data
  }
}
