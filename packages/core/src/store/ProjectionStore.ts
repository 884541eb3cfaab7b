/**
 * Storage of rows of projections beside the log, which a store provides as
 * `EventStore.Service.projections`.
 *
 * For authors of stores. Apps use generated services for the rows, and `Projector.layer` to write
 * them.
 */
import type { DateTime, Effect, Schema } from "effect"
import type { Checkpoint } from "../Checkpoint.ts"
import type { RecordedEvent } from "../Event.ts"
import type { Append, Appended } from "./Append.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import type { KeyPartition } from "./KeyPartition.ts"
import type { Table } from "./Table.ts"

/**
 * Stage of rows: `serving` for the served rows; `next` for those of a rebuild; `old` for those that
 * were served before.
 *
 * @since 0.1.0
 * @category models
 */
export type Stage = "serving" | "next" | "old"

/**
 * Name, fingerprint and table of a projection.
 *
 * @since 0.1.0
 * @category models
 */
export interface Described {
  readonly name: string
  readonly table: Table
  readonly fingerprint: string
}

/**
 * An encoded row, and its key.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyedRow {
  readonly key: string
  readonly row: Schema.Json
}

/**
 * New value of a row; `undefined` if the row is removed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Change {
  readonly key: string
  readonly row: Schema.Json | undefined
}

/**
 * The right to write the rows of a projection, or of a partition of its keys, until another process
 * has it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  readonly name: string
  readonly stage: Stage
  readonly partition: KeyPartition
  /** Increases with every lease: a write under an older lease is refused. */
  readonly token: number
  /** The rows contain all events up to here. */
  readonly checkpoint: Checkpoint
}

/**
 * State of a projection in a store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  readonly name: string
  readonly stage: Stage
  /** Fingerprint of the handlers that made the rows. */
  readonly fingerprint: string
  /**
   * Place of those handlers in the order of releases: newer ones have a greater number. `undefined`
   * if they were never enrolled.
   */
  readonly release: number | undefined
  /** All rows contain all events up to here: the lowest checkpoint of the partitions. */
  readonly checkpoint: Checkpoint
  /** Partitions, in their order; a single one if the keys are not divided. */
  readonly partitions: ReadonlyArray<{
    readonly position: number
    /** Owner of the lease; `undefined` if there is none. */
    readonly owner: string | undefined
  }>
  /** `true` if the rows are inline, and contain all committed events. */
  readonly isInline: boolean
  /** Owners of the leases, joined if there are several; `undefined` if there is none. */
  readonly owner: string | undefined
  readonly isPaused: boolean
  /** Reason for which it stopped; `undefined` if it did not stop. */
  readonly problem: string | undefined
  /** Time at which rows or checkpoint were last written. */
  readonly savedAt: DateTime.Utc | undefined
  /** Number of parked keys: their rows are those before the event that could not be folded. */
  readonly parked: number
  /** `true` if a rebuild was requested, and has not begun. */
  readonly isRebuildAsked: boolean
  /** Lag behind the log. */
  readonly lag: {
    /**
     * Upper bound of the number of events after the checkpoint: it counts positions, some of which
     * belong to appends that were rolled back.
     */
    readonly events: number
    /** Age in seconds of the first of those events; 0 if there is none. */
    readonly seconds: number
  }
  /**
   * Result of the comparison with the rows that these replaced, or will replace, of the same
   * handlers and at one position; `undefined` if none was due.
   */
  readonly compared:
    | {
        readonly position: number
        /** Number of rebuilt rows. */
        readonly rows: number
        /** Number of keys with different rows, or with only one row. */
        readonly differing: number
        /** The first twenty of those keys. */
        readonly keys: ReadonlyArray<string>
      }
    | undefined
}

/**
 * Policy of a program for the rows of a projection, for decisions about them (see `RowVersions`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Policy {
  /** `"inline"` if the rows are written with the events. */
  readonly keeper: "projector" | "inline"
  /** Policy for rows that other handlers made. */
  readonly onChange: "rebuild" | "stale" | "refuse"
  /** Number of partitions in which rows are begun. */
  readonly partitions: number
}

/**
 * A parked event of a key, with the position of the row.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parking {
  readonly key: string
  readonly position: number
  readonly eventId: string
  readonly type: string
  /** Error of the fold; `undefined` if the event only waits for an earlier one. */
  readonly error: string | undefined
}

/**
 * A parked key, with its first parked event: the one that could not be folded.
 *
 * @since 0.1.0
 * @category models
 */
export interface ParkedKey {
  readonly stage: Stage
  /** Key as text. */
  readonly key: string
  readonly position: number
  readonly eventId: string
  readonly type: string
  readonly stream: string
  readonly version: number
  readonly error: string
  /** Number of attempts, each with all retries of the projector. */
  readonly attempts: number
  readonly parkedAt: DateTime.Utc
  /** `true` if a projector is to retry it. */
  readonly isDue: boolean
}

/** Folds events into rows, which it loads by their keys. */
type FoldRows = (
  events: ReadonlyArray<RecordedEvent>,
  load: (keys: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>
) => Effect.Effect<ReadonlyArray<Change>, EventStoreError>

/** A projection, with the aggregates and the types of the events that it folds. */
type Folded = Described & { readonly aggregates: ReadonlyArray<string>; readonly types: ReadonlyArray<string> }

/**
 * Result of a promotion: `served`; `behind` if the served rows have come further; `busy` if other
 * transactions read the tables; `lost` if another process has the lease; `parked` if keys are
 * parked that are not parked in the served rows.
 */
type Served = "served" | "behind" | "busy" | "lost" | "parked"

/**
 * Writes rows in the transaction of the append.
 *
 * @since 0.1.0
 * @category models
 */
export interface Inline {
  /**
   * Appends to streams and writes the rows of the events in one transaction: a work for each
   * projection that folds one of them. The events of a row are folded in the order of their
   * positions.
   *
   * Fails like `EventStore.appendAll`, with `InlineFailed` if the rows cannot be written, and with
   * `StoreRefused` if one of the projections is no longer inline, or has other handlers.
   */
  readonly append: (
    appends: ReadonlyArray<Append>,
    works: ReadonlyArray<{
      readonly projection: Folded
      /** Keys of the rows of the events; `undefined` if they are known only after the append. */
      readonly keys: ReadonlyArray<string> | undefined
      readonly fold: FoldRows
    }>
  ) => Effect.Effect<ReadonlyArray<Appended>, EventStoreError>
  /**
   * Makes the projection inline: from now on, an append of events that the projection reads fails
   * without its rows. Rebuilt rows are promoted. The remaining events are folded while no append is
   * open; if there are too many, the result is `behind`.
   */
  readonly enlist: (projection: Folded, lease: Lease, fold: FoldRows) => Effect.Effect<Served, EventStoreError>
  /** Returns the rows to projectors; fails if there is no projection of that name. */
  readonly discharge: (name: string) => Effect.Effect<void, EventStoreError>
}

/**
 * The part of an event that a fold reads.
 *
 * @since 0.1.0
 * @category models
 */
export type ScannedEvent = Omit<RecordedEvent, "id" | "metadata">

/**
 * A range of rows, in the order of a declared index.
 *
 * @since 0.1.0
 * @category models
 */
export interface IndexRange {
  /** Fields of the index, in their order. */
  readonly fields: ReadonlyArray<string>
  /** Encoded values of the first fields; `undefined` or null for an absent field. */
  readonly equals: ReadonlyArray<Schema.Json | undefined>
  /**
   * Bound of the next field. With a bound, rows in which the field is absent or null are left out.
   */
  readonly lower?: { readonly value: Schema.Json; readonly isInclusive: boolean }
  readonly upper?: { readonly value: Schema.Json; readonly isInclusive: boolean }
  /** Order by the fields, one after the other, then by the key. */
  readonly order: "ascending" | "descending"
  /** Last row of the previous page: the values of all fields, and its key. */
  readonly after?: { readonly values: ReadonlyArray<Schema.Json | undefined>; readonly key: string }
  readonly limit: number
}

/**
 * Storage of the rows and checkpoints of projections.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /**
   * Creates the table if it does not exist, and returns the state of the rows. If no rows were made
   * yet, divides their keys into this number of partitions, which defaults to one. Fails with
   * `StoreRefused` if the rows of this name belong to another domain.
   */
  readonly open: (projection: Described, partitions?: number) => Effect.Effect<Status, EventStoreError>
  /**
   * Acquires a lease, for a number of milliseconds of the store's clock: on any free partition,
   * unless the owner already has its fair share. `undefined` if other owners have all leases, if
   * the projection is paused or has stopped, and if other handlers made its rows.
   */
  readonly acquire: (
    projection: Described,
    stage: Stage,
    owner: string,
    milliseconds: number
  ) => Effect.Effect<Lease | undefined, EventStoreError>
  /**
   * Appends the handlers to the order of releases, unless they are in it: a restart is not a new
   * release. Returns their place. Every program that runs the projection calls it at its start.
   */
  readonly enroll: (projection: Described) => Effect.Effect<number, EventStoreError>
  /** Reads the input of `RowVersions.next` in one snapshot. */
  readonly versions: (projection: Pick<Described, "fingerprint" | "name">) => Effect.Effect<
    {
      readonly stages: ReadonlyArray<Status>
      /** Place of the handlers in the order of releases; `undefined` if they are not enrolled. */
      readonly release: number | undefined
    },
    EventStoreError
  >
  /**
   * Begins a rebuild beside the served rows, if `RowVersions.next` decides so; continues one that
   * these handlers have begun. Returns its state, and otherwise that of the served rows. Enrolls
   * handlers that are not enrolled. The policy defaults to that of a projector with one partition
   * that rebuilds rows of older releases. Fails if there is no projection of that name.
   */
  readonly begin: (projection: Described, policy?: Policy) => Effect.Effect<Status, EventStoreError>
  /**
   * Promotes rebuilt rows in place of the served ones, which are kept as `old`; or returns why it
   * cannot yet. `behind` also applies to other partitions.
   */
  readonly serve: (projection: Described, lease: Lease) => Effect.Effect<Served, EventStoreError>
  /**
   * Takes the leases of the served rows, and of the other partitions of the rebuild, from their
   * owners, so that all rows can be brought to one position. `undefined` if other handlers made the
   * served rows, or if they have stopped or are paused.
   */
  readonly seize: (
    projection: Described,
    lease: Lease,
    milliseconds: number
  ) => Effect.Effect<ReadonlyArray<Lease> | undefined, EventStoreError>
  /**
   * Compares rebuilt rows with the served ones, and stores the result; `undefined` if another
   * process has the lease.
   */
  readonly compare: (projection: Described, lease: Lease) => Effect.Effect<Status["compared"], EventStoreError>
  /**
   * Extends the lease; `false` if another process has it or is to have it as its share, or if the
   * projection is to pause.
   */
  readonly renew: (lease: Lease, milliseconds: number) => Effect.Effect<boolean, EventStoreError>
  /** Releases the lease early. */
  readonly release: (lease: Lease) => Effect.Effect<void, EventStoreError>
  /**
   * Writes rows, checkpoint and parked events together; returns `false`, without writing, if
   * another process has the lease. Fails with `InvalidRequest` if a row cannot be stored: `refused`
   * returns which.
   */
  readonly save: (
    projection: Described,
    lease: Lease,
    from: Checkpoint,
    to: Checkpoint,
    changes: ReadonlyArray<Change>,
    parked?: ReadonlyArray<Parking>
  ) => Effect.Effect<boolean, EventStoreError>
  /** Returns the rows that cannot be stored, with the reasons. Writes nothing. */
  readonly refused: (
    projection: Described,
    stage: Stage,
    changes: ReadonlyArray<Change>
  ) => Effect.Effect<ReadonlyArray<{ readonly key: string; readonly problem: string }>, EventStoreError>
  /** Returns the parked keys, in any order. */
  readonly parkedKeys: (
    lease: Pick<Lease, "name" | "stage">
  ) => Effect.Effect<ReadonlyArray<{ readonly key: string; readonly isDue: boolean }>, EventStoreError>
  /**
   * Reads the first parked events of a key, in order, up to one that was truncated; fails if that
   * is the first.
   */
  readonly waiting: (
    lease: Pick<Lease, "name" | "stage">,
    key: string,
    limit: number
  ) => Effect.Effect<ReadonlyArray<RecordedEvent>, EventStoreError>
  /**
   * Writes the row of a parked key and removes parked events together; returns `false` if another
   * process has the lease.
   */
  readonly unpark: (
    projection: Described,
    lease: Lease,
    retried: {
      readonly key: string
      /** Change of the row; `undefined` if there is none. */
      readonly change: Change | undefined
      /** The row contains the events up to this position, which are no longer parked. */
      readonly through: number
      /** New state of the first event after that; `undefined` if there is none. */
      readonly head: { readonly error: string; readonly isDue: boolean } | undefined
    }
  ) => Effect.Effect<boolean, EventStoreError>
  /** Lists parked keys, in the order of the events that could not be folded. */
  readonly parked: (
    name: string,
    options?: {
      /** Defaults to `"serving"`. */
      readonly stage?: Stage
      /** `next` of the previous page. Defaults to the first page. */
      readonly after?: string
      /** Maximum number of keys, from 1 to 10,000. Defaults to 100. */
      readonly limit?: number
    }
  ) => Effect.Effect<
    {
      readonly keys: ReadonlyArray<
        ParkedKey & {
          /** Number of parked events of the key, the first included. */
          readonly events: number
        }
      >
      /** Start of the next page; `undefined` if there are no further keys. */
      readonly next: string | undefined
    },
    EventStoreError
  >
  /**
   * Requests a retry of one parked key or of all: the projector begins a new turn, and folds their
   * events first. Returns the number of keys; fails if the key is not parked.
   */
  readonly retry: (name: string, key?: string) => Effect.Effect<number, EventStoreError>
  /** Stops the projection with a reason. */
  readonly stop: (lease: Lease, problem: string) => Effect.Effect<void, EventStoreError>
  readonly pause: (name: string) => Effect.Effect<void, EventStoreError>
  /**
   * Resumes a projection that was paused or has stopped. With `acceptParked`, rebuilt rows are
   * promoted even if keys are parked that are not parked in the served rows.
   */
  readonly resume: (name: string, options?: { readonly acceptParked?: boolean }) => Effect.Effect<void, EventStoreError>
  /**
   * Requests a rebuild by the handlers of the served rows, or by those of another enrolled release,
   * which becomes the newest one: a projector with those handlers begins, in any process. Fails if
   * a rebuild is running; if that one has stopped, it begins again, or is given up if it was of
   * another release.
   */
  readonly rebuild: (
    name: string,
    options?: { readonly fingerprint?: string | undefined }
  ) => Effect.Effect<void, EventStoreError>
  /**
   * Serves the previous rows again, in place of the current ones, which are kept as `old`. The rows
   * are those from the time of their replacement, until a projector with their handlers brings them
   * up to date. Their release becomes the newest one. Fails if there are none, or if a rebuild is
   * running.
   */
  readonly rollback: (name: string) => Effect.Effect<Status, EventStoreError>
  /**
   * Drops the previous rows, or gives up a rebuild; returns `false` if there are none. The release
   * of a rebuild that is given up becomes the oldest one: it begins again only after a request with
   * `rebuild`.
   */
  readonly drop: (name: string, stage: "old" | "next") => Effect.Effect<boolean, EventStoreError>
  /**
   * Removes everything that is stored of a projection, for one that no program has. Fails if there
   * is none of that name, and if it is inline.
   */
  readonly remove: (name: string) => Effect.Effect<void, EventStoreError>
  /** Inline projections; optional. */
  readonly inline?: Inline
  /** Returns the state of the served rows. */
  readonly status: (name: string) => Effect.Effect<Status | undefined, EventStoreError>
  /**
   * Returns the states of all rows: the served ones first, then those of a rebuild, then the
   * previous ones.
   */
  readonly stages: (name: string) => Effect.Effect<ReadonlyArray<Status>, EventStoreError>
  /** Returns the states of all projections, in the order of their names. */
  readonly statuses: Effect.Effect<ReadonlyArray<Status>, EventStoreError>

  /** Returns the served row of a key, and the parked event if the key is parked. */
  readonly row: (
    projection: Described,
    key: string
  ) => Effect.Effect<{ readonly row: KeyedRow | undefined; readonly parked: ParkedKey | undefined }, EventStoreError>
  /** Returns the existing rows of these keys, in any order. */
  readonly rows: (
    projection: Described,
    stage: Stage,
    keys: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>
  /**
   * Reads much of the log at once, with less of each event than `EventStore.pages`, for rows that
   * are far behind; optional.
   */
  readonly scan?: {
    /** Reads a page; `undefined` if a part of it was truncated, which `pages` reports. */
    readonly page: (scan: {
      readonly aggregates: ReadonlyArray<string>
      readonly types: ReadonlyArray<string>
      /** Reads events after this position. */
      readonly after: number
      /** Maximum number of positions. */
      readonly width: number
      /** Maximum number of events. */
      readonly size: number
      /** `readable` of the previous scan; 0 at first. */
      readonly readable: number
      /** Selects streams whose ids belong to this partition, if the store supports it. */
      readonly partition?: KeyPartition
    }) => Effect.Effect<
      | {
          readonly events: ReadonlyArray<ScannedEvent>
          /** All events up to this position are in the page: the next scan continues here. */
          readonly through: number
          /** The log is readable up to here, and no event will appear before this position. */
          readonly readable: number
          /** `true` if the log ended there. */
          readonly isEnd: boolean
          /** Number of characters of the events' data. */
          readonly size: number
          /** `true` if the events of other partitions were left out. */
          readonly isPartitioned: boolean
        }
      | undefined,
      EventStoreError
    >
    /**
     * Returns the checkpoint of the event at a position; `undefined` if the log does not contain
     * the earlier checkpoint, because it is a different log.
     */
    readonly checkpoint: (
      earlier: Checkpoint,
      position: number
    ) => Effect.Effect<Checkpoint | undefined, EventStoreError>
  }
  /** Returns rows in the order of their keys, after a key. */
  readonly page: (
    projection: Described,
    after: string | undefined,
    limit: number
  ) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>
  /**
   * Returns rows with these encoded values of fields, in the order of their keys; `undefined`
   * stands for an absent field.
   */
  readonly find: (
    projection: Described,
    where: { readonly [field: string]: Schema.Json | undefined }
  ) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>
  /**
   * Returns rows of a range of an index, in its order. Each field is ordered by the type of its
   * column: numbers and times by size, with NaN above all other numbers, text byte by byte, false
   * before true, absent values and null last. Fails with `InvalidRequest` if the table has no index
   * of these fields, and if the order would depend on a column of JSON.
   */
  readonly range: (projection: Described, range: IndexRange) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>
  /** Returns the number of rows of a range of an index, for any `limit` and `after`. */
  readonly count: (projection: Described, range: IndexRange) => Effect.Effect<number, EventStoreError>
}
