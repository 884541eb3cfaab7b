/** Queries for the rows of a projection, for every kind of storage. */
import type { Duration, Effect } from "effect"
import type { EventStoreError } from "./EventStoreError.ts"
import type { ProjectionBehind, ProjectionFailed, RowInvalid } from "./ProjectionError.ts"

/**
 * Error of a query for rows.
 *
 * @since 0.1.0
 * @category models
 */
export type QueryError = EventStoreError | ProjectionFailed | RowInvalid

/** Options of `page`. */
interface PageOptions {
  /** `next` of the previous page. Defaults to the first page. */
  readonly after?: string
  /** Maximum number of rows, from 1 to 10,000. Defaults to 100. */
  readonly limit?: number
}

/**
 * A page of rows.
 *
 * @since 0.1.0
 * @category models
 */
export interface RowPage<Row> {
  readonly rows: ReadonlyArray<Row>
  /** Start of the next page; `undefined` if there are no further rows. */
  readonly next: string | undefined
}

/**
 * The rows of a projection.
 *
 * @since 0.1.0
 * @category models
 */
export interface Rows<Key, Row> {
  /**
   * Returns the row of a key. Fails with `ProjectionFailed` if the key is parked, because an event
   * could not be folded into its row. The row is unchanged since then, and lists still contain it.
   */
  readonly get: (key: Key) => Effect.Effect<Row | undefined, QueryError>
  /** Returns every row, in the order of the encoded keys, byte by byte. */
  readonly all: Effect.Effect<ReadonlyArray<Row>, QueryError>
  /**
   * Returns some rows, in the order of their keys.
   *
   * **Gotchas**
   *
   * Pages are read one by one, so each row is returned in its state at the time when its page is
   * read.
   */
  readonly page: (options?: PageOptions) => Effect.Effect<RowPage<Row>, QueryError>
  /**
   * Waits until the rows contain all events up to a position of the log, or up to the result of an
   * append or of `execute`, so that a writer can read its own write. Fails with
   * `ProjectionBehind` after the timeout, which defaults to 5 seconds, and with `InvalidRequest`
   * for an invalid position.
   */
  readonly waitFor: (
    position: number | { readonly position: number },
    options?: { readonly timeout?: Duration.Input }
  ) => Effect.Effect<void, QueryError | ProjectionBehind>
}

/**
 * Bounds of the values of a field: at most one at either end. A field that is null or absent is
 * outside all bounds.
 */
interface Bounds<Value> {
  /** Lower bound, inclusive. */
  readonly atLeast?: Value
  /** Lower bound, exclusive. */
  readonly above?: Value
  /** Upper bound, inclusive. */
  readonly atMost?: Value
  /** Upper bound, exclusive. */
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
 * A range of an index: values of its first fields (`equals`), and bounds of the next field. `Given`
 * are the values with which `equals` must begin, since their fields hold JSON, which has no order.
 */
type Range<Values extends ReadonlyArray<unknown>, Given extends ReadonlyArray<unknown> = []> = Values extends readonly [
  ...Given,
  ...infer Rest
]
  ? RangesAfter<Given, Rest>
  : never

/** Options of `page` of an index. */
interface RangePageOptions extends PageOptions {
  /** Defaults to `"ascending"`. */
  readonly order?: "ascending" | "descending"
}

/** Makes options optional if the range needs no values. */
type Optional<Given extends ReadonlyArray<unknown>, Options> = Given extends readonly []
  ? [options?: Options]
  : [options: Options]

/**
 * Finds rows by a declared index.
 *
 * **Details**
 *
 * - Called with a value for each of its fields, it returns all rows that have them, in the order of
 *   their keys.
 * - `page` returns rows of a range, in the order of the index: by its fields, one after the other,
 *   then by the key. Fields are ordered by their encoded values: numbers, bigints and decimals by
 *   size (`NaN` last), times chronologically, text byte by byte in UTF-8, false before true; null
 *   and absent values after all others.
 * - `count` returns the number of rows of a range.
 *
 * Fails with `InvalidRequest` if a value does not fit its field, a range is reversed, or a limit is
 * not from 1 to 10,000.
 *
 * **Gotchas**
 *
 * Pages are read one by one: a row whose place in the index changes between two pages may be
 * returned twice or not at all.
 *
 * @example
 * ```ts
 * import type { Effect } from "effect"
 * import type { Projection } from "eventfold"
 *
 * interface Row { readonly id: string; readonly district: number; readonly balance: bigint }
 * declare const byDistrictAndBalance: Projection.Lookup<[district: number, balance: bigint], Row>
 *
 * export const overdrawn = (): Effect.Effect<Projection.RowPage<Row>, Projection.QueryError> =>
 *   byDistrictAndBalance.page({ equals: [5], below: 0n, limit: 20 })
 * export const perDistrict = (district: number): Effect.Effect<number, Projection.QueryError> =>
 *   byDistrictAndBalance.count({ equals: [district] })
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Lookup<Values extends ReadonlyArray<unknown>, Row, Given extends ReadonlyArray<unknown> = []> {
  (...values: Values): Effect.Effect<ReadonlyArray<Row>, QueryError>
  readonly page: (
    ...options: Optional<Given, Range<Values, Given> & RangePageOptions>
  ) => Effect.Effect<RowPage<Row>, QueryError>
  readonly count: (...options: Optional<Given, Range<Values, Given>>) => Effect.Effect<number, QueryError>
}

/**
 * Methods of the indexes of a projection: each takes the values of its fields, in the order of the
 * declaration.
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
