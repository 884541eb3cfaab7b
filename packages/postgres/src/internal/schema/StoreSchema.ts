/**
 * The tables and functions of the store, as SQL. Each released version has a folder. A change is a
 * new step, never an edit of a released one: databases record the steps that they have taken.
 */
import * as v1 from "./v1/index.ts"

export { quote } from "../sql/Quoting.ts"

/**
 * The statements of each step, for a schema name that is already quoted; step `i` leads to version
 * `i + 1`.
 */
export const migrations: ReadonlyArray<(schema: string) => ReadonlyArray<string>> = [v1.create]

/** The version of the store's schema that this code works with. */
export const schemaVersion = migrations.length

/** The steps of a release of Eventfold. */
export interface Release {
  readonly migrations: ReadonlyArray<(schema: string) => ReadonlyArray<string>>
  /**
   * The version of the oldest release whose code works with the tables and functions after these
   * steps. Two adjacent releases work together, so a step may only add what the previous release
   * does not notice: this is at most one less than the number of steps.
   */
  readonly compatibleFrom: number
}

/** The steps of this release. */
export const current: Release = { migrations, compatibleFrom: 1 }

/**
 * The end of positions, exclusive. The locks that keep the log without gaps have 48 bits for a
 * position. Half of these numbers last for a million events a second for four years, and the other
 * half is left to processes that run when the end is reached.
 */
export const positionsEnd = 2 ** 47
