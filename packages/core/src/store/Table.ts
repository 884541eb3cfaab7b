/** The table that a projection's rows fit into, as plain data: generated from the row's schema, for a store that keeps rows in SQL. */

/**
 * What PostgreSQL calls a column's type. Text is compared byte by byte (`COLLATE "C"`), whatever the database's locale.
 *
 * @since 0.1.0
 * @category models
 */
export type SqlType = "text" | "bigint" | "double precision" | "numeric" | "boolean" | "timestamptz" | "jsonb"

export interface Column {
  readonly name: string
  /** The field of the encoded row that it holds; none holds the whole row, which is then no struct. */
  readonly field: string | null
  readonly type: SqlType
  /** Whether the field may be absent or null: both are never possible at once in a column that is not `jsonb`. */
  readonly nullable: boolean
  /** Whether null stands for a field that is not there; in a column of `jsonb` it always does. */
  readonly absent?: true
}

/**
 * What the row's schema says of a column's values, and a database can check.
 *
 * @since 0.1.0
 * @category models
 */
export type Constraint =
  | { readonly kind: "oneOf"; readonly name: string; readonly column: string; readonly values: ReadonlyArray<string> }
  | {
      readonly kind: "range"
      readonly name: string
      readonly column: string
      readonly minimum?: number
      readonly maximum?: number
    }

/**
 * A table for the rows of a projection.
 *
 * **Details**
 *
 * - The primary key is one column of text, `_key`. Where every key encodes to a string it is that string (`key: "text"`), else the
 *   key's JSON (`key: "json"`): so a key may be anything that encodes, and need not be part of the row.
 * - The other columns are the fields of the row as it is encoded, in the order in which they are declared, their names in snake
 *   case. A field that is no single value (an array, an option, a struct), or that may be both absent and null, is `jsonb`.
 * - `bigint` and `BigDecimal` are `numeric`, `DateTimeUtc` and `Date` are `timestamptz`, so that SQL orders them rightly; a field
 *   with a transformation of its own is kept as that encodes it.
 * - Names of constraints are unique in their table, those of indexes in their schema, as PostgreSQL has it.
 * - No name is longer than 63 bytes, where PostgreSQL would cut it. No field's column begins with an underscore: such names are
 *   the store's.
 *
 * **Gotchas**
 *
 * PostgreSQL reads and writes ISO 8601 for the years 1 to 9999 only. Whoever fills a table has to send other times as seconds
 * (`to_timestamp`); before 4714 BC there are none.
 *
 * @example
 * ```ts
 * import type { Projection } from "eventfold"
 *
 * const totals: Projection.Table = {
 *   domain: "shop",
 *   name: "totals",
 *   key: "text",
 *   columns: [
 *     { name: "_key", field: null, type: "text", nullable: false },
 *     { name: "total", field: "total", type: "numeric", nullable: false }
 *   ],
 *   primaryKey: ["_key"],
 *   indexes: [{ name: "totals_by_total", columns: ["total"] }],
 *   constraints: []
 * }
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Table {
  readonly domain: string
  readonly name: string
  /** How `_key` is written. */
  readonly key: "text" | "json"
  readonly columns: ReadonlyArray<Column>
  readonly primaryKey: ReadonlyArray<string>
  readonly indexes: ReadonlyArray<{ readonly name: string; readonly columns: ReadonlyArray<string> }>
  readonly constraints: ReadonlyArray<Constraint>
}
