/** What the store takes and gives back: events in stored form, with their place in the log and their metadata. */
import { Context, type DateTime, type Schema } from "effect"
import type { EventId } from "./EventId.ts"

/**
 * Why an event exists: which conversation it belongs to, what caused it, who asked for it.
 *
 * **Details**
 *
 * - `correlationId`: the same on everything that follows from one request.
 * - `causationId`: the id of the command or event that directly led to this one. `execute` puts the command's id here.
 * - `actor`: who or what asked.
 *
 * @since 0.1.0
 * @category models
 */
export interface Metadata {
  readonly correlationId?: string
  readonly causationId?: string
  readonly actor?: string
}

/**
 * Metadata for every event appended by the effect that it is provided to, so that apps need not hand it from call to call.
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
 * An event about to be appended, encoded: `data` is what the event's codec gives.
 *
 * @since 0.1.0
 * @category models
 */
export interface NewEvent {
  readonly id: EventId
  readonly type: string
  /** Which stored shape of this event type `data` has; 1 until a type's shape changes. */
  readonly schemaVersion: number
  readonly data: Schema.Json
  readonly metadata: Metadata
  /** When it happened in the domain; without it, the time of recording. */
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
  /** Place in its stream: 1, 2, 3, … without gaps. */
  readonly version: number
  /** Place in the whole log: rising, with gaps. */
  readonly position: number
  readonly type: string
  readonly schemaVersion: number
  readonly data: Schema.Json
  readonly metadata: Metadata
  /** The store's clock at the append, to the millisecond; never decreasing within a stream. */
  readonly recordedAt: DateTime.Utc
  /** When it happened in the domain. */
  readonly occurredAt: DateTime.Utc
}

/**
 * Type of the event after which a stream takes no others: it is archived for as long as this is its last event.
 *
 * @since 0.1.0
 * @category accessors
 */
export const archived = "$archived"

/**
 * Type of the event that ends that. Its data, as that of `$archived`, is `{ reason?: string }`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const unarchived = "$unarchived"

/**
 * Type of the event that says from which version on a stream can be read: `{ before: number, reason?: string }`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const truncated = "$truncated"

/**
 * Whether an event of this type is about its stream, and not one of its aggregate's.
 *
 * **When to use**
 *
 * Where all events of a stream or of the log are read: `archive`, `unarchive` and `truncate` put events there too.
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
