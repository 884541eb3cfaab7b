/**
 * The append-only log of events: the interface that every store keeps, whatever it is built on.
 *
 * A store knows nothing of aggregates: it takes encoded events and gives them back. `Repository` sits on top of it.
 */
import { Context, type DateTime, type Effect, type Stream } from "effect"
import type { NewEvent, RecordedEvent } from "./Event.ts"
import type { EventStoreError } from "./EventStoreError.ts"

/**
 * What must be true of a stream for an append to it to be written.
 *
 * - `"any"`: nothing; never conflicts.
 * - `"noStream"`: it has no events.
 * - `"streamExists"`: it has at least one.
 * - a number: its last version is exactly this; 0 is the same as `"noStream"`.
 */
export type ExpectedVersion = "any" | "noStream" | "streamExists" | number

/** Events for one stream. */
export interface Append {
  /** At most 1,000 bytes of UTF-8, well-formed, without NUL. An aggregate's is `Name-id`. */
  readonly stream: string
  readonly expected: ExpectedVersion
  readonly events: ReadonlyArray<NewEvent>
}

/** Where the last event of an append now stands. */
export interface Appended {
  /** Version of the last of the appended events (of the stream's last event, where none were given). */
  readonly version: number
  /** Position of the last of the appended events (of the stream's last event, where none were given; 0 without any). */
  readonly position: number
  /** True if the same event ids were there already: this is then the first append's result, and nothing was written. */
  readonly repeated: boolean
}

/** Which part of a stream to read. Bounds are inclusive, and mean the same in both directions. */
export interface ReadOptions {
  /** Least version; 1 unless given. */
  readonly from?: number
  /** Greatest version; the last unless given. */
  readonly to?: number
  readonly direction?: "forwards" | "backwards"
  /** At most so many events. */
  readonly limit?: number
  /** What was true then: the longest prefix of the stream with no event that occurred after this time. */
  readonly asOf?: DateTime.Utc
  /** What was known then: the longest prefix of the stream with no event recorded after this time. */
  readonly asKnownAt?: DateTime.Utc
}

/** Which part of the log to read. */
export interface ReadAllOptions {
  /** Events after this position; 0, the beginning, unless given. */
  readonly after?: number
  /** Only of streams whose id begins with one of these and a hyphen: an aggregate's name. */
  readonly aggregates?: ReadonlyArray<string>
  /** Only of these event types. */
  readonly types?: ReadonlyArray<string>
  /** At most so many events. */
  readonly limit?: number
  /** Events fetched at a time: what is held in memory. 1,000 unless given. */
  readonly pageSize?: number
}

export interface Service {
  /** Names this log: two stores with the same id hold the same history. */
  readonly id: string
  /**
   * Appends events to one stream, all of them or none.
   *
   * **Details**
   *
   * Ids are looked at before the version: the same ids appended again (same stream, types and data) give the first
   * result, whatever was expected. Fails with `VersionConflict`, `EventIdReused`, `InvalidRequest`, `Unavailable`,
   * `OutcomeUnknown` or `Overloaded`.
   *
   * **Gotchas**
   *
   * `-0` in data comes back as `0`: JSON has no other.
   */
  readonly append: (
    stream: string,
    expected: ExpectedVersion,
    events: ReadonlyArray<NewEvent>
  ) => Effect.Effect<Appended, EventStoreError>
  /** Appends to several streams at once, all of it or none; results in the order of the appends. */
  readonly appendAll: (appends: ReadonlyArray<Append>) => Effect.Effect<ReadonlyArray<Appended>, EventStoreError>
  /** The events of one stream, in pages; empty where there are none. */
  readonly read: (stream: string, options?: ReadOptions) => Stream.Stream<RecordedEvent, EventStoreError>
  /**
   * The log in position order, from a position to where it ends now. Every committed event comes once, whatever the order
   * in which transactions committed.
   */
  readonly readAll: (options?: ReadAllOptions) => Stream.Stream<RecordedEvent, EventStoreError>
}

/**
 * The event store that an app's services use. Provide `MemoryEventStore.layer`, `PgliteEventStore.layer` or
 * `PgEventStore.layer`.
 */
export class EventStore extends Context.Service<EventStore, Service>()("eventfold/EventStore") {}
