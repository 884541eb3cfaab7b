/** A projection as a projector runs it, and what ends its turn. */
import type { Guard } from "../../generated/HandlerGuard.ts"
import type { OnFailure } from "../../Projection.ts"
import type { Result } from "effect"
import type { Unplaced } from "../../generated/ProjectionFold.ts"
import type { Fillable } from "./BulkCatchUp.ts"
import type { KeyFolding } from "./ParkedKeyFold.ts"
import type { Failure as FoldFailure, Folding } from "./PageFold.ts"

export interface Runnable extends Fillable {
  /** See `ProjectionFold.keysAhead`. */
  readonly keysAhead: (unplaced: Unplaced) => Result.Result<ReadonlyArray<string> | undefined, FoldFailure>
  readonly onFailure: OnFailure
  /** `rows`: how many are kept in memory, besides those of the page at hand; `owns`: undefined where all keys are folded. */
  readonly folding: (rows: number, owns?: (key: string) => boolean) => Folding
  readonly keyFolding: KeyFolding
  /** The same, with its handlers run by the guard. */
  readonly guardedBy: (guard: Guard) => Runnable
}

/** What is said of rows that these handlers have not made. */
export const madeByOthers = ({ fingerprint, name }: Pick<Runnable, "fingerprint" | "name">, others: string): string =>
  `the rows of ${name} were made by other handlers (${others}) than those of this program (${fingerprint})`

export interface Settings {
  readonly leaseMillis: number
  /** Of the keys, where rows are made. */
  readonly partitions: number
  readonly pageSize: number
  readonly cachedRows: number
  /** The same while rows that are far behind catch up. */
  readonly fillingRows: number
  readonly retries: number
  readonly maxParked: number
}

/** The projection is not to go on until somebody has looked at it. */
export class Halted {
  readonly _tag = "Halted"
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}
