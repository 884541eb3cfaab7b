/** Operations that a store provides, from which `StoreService.make` makes the service of apps. */
import type { Effect, Scope, Stream } from "effect"
import type { NewEvent, RecordedEvent } from "../Event.ts"
import type { EventId } from "../EventId.ts"
import type { ReadOptions, Service } from "../EventStore.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import type { Service as Snapshots } from "../Snapshots.ts"
import type { Append, Appended } from "./Append.ts"
import type * as ProjectionStore from "./ProjectionStore.ts"
import type * as ReactionStore from "./ReactionStore.ts"

/**
 * An append that was checked, with the data of its events as JSON text. Its types may begin with
 * `$`: lifecycle events of the store arrive in the same way.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncodedAppend extends Append {
  /** Data of each event, as JSON text. */
  readonly texts: ReadonlyArray<string>
}

/**
 * The last readable event: everything up to it is visible, and no event will appear before it.
 * Position 0 and no event if the log is empty.
 *
 * @since 0.1.0
 * @category models
 */
export interface Head {
  readonly position: number
  readonly eventId: string | null
  /**
   * Increases when the log turns out to have been replaced: each reader then checks its own place.
   */
  readonly epoch: number
}

/**
 * Reads of a log, from which `pages` and `subscribe` are made.
 *
 * @since 0.1.0
 * @category models
 */
export interface Log {
  /**
   * `true` if the log is a replica that may be behind checkpoints: the reader then waits for it.
   */
  readonly lags?: boolean
  /** Watches for new events, for one reader or for many. */
  readonly watch: Effect.Effect<
    {
      /** Reads the current head. */
      readonly now: Effect.Effect<Head, EventStoreError>
      /** Waits for a head beyond a position, or of a different epoch. */
      readonly beyond: (position: number, epoch: number) => Effect.Effect<Head, EventStoreError>
    },
    EventStoreError,
    Scope.Scope
  >
  /**
   * Reads the last event at or before a position, selected or not; position 0 and no event if there
   * is none.
   */
  readonly lastAt: (position: number) => Effect.Effect<Omit<Head, "epoch">, EventStoreError>
  /**
   * Reads the first events after one event, up to a position. Returns `diverged` if the event at
   * `after` is not in the same snapshot of the log, so that no page of a different log is
   * delivered.
   */
  readonly slice: (slice: {
    readonly aggregates: ReadonlyArray<string> | undefined
    readonly types: ReadonlyArray<string> | undefined
    readonly after: Omit<Head, "epoch">
    readonly to: number
    /** Maximum number of events. */
    readonly size: number
    /**
     * Policy for truncated events: the store skips them, or its `slice` fails with
     * `StreamTruncated`.
     */
    readonly truncated: "fail" | "skip"
  }) => Effect.Effect<ReadonlyArray<RecordedEvent> | "diverged", EventStoreError>
}

/**
 * Operations of a store. All arguments were checked, and options have their defaults.
 *
 * **When to use**
 *
 * To write a store: pass them to `StoreService.make`.
 *
 * **Details**
 *
 * An operation fails with the errors that the same operation of `EventStore.Service` names, except
 * for those of invalid requests.
 *
 * @since 0.1.0
 * @category services
 */
export interface Operations extends Pick<Service, "id" | "locate" | "streamInfo"> {
  /**
   * Appends to several streams in one transaction, by the rules of `AppendOutcome`. Returns the
   * results in the order of the appends.
   */
  readonly appendAll: (appends: ReadonlyArray<EncodedAppend>) => Effect.Effect<ReadonlyArray<Appended>, EventStoreError>
  /** Appends to one stream. Defaults to `appendAll` with one append. */
  readonly append?: (append: EncodedAppend) => Effect.Effect<Appended, EventStoreError>
  /**
   * `true` if the store counts its appends itself, with `StoreMetrics.countAppends`: once for a
   * batch, or also if the caller of an append is interrupted. By default, each append is counted
   * when its caller gets the outcome.
   */
  readonly countsAppends?: boolean
  /** Reads a stream. It is called for each run of the stream that it returns. */
  readonly read: (stream: string, options: ReadOptions) => Stream.Stream<RecordedEvent, EventStoreError>
  /** Reads the log. It is called for each run of the stream that it returns. */
  readonly readAll: (
    options: NonNullable<Parameters<Service["readAll"]>[0]>
  ) => Stream.Stream<RecordedEvent, EventStoreError>
  readonly log: Log
  /**
   * Deletes the content of the events before a version, and appends the event that records it.
   * Returns the version of the stream's last event as `end`, and writes nothing, if the version to
   * keep is beyond the next one, or if the stream has no events.
   */
  readonly truncate: (truncation: {
    readonly stream: string
    /** First version to keep. */
    readonly before: number
    /** The event `$truncated`, with its data as JSON text. */
    readonly event: NewEvent
    readonly text: string
    /** Id of the event `$archived` that the store appends as well if the stream is archived. */
    readonly archivedId: EventId
  }) => Effect.Effect<Appended | { readonly end: number }, EventStoreError>
  /** Snapshots; optional. */
  readonly snapshots?: Snapshots
  /** Storage of rows of projections; optional. */
  readonly projections?: Omit<ProjectionStore.Service, "begin" | "inline" | "parked"> & {
    readonly begin: (
      ...args: Required<Parameters<ProjectionStore.Service["begin"]>>
    ) => ReturnType<ProjectionStore.Service["begin"]>
    /**
     * Lists parked keys after one of them, in the order of their first events, then of the keys as
     * JSON text.
     */
    readonly parked: (
      name: string,
      options: {
        readonly stage: ProjectionStore.Stage
        readonly after: Pick<ProjectionStore.ParkedKey, "key" | "position"> | undefined
        readonly limit: number
      }
    ) => Effect.Effect<Effect.Success<ReturnType<ProjectionStore.Service["parked"]>>["keys"], EventStoreError>
    readonly inline?: Omit<ProjectionStore.Inline, "append" | "enlist"> & {
      readonly append: (
        appends: ReadonlyArray<EncodedAppend>,
        works: Parameters<ProjectionStore.Inline["append"]>[1]
      ) => ReturnType<ProjectionStore.Inline["append"]>
      /** The result is `behind` if more events than `maxEvents` are to be folded. */
      readonly enlist: (
        ...args: [...Parameters<ProjectionStore.Inline["enlist"]>, maxEvents: number]
      ) => ReturnType<ProjectionStore.Inline["enlist"]>
    }
  }
  /** Storage of checkpoints of reactions; optional. */
  readonly reactions?: Omit<ReactionStore.Service, "open" | "parked"> & {
    /**
     * Registers a new reaction. Returns the position of the last readable event as `end`, and
     * writes nothing, if the start is a position beyond it.
     */
    readonly open: (
      name: string,
      start: Parameters<ReactionStore.Service["open"]>[1]
    ) => Effect.Effect<ReactionStore.Status | { readonly end: number }, EventStoreError>
    readonly parked: (
      name: string,
      options: Required<NonNullable<Parameters<ReactionStore.Service["parked"]>[1]>>
    ) => ReturnType<ReactionStore.Service["parked"]>
  }
}
