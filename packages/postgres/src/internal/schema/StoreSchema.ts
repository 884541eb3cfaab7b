/**
 * The tables and functions of the store, as SQL. Each released version has a folder; a change is a new step, never an edit of
 * an old one: databases remember which steps they have taken.
 */
import * as v1 from "./v1/index.ts"

export { quote } from "../sql/Quoting.ts"

/** The statements of each step, for a schema name that is quoted already; step `i` leads to version `i + 1`. */
export const migrations: ReadonlyArray<(schema: string) => ReadonlyArray<string>> = [v1.create]

/** The version of the store's schema that this code works with. */
export const schemaVersion = migrations.length

/** What a release of Eventfold makes of a store. */
export interface Release {
  readonly migrations: ReadonlyArray<(schema: string) => ReadonlyArray<string>>
  /**
   * The version of the oldest release whose code works with the tables and functions that these steps lead to. Two adjacent
   * releases work together, so a step may only add what the release before does not notice: this is at most one less than
   * the number of steps.
   */
  readonly compatibleFrom: number
}

export const current: Release = { migrations, compatibleFrom: 1 }

/**
 * Positions are below this. The locks that keep the log without gaps have 48 bits for them; half of that is a million events
 * a second for four years, and leaves those that run when it is reached as many again.
 */
export const positionsEnd = 2 ** 47
