/** Events as others understand them: CloudEvents 1.0, in the structured form that is one JSON object. */
import { DateTime, type Schema } from "effect"
import type { RecordedEvent } from "./Event.ts"

/**
 * A recorded event as a CloudEvent.
 *
 * **Details**
 *
 * - `id` is the event's id and `source` the log it is from: the two together tell it from any other.
 * - `type` is the event's type, `subject` and `partitionkey` its stream, `data` what is stored.
 * - `time` is when it happened in the domain; left out for years that RFC 3339 has no way to write.
 * - `sequence` is its position in the log, written so that texts are in the order of positions.
 * - `idempotencykey` is the same at every delivery of this event by this reaction.
 * - `streamversion`, `correlationid`, `causationid`, `actor`: what the event's metadata says.
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
  readonly data: Schema.Json
}

/**
 * Where events come from, unless an app says otherwise: the log, by the id of its store.
 *
 * @internal
 */
export const sourceOf = (storeId: string): string => `urn:eventfold:${storeId}`

const isPlainYear = (time: string): boolean => /^\d{4}-/.test(time)

/** Attributes that are not empty: CloudEvents knows no empty ones. */
const present = <Name extends string>(name: Name, value: string | undefined): { readonly [N in Name]?: string } =>
  value === undefined || value === "" ? {} : ({ [name]: value } as { readonly [N in Name]: string })

/**
 * Makes a CloudEvent of a recorded event.
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
    data
  }
}
