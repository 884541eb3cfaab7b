/** A projection in the form that a projector runs, and its options. */
import type { Result } from "effect"
import type { Guard } from "../../generated/HandlerGuard.ts"
import type { Unplaced } from "../../generated/ProjectionFold.ts"
import type { FailurePolicyName } from "../work/FailurePolicy.ts"
import type { BulkProjection } from "./BulkCatchUp.ts"
import type { FoldFailure, PageFold } from "./PageFold.ts"
import type { ParkedKeyFold } from "./ParkedKeyFold.ts"

/** The only implementation of the handle `StoredProjection.Runnable`. */
export interface ProjectionRunnable extends BulkProjection {
  readonly "~eventfold/StoredProjection": "~eventfold/StoredProjection"
  /** See `ProjectionFold.keysAhead`. */
  readonly keysAhead: (unplaced: Unplaced) => Result.Result<ReadonlyArray<string> | undefined, FoldFailure>
  readonly onFailure: FailurePolicyName
  /**
   * Makes the fold of a turn. `cachedRows` is the number of rows that stay in memory between pages;
   * `owns` is undefined if all keys are folded.
   */
  readonly folding: (cachedRows: number, owns?: (key: string) => boolean) => PageFold
  readonly keyFolding: ParkedKeyFold
  /** Returns the same projection, whose handlers are run by the guard. */
  readonly guardedBy: (guard: Guard) => ProjectionRunnable
}

export interface ProjectorSettings {
  readonly leaseMillis: number
  /** Number of partitions in which rows are begun. */
  readonly partitions: number
  /** Maximum number of events in a page. */
  readonly pageSize: number
  /** Number of rows that stay in memory between pages. */
  readonly cachedRows: number
  /** Number of rows that stay in memory while rows that are far behind catch up. */
  readonly bulkCachedRows: number
  /** Number of times that a failing event is folded again. */
  readonly retries: number
  /** Maximum number of parked keys, above which the projection stops. */
  readonly maxParked: number
}

/** Describes rows that were made by another release, for errors. */
export const madeByOthers = (
  { fingerprint, name }: Pick<ProjectionRunnable, "fingerprint" | "name">,
  others: string
): string => `the rows of ${name} were made by other handlers (${others}) than those of this program (${fingerprint})`

/** The projection stops until an operator resumes it. */
export class Halted {
  readonly _tag = "Halted"
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}
