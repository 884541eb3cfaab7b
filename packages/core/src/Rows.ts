/** The rows of a projection as a service gives them, wherever they are kept. */
import type { Duration, Effect } from "effect"
import type { EventStoreError } from "./EventStoreError.ts"
import type { ProjectionBehind, ProjectionFailed, RowInvalid } from "./ProjectionError.ts"

/**
 * Why rows can't be had.
 *
 * @since 0.1.0
 * @category models
 */
export type Failure = EventStoreError | ProjectionFailed | RowInvalid

/**
 * Which page of the rows.
 *
 * @since 0.1.0
 * @category options
 */
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

/**
 * Where in the log: a position, or what an append or `execute` gave.
 *
 * @since 0.1.0
 * @category models
 */
export type Place = number | { readonly position: number }

/** @internal */
export const positionOf = (place: Place): number => (typeof place === "number" ? place : place.position)

/**
 * The rows of a projection.
 *
 * @since 0.1.0
 * @category models
 */
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

/**
 * Bounds of a field's values: at most one at either end. A field that is null or absent is within no bounds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bounds<Value> {
  /** This value and those above it. */
  readonly atLeast?: Value
  /** Values above this one. */
  readonly above?: Value
  /** This value and those below it. */
  readonly atMost?: Value
  /** Values below this one. */
  readonly below?: Value
}

/** Values for the first fields of an index. */
type Equals<Values extends ReadonlyArray<unknown>> = Values extends readonly []
  ? { readonly equals?: readonly [] }
  : { readonly equals: Readonly<Values> }

type RangesAfter<Given extends ReadonlyArray<unknown>, Rest> = Rest extends readonly [infer Next, ...infer More]
  ? (Equals<Given> & Bounds<NonNullable<Next>>) | RangesAfter<[...Given, Next], More>
  : Equals<Given> & Bounds<never>

/**
 * A range of an index: values for the first of its fields (`equals`), and bounds for the field after these. `Given` are the values that
 * `equals` has to begin with, since their fields hold JSON, which has no order.
 *
 * @since 0.1.0
 * @category models
 */
export type Range<
  Values extends ReadonlyArray<unknown>,
  Given extends ReadonlyArray<unknown> = []
> = Values extends readonly [...Given, ...infer Rest] ? RangesAfter<Given, Rest> : never

/**
 * Which page of a range.
 *
 * @since 0.1.0
 * @category options
 */
export interface RangePageOptions extends PageOptions {
  /** `"descending"` is `"ascending"`, which is the default, the other way round. */
  readonly order?: "ascending" | "descending"
}

/** Only a range that needs no values may be left out. */
type Optional<Given extends ReadonlyArray<unknown>, Options> = Given extends readonly []
  ? [options?: Options]
  : [options: Options]

/**
 * Finds rows by a declared index.
 *
 * **Details**
 *
 * - Called with a value for each of its fields it gives all rows that have them, in the order of their keys.
 * - `page` gives rows of a range, in the order of the index: by its fields, one after the other, then by the key. The order of a field is
 *   that of its values as they are encoded: numbers, bigints and decimals by size (`NaN` last), times by time, text byte by byte in UTF-8,
 *   false before true; null and absent values after all others.
 * - `count` gives how many rows a range has.
 *
 * Fails with `InvalidRequest` where a value does not fit its field, a range is reversed, or a limit is not from 1 to 10,000.
 *
 * **Gotchas**
 *
 * Pages are read one by one: a row that moves in the index meanwhile may be seen twice or not at all.
 *
 * @example
 * ```ts
 * import type { Effect } from "effect"
 * import type { Rows } from "eventfold"
 *
 * interface Row { readonly id: string; readonly district: number; readonly balance: bigint }
 * declare const byDistrictAndBalance: Rows.Lookup<[district: number, balance: bigint], Row>
 *
 * export const overdrawn = (): Effect.Effect<Rows.Page<Row>, Rows.Failure> =>
 *   byDistrictAndBalance.page({ equals: [5], below: 0n, limit: 20 })
 * export const perDistrict = (district: number): Effect.Effect<number, Rows.Failure> =>
 *   byDistrictAndBalance.count({ equals: [district] })
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Lookup<Values extends ReadonlyArray<unknown>, Row, Given extends ReadonlyArray<unknown> = []> {
  (...values: Values): Effect.Effect<ReadonlyArray<Row>, Failure>
  readonly page: (
    ...options: Optional<Given, Range<Values, Given> & RangePageOptions>
  ) => Effect.Effect<Page<Row>, Failure>
  readonly count: (...options: Optional<Given, Range<Values, Given>>) => Effect.Effect<number, Failure>
}

/**
 * What each index of a projection takes: the values of its fields, in the order in which they are declared.
 *
 * @since 0.1.0
 * @category models
 */
export type Lookups<Row, Declared extends { readonly [index: string]: ReadonlyArray<string> }> = {
  readonly [Index in keyof Declared]: Lookup<ValuesOf<Row, Declared[Index]>, Row>
}

type ValuesOf<Row, Fields extends ReadonlyArray<string>> = {
  -readonly [I in keyof Fields]: Fields[I] extends keyof Row ? Row[Fields[I]] : never
}
