/** Folds events into the rows of a projection outside a projector, for tools that compare rows. */
import type { Effect } from "effect"
import type { RecordedEvent } from "../Event.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import type { ProjectionFailed, RowInvalid } from "../ProjectionError.ts"
import type { Change, Described, KeyedRow, ScannedEvent } from "./ProjectionStore.ts"

type LoadRows = (keys: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<KeyedRow>, EventStoreError>

type Failure = EventStoreError | ProjectionFailed | RowInvalid

/** The folds of a projection. */
type Replay = {
  /** `true` if the key of the row of each event is the id of its stream. */
  readonly isKeyedByStream: boolean
  /**
   * Folds page by page: rows of parked keys do not change. `owns` is `undefined` if all keys are
   * folded.
   */
  readonly folding: (
    cachedRows: number,
    owns?: (key: string) => boolean
  ) => {
    readonly fold: (
      page: ReadonlyArray<RecordedEvent>,
      load: LoadRows,
      parked: ReadonlySet<string>
    ) => Effect.Effect<{ readonly changes: ReadonlyArray<Change> }, Failure>
    /** Keeps the rows of the last page in memory, because they were written. */
    readonly keep: () => void
  }
  /** Folds much of the log at once. `isEmpty` is `true` if no row is stored yet. */
  readonly writeBack: (
    cachedRows: number,
    isEmpty: boolean
  ) => {
    readonly fold: (
      events: ReadonlyArray<ScannedEvent>,
      load: LoadRows,
      owns?: (key: string) => boolean
    ) => Effect.Effect<void, Failure>
    /** Returns the number of rows that are not written. */
    readonly pending: () => number
    /** Returns the changed rows; `undefined` if one does not fit its schema. */
    readonly changes: () => ReadonlyArray<Change> | undefined
  }
}

/**
 * Returns the folds of a projection.
 *
 * @example
 * ```ts
 * import type { StoredProjection } from "eventfold/generated"
 * import { ProjectionReplay } from "eventfold/store"
 *
 * // Rows of all keys, none of them stored yet.
 * const rebuild = (projection: StoredProjection.Runnable) => ProjectionReplay.of(projection).writeBack(Infinity, true)
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const of = (projection: Handle): Replay =>
  // Every handle is a `ProjectionRunnable`, which has the folds.
  projection as Handle & Replay

/** Type of the result of `StoredProjection.runnable`. */
interface Handle extends Described {
  readonly aggregates: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
  readonly "~eventfold/StoredProjection": "~eventfold/StoredProjection"
}
