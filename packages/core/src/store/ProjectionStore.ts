/**
 * Where rows of projections are kept beside the log, and who may write them: the interface that a store offers as
 * `EventStore.Service.projections`.
 *
 * For authors of stores. Apps have generated services for the rows, and `Projector.layer`, which keeps them.
 */
import type { DateTime, Effect, Schema } from "effect"
import type { Checkpoint } from "../Checkpoint.ts"
import type { RecordedEvent } from "../Event.ts"
import type { Append, Appended } from "./Append.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import type { KeyPartition } from "./KeyPartition.ts"
import type { Table } from "./Table.ts"

/**
 * Which rows of a projection: those that are served; those that are being made anew, by other handlers or once more; those that
 * were served before them.
 *
 * @since 0.1.0
 * @category models
 */
export type Stage = "serving" | "next" | "old"

/**
 * What a store has to know of a projection.
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
 * A row as its schema encodes it, and the key that it is found by.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyedRow {
  readonly key: string
  readonly row: Schema.Json
}

/**
 * What becomes of a row; `undefined`: there is none any more.
 *
 * @since 0.1.0
 * @category models
 */
export interface Change {
  readonly key: string
  readonly row: Schema.Json | undefined
}

/**
 * The right to write a projection's rows, or those of a part of its keys, until another one has it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  readonly name: string
  readonly stage: Stage
  readonly partition: KeyPartition
  /** Rises with every lease: who writes with an older one is refused. */
  readonly token: number
  /** The rows hold everything up to here. */
  readonly checkpoint: Checkpoint
}

/**
 * How far the rows of a part of the keys are, and who keeps them.
 *
 * @since 0.1.0
 * @category models
 */
export interface PartitionStatus {
  readonly position: number
  readonly owner: string | undefined
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
  /** Of the handlers that the rows were made by. */
  readonly fingerprint: string
  /** Place of those handlers in the order of releases: newer ones have a greater number. Undefined if they were never enrolled. */
  readonly release: number | undefined
  /** All rows hold everything up to here: the least of the partitions' places. */
  readonly checkpoint: Checkpoint
  /** In their order; a single one where the keys are not divided. */
  readonly partitions: ReadonlyArray<PartitionStatus>
  /** Whether the rows are written with the events, by those who append: they hold all that is committed. */
  readonly isInline: boolean
  /** Who keeps the rows now, all of them where there are several; undefined where nobody does. */
  readonly owner: string | undefined
  readonly isPaused: boolean
  /** Why it stopped; undefined where it did not. */
  readonly problem: string | undefined
  /** When rows or checkpoint were last written. */
  readonly savedAt: DateTime.Utc | undefined
  /** How many keys are parked: their rows stay as they were before the event that could not be folded. */
  readonly parked: number
  /** Whether the rows are to be made anew, and nobody has begun. */
  readonly isRebuildAsked: boolean
  readonly lag: Lag
  /** What came of comparing the rows with those that they took the place of, or will; undefined where there was no need. */
  readonly compared: Compared | undefined
}

/**
 * How a program keeps rows of a projection: what a decision about them depends on besides the rows (see `RowVersions`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Policy {
  /** `"inline"`: the rows are written with the events. */
  readonly keeper: "projector" | "inline"
  /** What the program does with rows that other handlers have made. */
  readonly onChange: "rebuild" | "stale" | "refuse"
  /** Number of partitions that rows are begun in. */
  readonly partitions: number
}

/**
 * How the rows of a projection stand, and the place of some handlers in the order of its releases.
 *
 * @since 0.1.0
 * @category models
 */
export interface Versions {
  readonly stages: ReadonlyArray<Status>
  /** Undefined if the handlers are not enrolled. */
  readonly release: number | undefined
}

/**
 * Rows that the same handlers made at another time, held against those that are served, as both stood at one position.
 *
 * @since 0.1.0
 * @category models
 */
export interface Compared {
  readonly position: number
  /** How many rows were made anew. */
  readonly rows: number
  /** How many keys have another row, or only one of the two. */
  readonly differing: number
  /** Some of those keys, the first twenty. */
  readonly keys: ReadonlyArray<string>
}

/**
 * How far rows, or reactions, are behind the log.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lag {
  /** Events after the checkpoint; at most so many, as positions are counted, and appends that were undone leave some out. */
  readonly events: number
  /** How long ago the first of them was recorded, in seconds; 0 where there is none. */
  readonly seconds: number
}

/**
 * An event that is put aside for a key, with how far the row is behind it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parking {
  readonly key: string
  readonly position: number
  readonly eventId: string
  readonly type: string
  /** Why it could not be folded; undefined where it only waits for one before it. */
  readonly error: string | undefined
}

/**
 * A key whose events wait, by the first of them: the one that could not be folded.
 *
 * @since 0.1.0
 * @category models
 */
export interface ParkedKey {
  readonly stage: Stage
  /** As text. */
  readonly key: string
  readonly position: number
  readonly eventId: string
  readonly type: string
  readonly stream: string
  readonly version: number
  readonly error: string
  /** How many times it was tried: each with as many retries as the projector makes. */
  readonly attempts: number
  readonly parkedAt: DateTime.Utc
  /** Whether a projector is to try it again. */
  readonly isDue: boolean
}

/**
 * A parked key in a list, with how many of its events wait, the first one included.
 *
 * @since 0.1.0
 * @category models
 */
export interface ListedKey extends ParkedKey {
  readonly events: number
}

/**
 * Options of `parked`.
 *
 * @since 0.1.0
 * @category options
 */
export interface ParkedOptions {
  /** `"serving"` unless given. */
  readonly stage?: Stage
  /** What the page before gave as `next`; the first page unless given. */
  readonly after?: string
  /** At most so many, from 1 to 10,000; 100 unless given. */
  readonly limit?: number
}

/**
 * A page of parked keys.
 *
 * @since 0.1.0
 * @category models
 */
export interface ParkedPage {
  readonly keys: ReadonlyArray<ListedKey>
  /** Where the next page begins; undefined where there was nothing more. */
  readonly next: string | undefined
}

/**
 * What comes of folding events of a parked key again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Retried {
  readonly key: string
  /** What becomes of the row; undefined where nothing does. */
  readonly change: Change | undefined
  /** Events up to this position are in the row, and no longer parked. */
  readonly through: number
  /** What is said of the first event after that; undefined where there is none. */
  readonly head: { readonly error: string; readonly isDue: boolean } | undefined
}

/**
 * What came of it: `served`; `behind`, as the rows that are served have come further; `busy`, as others read the tables just now; `lost`,
 * as the lease is another's since; `parked`, as keys are parked in them that are not in those that are served.
 *
 * @since 0.1.0
 * @category models
 */
export type Served = "served" | "behind" | "busy" | "lost" | "parked"

/**
 * A projection whose rows are written with the events.
 *
 * @since 0.1.0
 * @category models
 */
export interface Inlined extends Described {
  readonly aggregates: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
}

/**
 * What events make of rows, which are asked for by their keys.
 *
 * @since 0.1.0
 * @category models
 */
export type FoldRows = (
  events: ReadonlyArray<RecordedEvent>,
  load: (keys: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>
) => Effect.Effect<ReadonlyArray<Change>, EventStoreError>

/**
 * What is to be done to the rows of one projection when events are appended.
 *
 * @since 0.1.0
 * @category models
 */
export interface InlineWork {
  readonly projection: Inlined
  /** The rows that the events belong to; undefined where that is known only once they have their places. */
  readonly keys: ReadonlyArray<string> | undefined
  readonly fold: FoldRows
}

/**
 * Writing rows in the transaction of the append.
 *
 * @since 0.1.0
 * @category models
 */
export interface Inline {
  /**
   * Appends to streams and writes what the events make of rows, all of it or nothing. The events of a row are folded in the order of
   * their positions, whoever appends them.
   *
   * Fails as `EventStore.appendAll` does, with `InlineFailed` where the rows can't be written, and with `StoreRefused` where one
   * of the projections is not written with the events any more, or by other handlers.
   */
  readonly append: (
    appends: ReadonlyArray<Append>,
    works: ReadonlyArray<InlineWork>
  ) => Effect.Effect<ReadonlyArray<Appended>, EventStoreError>
  /**
   * From now on the rows are written with the events: whoever appends events that the projection listens to, and does not do
   * that, is refused. Rows that were made anew take the place of those that were served. What is left to fold is folded while no
   * append is under way; where that is too much, it is `behind`.
   */
  readonly enlist: (projection: Inlined, lease: Lease, fold: FoldRows) => Effect.Effect<Served, EventStoreError>
  /** From now on a projector keeps the rows again; fails where there is no projection of that name. */
  readonly discharge: (name: string) => Effect.Effect<void, EventStoreError>
}

/**
 * What a fold needs of an event.
 *
 * @since 0.1.0
 * @category models
 */
export type ScannedEvent = Omit<RecordedEvent, "id" | "metadata">

/**
 * A part of the log, read to be folded at once.
 *
 * @since 0.1.0
 * @category models
 */
export interface Scan {
  readonly aggregates: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
  /** Events after this position. */
  readonly after: number
  /** At most so many positions are looked at. */
  readonly width: number
  /** At most so many events are given. */
  readonly size: number
  /** What the scan before gave as `readable`; 0 at first. */
  readonly readable: number
  /** Of streams whose ids belong to this partition alone, if the store can tell. */
  readonly partition?: KeyPartition
}

/**
 * A page of events from a scan of the log.
 *
 * @since 0.1.0
 * @category models
 */
export interface Scanned {
  readonly events: ReadonlyArray<ScannedEvent>
  /** All up to this position are among the events: where the next scan goes on. */
  readonly through: number
  /** Up to here the log can be read, and nothing will appear before it any more. */
  readonly readable: number
  /** Whether the log ended there when it was read. */
  readonly isEnd: boolean
  /** Characters of the events' data. */
  readonly size: number
  /** Whether events of other partitions than the one that was asked for were left out. */
  readonly isPartitioned: boolean
}

/**
 * Reading much of the log at once, with less of each event than `EventStore.pages` gives.
 *
 * @since 0.1.0
 * @category models
 */
export interface LogScan {
  /** Undefined where there is anything to tell of this part of the log, as `pages` then does: some of it was truncated. */
  readonly page: (scan: Scan) => Effect.Effect<Scanned | undefined, EventStoreError>
  /** The checkpoint at the event of a position; undefined where the log does not hold that of an earlier one: it is another log. */
  readonly checkpoint: (earlier: Checkpoint, position: number) => Effect.Effect<Checkpoint | undefined, EventStoreError>
}

/**
 * Values of fields, as they are encoded; `undefined` where the field is not there.
 *
 * @since 0.1.0
 * @category models
 */
export type Where = { readonly [field: string]: Schema.Json | undefined }

/**
 * One end of a range.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bound {
  readonly value: Schema.Json
  readonly isInclusive: boolean
}

/**
 * A part of the rows, in the order of a declared index.
 *
 * @since 0.1.0
 * @category models
 */
export interface IndexRange {
  /** Of the index, in the order in which it has them. */
  readonly fields: ReadonlyArray<string>
  /** Values for the first of the fields, as they are encoded; of one that is absent, undefined or null. */
  readonly equals: ReadonlyArray<Schema.Json | undefined>
  /** Of the field after these. With a bound, rows where it is absent or null are left out. */
  readonly lower?: Bound
  readonly upper?: Bound
  /** By the fields, one after the other, then by the key; descending is the same the other way round. */
  readonly order: "ascending" | "descending"
  /** The row of the range that the page before ended with: the values of all fields, and its key. */
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
   * Makes the table where there is none; gives how it stands. Where nobody has ever kept the rows, their keys are divided into so many
   * partitions (one, unless given). Fails with `StoreRefused` where the rows of this name are those of another domain.
   */
  readonly open: (projection: Described, partitions?: number) => Effect.Effect<Status, EventStoreError>
  /**
   * The right to write, for so many milliseconds of the store's clock: to any partition that nobody keeps, for who has no more than a fair
   * share of them. Undefined while others have them, where the projection is paused or has stopped, and where its rows are of other handlers.
   */
  readonly acquire: (
    projection: Described,
    stage: Stage,
    owner: string,
    milliseconds: number
  ) => Effect.Effect<Lease | undefined, EventStoreError>
  /**
   * Puts the handlers at the end of the order of releases, unless they have a place in it: a restart is no new release. Gives the place.
   * Every program that keeps rows calls it at its start.
   */
  readonly enroll: (projection: Described) => Effect.Effect<number, EventStoreError>
  /** What `RowVersions.next` decides by, as of one moment. */
  readonly versions: (projection: Pick<Described, "fingerprint" | "name">) => Effect.Effect<Versions, EventStoreError>
  /**
   * Begins rows anew, beside those that are served, if `RowVersions.next` says so; goes on with them if these handlers have begun already.
   * Gives how they stand, and otherwise how the rows stand that are served. Enrolls handlers that are not. The policy defaults to that of a
   * projector with one partition that makes rows of older releases anew. Fails if there is no projection of that name.
   */
  readonly begin: (projection: Described, policy?: Policy) => Effect.Effect<Status, EventStoreError>
  /**
   * Serves the rows that were made anew, in place of those that were served, which are kept as `old`; or says why not yet: `behind` also
   * where another partition is.
   */
  readonly serve: (projection: Described, lease: Lease) => Effect.Effect<Served, EventStoreError>
  /**
   * Takes the leases of the rows that are served, and of the other partitions of those that are made anew, from whoever has them, for who
   * makes them anew: so that all can be brought to one position. Undefined where the rows that are served are of other handlers, have
   * stopped, or are paused.
   */
  readonly seize: (
    projection: Described,
    lease: Lease,
    milliseconds: number
  ) => Effect.Effect<ReadonlyArray<Lease> | undefined, EventStoreError>
  /** Holds rows that are made anew against those that are served, and keeps what came of it; undefined where the lease is another's since. */
  readonly compare: (projection: Described, lease: Lease) => Effect.Effect<Compared | undefined, EventStoreError>
  /** For so many milliseconds more; false where another has it since, is to have it as its share, or the projection is to pause. */
  readonly renew: (lease: Lease, milliseconds: number) => Effect.Effect<boolean, EventStoreError>
  /** Gives it back before its time. */
  readonly release: (lease: Lease) => Effect.Effect<void, EventStoreError>
  /**
   * Writes rows and checkpoint together, and what is parked; false, and nothing is written, where the lease is another's since. Fails with
   * `InvalidRequest` where a row can't be stored as it is: `refused` says which.
   */
  readonly save: (
    projection: Described,
    lease: Lease,
    from: Checkpoint,
    to: Checkpoint,
    changes: ReadonlyArray<Change>,
    parked?: ReadonlyArray<Parking>
  ) => Effect.Effect<boolean, EventStoreError>
  /** Which of these rows can't be stored, and why. Writes nothing. */
  readonly refused: (
    projection: Described,
    stage: Stage,
    changes: ReadonlyArray<Change>
  ) => Effect.Effect<ReadonlyArray<{ readonly key: string; readonly problem: string }>, EventStoreError>
  /** The keys that are parked; in any order. */
  readonly parkedKeys: (
    lease: Pick<Lease, "name" | "stage">
  ) => Effect.Effect<ReadonlyArray<{ readonly key: string; readonly isDue: boolean }>, EventStoreError>
  /** The first events of a parked key that wait, in order, up to one that was truncated; fails where that is the first. */
  readonly waiting: (
    lease: Pick<Lease, "name" | "stage">,
    key: string,
    limit: number
  ) => Effect.Effect<ReadonlyArray<RecordedEvent>, EventStoreError>
  /** Writes the row of a parked key, and takes events off those that wait, together; false where the lease is another's since. */
  readonly unpark: (projection: Described, lease: Lease, retried: Retried) => Effect.Effect<boolean, EventStoreError>
  /** Keys that are parked, in the order of the events that could not be folded. */
  readonly parked: (name: string, options?: ParkedOptions) => Effect.Effect<ParkedPage, EventStoreError>
  /**
   * Has parked keys tried again, one or all of a projection: its projector begins a new turn, and folds their events first. Gives how many
   * keys; fails where the key is not parked.
   */
  readonly retry: (name: string, key?: string) => Effect.Effect<number, EventStoreError>
  /** Stops the projection, and says why. */
  readonly stop: (lease: Lease, problem: string) => Effect.Effect<void, EventStoreError>
  readonly pause: (name: string) => Effect.Effect<void, EventStoreError>
  /**
   * Lets a projection go on that was paused or has stopped. With `acceptParked`, rows that are made anew are served also where keys are
   * parked in them that are not in those that are served now.
   */
  readonly resume: (name: string, options?: { readonly acceptParked?: boolean }) => Effect.Effect<void, EventStoreError>
  /**
   * Asks for the rows to be made anew by the handlers of those that are served, or by those of another release that was enrolled, which is
   * the newest from then on: a projector that has them begins, wherever it runs. Fails if rows are being made anew already, unless
   * that has stopped: then it begins over, and if it was of another release, that one is given up.
   */
  readonly rebuild: (
    name: string,
    options?: { readonly fingerprint?: string | undefined }
  ) => Effect.Effect<void, EventStoreError>
  /**
   * Serves the rows again that were served before, in place of those that are, which are kept as `old`. They are as they were when they were
   * replaced, until a projector with their handlers brings them up to date. Their release is the newest from then on. Fails where there are
   * none, or rows are being made anew.
   */
  readonly rollback: (name: string) => Effect.Effect<Status, EventStoreError>
  /**
   * Discards the rows that were served before, or gives up those that are being made anew; false where there are none. A release that is given
   * up is the oldest from then on: it begins again only after `rebuild` was asked for it.
   */
  readonly drop: (name: string, stage: "old" | "next") => Effect.Effect<boolean, EventStoreError>
  /**
   * Discards all that is kept of a projection, as if it had never been: of one that no program has any more. Fails where there is none of that
   * name, and where its rows are written with the events.
   */
  readonly remove: (name: string) => Effect.Effect<void, EventStoreError>
  /** For rows that are written with the events; a store may do without. */
  readonly inline?: Inline
  /** How the rows stand that are served. */
  readonly status: (name: string) => Effect.Effect<Status | undefined, EventStoreError>
  /** How they all stand: those that are served first, then those made anew, then those served before. */
  readonly stages: (name: string) => Effect.Effect<ReadonlyArray<Status>, EventStoreError>
  /** All of them, in the order of their names. */
  readonly statuses: Effect.Effect<ReadonlyArray<Status>, EventStoreError>

  /** The row of a key as it is served, and why it is behind, where the key is parked. */
  readonly row: (
    projection: Described,
    key: string
  ) => Effect.Effect<{ readonly row: KeyedRow | undefined; readonly parked: ParkedKey | undefined }, EventStoreError>
  /** The rows of these keys that are there, in any order. */
  readonly rows: (
    projection: Described,
    stage: Stage,
    keys: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>
  /** For rows that are far behind; a store need not have it. */
  readonly scan?: LogScan
  /** Rows in the order of their keys, after one of them. */
  readonly page: (
    projection: Described,
    after: string | undefined,
    limit: number
  ) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>
  /** Rows with these values, in the order of their keys. */
  readonly find: (projection: Described, where: Where) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>
  /**
   * Rows of a range of an index, in its order. Each field is ordered by the type of its column: numbers and times by size, with NaN above all
   * other numbers, text byte by byte, false before true, absent values and null last. Fails with `InvalidRequest` where the table has no
   * index of these fields, and where the order would depend on a column of JSON.
   */
  readonly range: (projection: Described, range: IndexRange) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>
  /** How many rows are in a range of an index, whatever its `limit` and `after`. */
  readonly count: (projection: Described, range: IndexRange) => Effect.Effect<number, EventStoreError>
}
