/** Events in their stored form, with their place in the log and their metadata. */
import { Context, type DateTime, type Schema } from "effect"
import type { EventId } from "./EventId.ts"

/**
 * Metadata of an event: the conversation it belongs to, its cause, and the actor.
 *
 * **Details**
 *
 * - `correlationId`: the same for everything that follows from one request.
 * - `causationId`: id of the command or event that directly led to this event. `execute` sets it to
 *   a given `commandId`, unless `CurrentMetadata` has a cause. Without a given id, the ids of a
 *   command's events are one series.
 * - `actor`: the person or system that made the request.
 * - `traceparent`: the span of the command, in the form of W3C Trace Context. `execute` sets it if
 *   a tracer is provided and the span is sampled.
 * - `tracestate`: what tracing systems add to it. Nothing sets it but your own code.
 * - `headers`: metadata of your own; see `EventHeaders`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Metadata {
  readonly correlationId?: string
  readonly causationId?: string
  readonly actor?: string
  readonly traceparent?: string
  readonly tracestate?: string
  readonly headers?: { readonly [name: string]: string }
}

/**
 * Metadata of every event that the effect appends, so that an app does not pass it from call to
 * call.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Event } from "eventfold"
 *
 * const handleRequest = <A, E, R>(requestId: string, effect: Effect.Effect<A, E, R>) =>
 *   Effect.provideService(effect, Event.CurrentMetadata, { correlationId: requestId, actor: "teller-7" })
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export const CurrentMetadata: Context.Reference<Metadata> = Context.Reference<Metadata>("eventfold/CurrentMetadata", {
  defaultValue: () => ({})
})

/**
 * An encoded event to append: `data` is the output of the event's codec, which has no `_tag`,
 * because `type` has it.
 *
 * @since 0.1.0
 * @category models
 */
export interface NewEvent {
  readonly id: EventId
  readonly type: string
  /** Number, from 1 to 32,767, that names the shape of the data. It is a name, and no order. */
  readonly schemaVersion: number
  readonly data: Schema.Json
  readonly metadata: Metadata
  /** Time at which the event happened in the domain. Defaults to the time of recording. */
  readonly occurredAt?: DateTime.Utc
}

/**
 * An event in the log.
 *
 * @since 0.1.0
 * @category models
 */
export interface RecordedEvent {
  readonly id: EventId
  readonly stream: string
  /** Position in its stream: 1, 2, 3, … without gaps. */
  readonly version: number
  /** Position in the whole log: increasing, with gaps. */
  readonly position: number
  readonly type: string
  readonly schemaVersion: number
  readonly data: Schema.Json
  readonly metadata: Metadata
  /**
   * Time of the store's clock at the append, in milliseconds; it never decreases within a stream.
   */
  readonly recordedAt: DateTime.Utc
  /** Time at which the event happened in the domain. */
  readonly occurredAt: DateTime.Utc
}

/**
 * Types of the events that the store appends when the lifecycle of a stream changes.
 *
 * **Details**
 *
 * - `archived`: the stream takes no events as long as this is its last event. Its data, like that
 *   of `unarchived`, is `{ reason?: string }`.
 * - `truncated`: the content of earlier events is deleted. Its data is `{ before: number, reason?:
 *   string }`.
 *
 * @example
 * ```ts
 * import { Event } from "eventfold"
 *
 * Event.isLifecycle(Event.lifecycle.archived) // true
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const lifecycle = { archived: "$archived", unarchived: "$unarchived", truncated: "$truncated" } as const

/**
 * Returns whether an event type belongs to the lifecycle of streams, and not to an aggregate.
 *
 * **When to use**
 *
 * In code that reads all events of a stream or of the log: `archive`, `unarchive` and `truncate`
 * append events, too.
 *
 * @example
 * ```ts
 * import { Event } from "eventfold"
 *
 * Event.isLifecycle("$archived") // true
 * Event.isLifecycle("DepositMade") // false
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const isLifecycle = (type: string): boolean => type.startsWith("$")
