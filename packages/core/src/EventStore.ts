/**
 * The append-only log of events: the interface that every store keeps, whatever it is built on.
 *
 * A store knows nothing of aggregates: it takes encoded events and gives them back. `Repository` sits on top of it.
 */
import { Context, type DateTime, type Effect, type Stream } from "effect"
import type { Checkpoint } from "./Checkpoint.ts"
import type { Append, Appended, ExpectedVersion } from "./store/Append.ts"
import type { NewEvent, RecordedEvent } from "./Event.ts"
import type { EventId } from "./EventId.ts"
import type { EventStoreError } from "./EventStoreError.ts"
import type { Service as Projections } from "./store/ProjectionStore.ts"
import type { Service as Reactions } from "./store/ReactionStore.ts"
import type { Service as Snapshots } from "./Snapshots.ts"

export type { Append, Appended, ExpectedVersion } from "./store/Append.ts"

/**
 * What happens where truncated events are among those to be read: `"fail"` with `StreamTruncated`, or `"skip"` to what is
 * left. To fail is the rule, since a state or a read model made of what is left need not be right.
 *
 * @since 0.1.0
 * @category models
 */
export type OnTruncated = "fail" | "skip"

/**
 * Which part of a stream to read. Bounds are inclusive, and mean the same in both directions.
 *
 * @since 0.1.0
 * @category options
 */
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
  /** `"fail"` unless given. */
  readonly truncated?: OnTruncated
}

/**
 * Which part of the log to read.
 *
 * @since 0.1.0
 * @category options
 */
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
  /** `"fail"` unless given. */
  readonly truncated?: OnTruncated
}

/**
 * Which part of the log to follow.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { EventId, EventStore, MemoryEventStore } from "eventfold"
 *
 * const program = Effect.gen(function*() {
 *   const store = yield* EventStore.EventStore
 *   const opened = Effect.flatMap(EventId.make, (id) =>
 *     store.append("Account-1", "any", [{ id, type: "Opened", schemaVersion: 1, data: null, metadata: {} }]))
 *   yield* opened
 *   yield* Effect.forkChild(Effect.delay(opened, "10 millis"))
 *   const two = yield* store.subscribe({ types: ["Opened"] }).pipe(Stream.take(2), Stream.runCollect)
 *   return two.map(({ version }) => version) // [1, 2]
 * })
 * const versions = await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer))
 * ```
 *
 * @since 0.1.0
 * @category options
 */
export interface SubscribeOptions {
  /**
   * Events after this checkpoint, which must fit the log, or after this position, which can't be checked; the beginning
   * unless given.
   */
  readonly after?: Checkpoint | number
  /** Only of streams whose id begins with one of these and a hyphen: an aggregate's name. */
  readonly aggregates?: ReadonlyArray<string>
  /** Only of these event types. */
  readonly types?: ReadonlyArray<string>
  /** Events fetched at a time: what is held in memory. 1,000 unless given. */
  readonly pageSize?: number
  /** `"fail"` unless given. No event of the page that would have held a truncated one is then delivered. */
  readonly truncated?: OnTruncated
  /** How metrics call this subscription, as attribute `subscription`; `subscription` unless given. */
  readonly name?: string
}

/**
 * A piece of the log, as a subscription reads it.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { type Checkpoint, EventStore, MemoryEventStore } from "eventfold"
 *
 * // What is made of the events is written together with the checkpoint, so that each event counts once.
 * const follow = (last: Checkpoint.Checkpoint, save: (page: EventStore.Page) => Effect.Effect<void>) =>
 *   EventStore.EventStore.use((store) =>
 *     store.pages({ after: last, aggregates: ["Account"] }).pipe(
 *       Stream.tap(save),
 *       // A reader that only wants to catch up stops here; without this it follows the log for ever.
 *       Stream.takeUntil(({ caughtUp }) => caughtUp),
 *       Stream.runDrain
 *     ))
 *
 * const program = EventStore.EventStore.use(({ id }) =>
 *   follow({ storeId: id, position: 0, eventId: null }, () => Effect.void))
 * await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  /** The events in it that were asked for: none, where only others were appended. */
  readonly events: ReadonlyArray<RecordedEvent>
  /**
   * Up to where the log was read: past the last of these events, and past all that were not asked for. Store it with what
   * was made of the events. It never goes back.
   */
  readonly checkpoint: Checkpoint
  /** Whether the log had nothing more when this was read. */
  readonly caughtUp: boolean
}

/**
 * What is known of a stream without reading its events.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStore, MemoryEventStore } from "eventfold"
 *
 * const program = EventStore.EventStore.use((store) => store.streamInfo("Account-1"))
 * const info = await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer))
 * info.exists // false
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamInfo {
  readonly stream: string
  /** Whether it has events. */
  readonly exists: boolean
  /** Version of its last event; 0 without any. */
  readonly version: number
  /** Position of its last event; 0 without any. */
  readonly position: number
  /** When its last event was recorded. */
  readonly recordedAt?: DateTime.Utc
  /** Whether it takes no events until it is unarchived. */
  readonly archived: boolean
  /** The first version that can be read: 1, where it was not truncated. */
  readonly firstVersion: number
}

/**
 * Where an event stands.
 *
 * @since 0.1.0
 * @category models
 */
export interface Located {
  readonly stream: string
  readonly version: number
  readonly position: number
  readonly type: string
}

/**
 * How a stream is archived or unarchived.
 *
 * @since 0.1.0
 * @category options
 */
export interface LifecycleOptions {
  /** Kept in the data of the event that says so. */
  readonly reason?: string
}

/**
 * How a stream is truncated.
 *
 * @since 0.1.0
 * @category options
 */
export interface TruncateOptions extends LifecycleOptions {
  /** The first version to keep; one more than the last keeps none. */
  readonly before: number
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
   * result, whatever was expected. So does a part of them, and what was appended in several calls without others in
   * between: the result is where the last of them stands. New ids beside known ones are `EventIdReused`. Fails with
   * `VersionConflict`, `EventIdReused`, `StreamArchived`, `InvalidRequest`, `Unavailable`, `OutcomeUnknown` or `Overloaded`.
   *
   * **Gotchas**
   *
   * `-0` in data comes back as `0`: JSON has no other. Types that begin with `$` are the store's own, and refused.
   */
  readonly append: (
    stream: string,
    expected: ExpectedVersion,
    events: ReadonlyArray<NewEvent>
  ) => Effect.Effect<Appended, EventStoreError>
  /**
   * Appends to several streams at once, all of it or none; results in the order of the appends.
   *
   * **Gotchas**
   *
   * An append without events is a look at its stream when the others are written: nothing keeps the stream from moving on
   * while these commit.
   */
  readonly appendAll: (appends: ReadonlyArray<Append>) => Effect.Effect<ReadonlyArray<Appended>, EventStoreError>
  /** The events of one stream, in pages; empty where there are none. */
  readonly read: (stream: string, options?: ReadOptions) => Stream.Stream<RecordedEvent, EventStoreError>
  /**
   * The log in position order, from a position to where it ends now. Every committed event comes once, whatever the order
   * in which transactions committed.
   */
  readonly readAll: (options?: ReadAllOptions) => Stream.Stream<RecordedEvent, EventStoreError>
  /**
   * The log from a place on, and then what is appended: every event once, in position order, without an end.
   *
   * **When to use**
   *
   * To react to events in this process. Where a place has to be kept for the next start, use `pages`.
   *
   * **Details**
   *
   * The next page is fetched when the last one has been taken, so a slow consumer holds one page and nobody up. An event
   * appended by this process is seen at once; one of another process when the store is told of it, and at the latest when
   * it next looks by itself. While the database is away it waits and tries again, and goes on where it was. Fails with
   * `InvalidRequest`, `LogDiverged`, `DecodeFailure` and `Unavailable` that trying again would not mend.
   */
  readonly subscribe: (options?: SubscribeOptions) => Stream.Stream<RecordedEvent, EventStoreError>
  /**
   * The same as `subscribe`, page by page, each with the checkpoint to go on from. The first page comes at once, empty if
   * need be.
   */
  readonly pages: (options?: SubscribeOptions) => Stream.Stream<Page, EventStoreError>
  /**
   * Where the event of an id stands, by the index of ids; undefined where the log has none of it.
   *
   * **When to use**
   *
   * To learn whether an append was written, or what a command led to: ids are known before they are sent.
   */
  readonly locate: (id: EventId) => Effect.Effect<Located | undefined, EventStoreError>
  /** The last version, position and time of a stream, or that it has no events. */
  readonly streamInfo: (stream: string) => Effect.Effect<StreamInfo, EventStoreError>
  /**
   * Closes a stream: appends to it fail with `StreamArchived` from now on. It is read as before.
   *
   * **Details**
   *
   * An event of type `$archived` in the stream says so, to those who read the stream and to those who follow the log; it has
   * a version, so a command decided before it conflicts. Archiving an archived stream changes nothing (`repeated`). Fails
   * with `VersionConflict` where the stream has no events.
   */
  readonly archive: (stream: string, options?: LifecycleOptions) => Effect.Effect<Appended, EventStoreError>
  /** Opens an archived stream again, by an event of type `$unarchived`. Changes nothing where it is open (`repeated`). */
  readonly unarchive: (stream: string, options?: LifecycleOptions) => Effect.Effect<Appended, EventStoreError>
  /**
   * Takes away the content of a stream's events before a version, for good: their data and metadata are gone from the store.
   *
   * **When to use**
   *
   * Where data must not be kept, or where an event at that version sums up all before it.
   *
   * **Details**
   *
   * An event of type `$truncated` says so at the end of the stream; an archived stream stays archived. Versions, positions,
   * ids, types and times of what was truncated stay: so no number is given twice, appending the same ids again gives the
   * first result, and checkpoints hold. Reading what was truncated fails with `StreamTruncated`, unless it is to be skipped.
   * Nothing happens where nothing is left before that version (`repeated`). Fails with `VersionConflict` where the stream
   * has no events, and with `InvalidRequest` where it is not that long.
   *
   * **Gotchas**
   *
   * A reader of the log who had not come so far meets `StreamTruncated` too. Backups, replicas and the server's own log of
   * changes hold the content until they are replaced.
   */
  readonly truncate: (stream: string, options: TruncateOptions) => Effect.Effect<Appended, EventStoreError>
  /** Where states of its streams are kept, to be dropped at any time; a store may do without. */
  readonly snapshots?: Snapshots
  /** Where rows of projections are kept; a store may do without. */
  readonly projections?: Projections
  /** Where reactions keep how far they have come; a store may do without. */
  readonly reactions?: Reactions
}

/**
 * The event store that an app's services use. Provide `MemoryEventStore.layer`, `PgliteEventStore.layer` or
 * `PgEventStore.layer`.
 *
 * @since 0.1.0
 * @category services
 */
export class EventStore extends Context.Service<EventStore, Service>()("eventfold/EventStore") {}
