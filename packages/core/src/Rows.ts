/** The rows of a projection as a service gives them, wherever they are kept. */
import type { Duration, Effect } from "effect"
import type { EventStoreError } from "./EventStoreError.ts"
import type { ProjectionBehind, ProjectionFailed, RowInvalid } from "./ProjectionError.ts"

/** Why rows can't be had. */
export type Failure = EventStoreError | ProjectionFailed | RowInvalid

/** Which page of the rows. */
export interface PageOptions {
  /** What the page before gave as `next`; the first page unless given. */
  readonly after?: string
  /** At most so many rows, from 1 to 10,000; 100 unless given. */
  readonly limit?: number
}

export interface Page<Row> {
  readonly rows: ReadonlyArray<Row>
  /** Where the next page begins; undefined where there was nothing more. */
  readonly next: string | undefined
}

export interface WaitOptions {
  readonly timeout?: Duration.Input
}

/** Where in the log: a position, or what an append gave. */
export type Place = number | { readonly position: number }

export const positionOf = (place: Place): number => (typeof place === "number" ? place : place.position)

/** The rows of a projection. */
export interface Rows<Key, Row> {
  /**
   * The row of a key. Fails with `ProjectionFailed` where the key is parked: an event could not be folded into its row, which is as it was
   * before. Lists hold the row as it is.
   */
  readonly get: (key: Key) => Effect.Effect<Row | undefined, Failure>
  /** Every row, in the order of their keys: as stored, byte by byte. */
  readonly all: Effect.Effect<ReadonlyArray<Row>, Failure>
  /**
   * Some rows, in the order of their keys.
   *
   * **Gotchas**
   *
   * Pages are read one by one, so a row that changes meanwhile is seen as it is when its page is read.
   */
  readonly page: (options?: PageOptions) => Effect.Effect<Page<Row>, Failure>
  /**
   * Waits until the rows hold everything up to a place in the log, so that one who wrote can read it. Fails with
   * `ProjectionBehind` after the time-out, 5 seconds unless given; with `InvalidRequest` at once where the place is none.
   */
  readonly waitFor: (place: Place, options?: WaitOptions) => Effect.Effect<void, Failure | ProjectionBehind>
}

/** Rows by the values of an index's fields, in the order of their keys. */
export type Lookup<Values extends ReadonlyArray<unknown>, Row> = (
  ...values: Values
) => Effect.Effect<ReadonlyArray<Row>, Failure>

/** What each index of a projection takes: the values of its fields, in the order in which they are declared. */
export type Lookups<Row, Declared extends { readonly [index: string]: ReadonlyArray<string> }> = {
  readonly [Index in keyof Declared]: Lookup<ValuesOf<Row, Declared[Index]>, Row>
}

type ValuesOf<Row, Fields extends ReadonlyArray<string>> = {
  readonly [I in keyof Fields]: Fields[I] extends keyof Row ? Row[Fields[I]] : never
}
