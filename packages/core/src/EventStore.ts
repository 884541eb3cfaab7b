/**
 * Service of an append-only log of events, which every store implements.
 *
 * A store does not know aggregates: it stores encoded events and returns them. `Repository` builds
 * on it.
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
 * Options of `read`. Bounds are inclusive, and mean the same in both directions.
 *
 * @since 0.1.0
 * @category options
 */
export interface ReadOptions {
  /** Lowest version. Defaults to 1. */
  readonly from?: number
  /** Highest version. Defaults to the last version. */
  readonly to?: number
  readonly direction?: "forwards" | "backwards"
  /** Maximum number of events. */
  readonly limit?: number
  /** Reads the longest prefix of the stream in which no event occurred after this time. */
  readonly asOf?: DateTime.Utc
  /** Reads the longest prefix of the stream in which no event was recorded after this time. */
  readonly asKnownAt?: DateTime.Utc
  /**
   * Policy for truncated events: `"fail"`, the default, fails with `StreamTruncated`, because a
   * state or a read model of an incomplete stream may be wrong; `"skip"` reads the events that
   * still have content.
   */
  readonly truncated?: "fail" | "skip"
}

/** Options of `readAll`. */
interface ReadAllOptions {
  /** Reads events after this position. Defaults to 0, the beginning. */
  readonly after?: number
  /** Selects streams whose id begins with one of these names of aggregates and a hyphen. */
  readonly aggregates?: ReadonlyArray<string>
  /** Selects events of these types. */
  readonly types?: ReadonlyArray<string>
  /** Maximum number of events. */
  readonly limit?: number
  /** Number of events that are fetched at a time and held in memory. Defaults to 1,000. */
  readonly pageSize?: number
  /**
   * Policy for truncated events: `"fail"`, the default, fails with `StreamTruncated`, because a
   * state or a read model of an incomplete stream may be wrong; `"skip"` reads the events that
   * still have content.
   */
  readonly truncated?: "fail" | "skip"
}

/**
 * Options of `subscribe` and `pages`.
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
   * Follows the log after this checkpoint, which must fit the log, or after this position, which
   * cannot be checked. Defaults to the beginning.
   */
  readonly after?: Checkpoint | number
  /** Selects streams whose id begins with one of these names of aggregates and a hyphen. */
  readonly aggregates?: ReadonlyArray<string>
  /** Selects events of these types. */
  readonly types?: ReadonlyArray<string>
  /** Number of events that are fetched at a time and held in memory. Defaults to 1,000. */
  readonly pageSize?: number
  /**
   * Policy for truncated events, as in {@link ReadOptions}. With `"fail"`, the default, no event of
   * a page with a truncated event is delivered.
   */
  readonly truncated?: "fail" | "skip"
  /** Value of the attribute `subscription` in metrics. Defaults to `subscription`. */
  readonly name?: string
}

/**
 * A page of the log, as a subscription reads it.
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
  /** Selected events of the page; empty if only other events were appended. */
  readonly events: ReadonlyArray<RecordedEvent>
  /**
   * Position up to which the log was read, past all events that were not selected. Store it
   * together with the results of the events. It never moves backwards.
   */
  readonly checkpoint: Checkpoint
  /** `true` if the log had no further events when the page was read. */
  readonly caughtUp: boolean
}

/**
 * Operations of an event store.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** Id of the log: two stores with the same id hold the same history. */
  readonly id: string
  /**
   * Appends events to one stream: all of them or none.
   *
   * **Details**
   *
   * Event ids are checked before the version: if the same ids are appended again, with the same
   * stream, types and data, the first result is returned, for any expected version. The same holds
   * for a part of those events, and for events of several appends that follow each other: the
   * result is that of the last one. New ids beside known ids fail with `EventIdReused`. Fails with
   * `VersionConflict`, `EventIdReused`, `StreamArchived`, `InvalidRequest`, `Unavailable`,
   * `OutcomeUnknown` or `Overloaded`.
   *
   * **Gotchas**
   *
   * `-0` in data is read back as `0`, because JSON has no negative zero. Types that begin with `$`
   * are reserved for the store, and refused.
   */
  readonly append: (
    stream: string,
    expected: ExpectedVersion,
    events: ReadonlyArray<NewEvent>
  ) => Effect.Effect<Appended, EventStoreError>
  /**
   * Appends to several streams in one transaction. Returns the results in the order of the appends.
   *
   * **Gotchas**
   *
   * An append without events only checks the version of its stream when the transaction writes: it
   * does not prevent further appends to that stream while the transaction commits.
   */
  readonly appendAll: (appends: ReadonlyArray<Append>) => Effect.Effect<ReadonlyArray<Appended>, EventStoreError>
  /** Reads the events of one stream, in pages; empty if the stream has none. */
  readonly read: (stream: string, options?: ReadOptions) => Stream.Stream<RecordedEvent, EventStoreError>
  /**
   * Reads the log in position order, from a position to its current end. Every committed event is
   * read once, for any order in which transactions committed.
   */
  readonly readAll: (options?: ReadAllOptions) => Stream.Stream<RecordedEvent, EventStoreError>
  /**
   * Reads the log after a place, and then every new event: each once, in position order, without an
   * end.
   *
   * **When to use**
   *
   * To react to events in this process. To continue at the same place after a restart, use `pages`.
   *
   * **Details**
   *
   * The next page is fetched when the last one was consumed, so a slow consumer holds one page in
   * memory and does not delay other consumers. An event that this process appended is delivered
   * immediately; an event of another process, when the database notifies the store, or at the
   * latest at the next poll. While the database is unavailable, the subscription retries, and then
   * continues. It fails with `InvalidRequest`, `LogDiverged`, `DecodeFailure`, and with
   * `Unavailable` if retries cannot help.
   */
  readonly subscribe: (options?: SubscribeOptions) => Stream.Stream<RecordedEvent, EventStoreError>
  /**
   * Follows the log like `subscribe`, but page by page, with the checkpoint after each page. The
   * first page is delivered immediately, and may be empty.
   */
  readonly pages: (options?: SubscribeOptions) => Stream.Stream<Page, EventStoreError>
  /**
   * Finds the event with an id, by the index of ids; `undefined` if the log does not have it.
   *
   * **When to use**
   *
   * To check whether an append was written, or to find the events of a command: ids are known
   * before they are sent.
   */
  readonly locate: (
    id: EventId
  ) => Effect.Effect<Pick<RecordedEvent, "stream" | "version" | "position" | "type"> | undefined, EventStoreError>
  /** Returns the state of a stream, which is known without reading its events. */
  readonly streamInfo: (stream: string) => Effect.Effect<
    {
      readonly stream: string
      /** `true` if the stream has events. */
      readonly exists: boolean
      /** Version of the last event; 0 if there is none. */
      readonly version: number
      /** Position of the last event; 0 if there is none. */
      readonly position: number
      /** Time at which the last event was recorded. */
      readonly recordedAt?: DateTime.Utc
      /** `true` if the stream is archived, and takes no events until it is unarchived. */
      readonly archived: boolean
      /** First version that can be read: 1 if the stream was not truncated. */
      readonly firstVersion: number
    },
    EventStoreError
  >
  /**
   * Archives a stream: further appends fail with `StreamArchived`. It can still be read.
   *
   * **Details**
   *
   * The store appends an event of type `$archived`, for readers of the stream and of the log. The
   * event has a version, so a command that was decided before it conflicts. Archiving an archived
   * stream changes nothing (`repeated`). Fails with `VersionConflict` if the stream has no events.
   * `reason` is stored in the data of the event.
   */
  readonly archive: (stream: string, options?: { readonly reason?: string }) => Effect.Effect<Appended, EventStoreError>
  /**
   * Unarchives a stream with an event of type `$unarchived`. Changes nothing if the stream is not
   * archived (`repeated`).
   */
  readonly unarchive: (
    stream: string,
    options?: { readonly reason?: string }
  ) => Effect.Effect<Appended, EventStoreError>
  /**
   * Deletes the content of a stream's events before a version: their data and metadata are removed
   * from the store permanently.
   *
   * **When to use**
   *
   * If data must be deleted, or if an event at that version summarizes all earlier events.
   *
   * **Details**
   *
   * The store appends an event of type `$truncated`; an archived stream stays archived. Versions,
   * positions, ids, types and times of the truncated events remain: no number is used twice,
   * appending the same ids again returns the first result, and checkpoints stay valid. Reading
   * truncated events fails with `StreamTruncated`, unless they are skipped. Changes nothing if
   * there is no content before that version (`repeated`). Fails with `VersionConflict` if the
   * stream has no events, and with `InvalidRequest` if the version is beyond its end.
   *
   * **Gotchas**
   *
   * A reader of the log that has not read those events yet fails with `StreamTruncated`, too.
   * Backups, replicas and the server's write-ahead log hold the content until they are replaced.
   */
  readonly truncate: (
    stream: string,
    options: {
      /** First version to keep; the last version plus one keeps none. */
      readonly before: number
      /** Reason, which is stored in the data of the event. */
      readonly reason?: string
    }
  ) => Effect.Effect<Appended, EventStoreError>
  /** Snapshots of states, which may be dropped at any time; optional. */
  readonly snapshots?: Snapshots
  /** Storage of rows of projections; optional. */
  readonly projections?: Projections
  /** Storage of checkpoints of reactions; optional. */
  readonly reactions?: Reactions
}

/**
 * Event store of an app's services. Provide `MemoryEventStore.layer`, `PgliteEventStore.layer` or
 * `PgEventStore.layer`.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { EventStore, MemoryEventStore } from "eventfold"
 *
 * const program = Effect.gen(function* () {
 *   const store = yield* EventStore.EventStore
 *   return yield* store.streamInfo("Account-1")
 * })
 * const info = await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer)) // version 0
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class EventStore extends Context.Service<EventStore, Service>()("eventfold/EventStore") {}
