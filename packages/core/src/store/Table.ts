/**
 * Description of the table of a projection's rows, as plain data: generated from the schema of the
 * row, for stores in SQL.
 */

/**
 * PostgreSQL name of the type of a column. Text is compared byte by byte (`COLLATE "C"`), for any
 * locale of the database.
 *
 * @since 0.1.0
 * @category models
 */
export type SqlType = "text" | "bigint" | "double precision" | "numeric" | "boolean" | "timestamptz" | "jsonb"

/**
 * A column of a table of rows.
 *
 * @since 0.1.0
 * @category models
 */
export interface Column {
  readonly name: string
  /**
   * Field of the encoded row in the column; `null` if the column has the whole row, because the row
   * is not a struct.
   */
  readonly field: string | null
  readonly type: SqlType
  /** `true` if the field may be absent or null. A column that is not `jsonb` never allows both. */
  readonly nullable: boolean
  /** `true` if null means an absent field; in a `jsonb` column it always does. */
  readonly absent?: true
}

/**
 * Condition on the values of a column, from the schema of the row, that a database can check.
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
 * - The primary key is one column of text, `_key`. If every key encodes to a string, it is that
 *   string (`key: "text"`), otherwise the JSON of the key (`key: "json"`): a key may be anything
 *   that encodes, and need not be part of the row.
 * - The other columns are the fields of the encoded row, in the order of the declaration, with
 *   names in snake case. A field that is not a single value (an array, an option, a struct), or
 *   that may be both absent and null, is `jsonb`.
 * - `bigint` and `BigDecimal` are `numeric`, `DateTimeUtc` and `Date` are `timestamptz`, so that
 *   SQL orders them correctly; a field with its own transformation is stored in its encoded form.
 * - Names of constraints are unique in their table, names of indexes in their schema, as PostgreSQL
 *   requires.
 * - No name is longer than 63 bytes, where PostgreSQL would truncate it. No column of a field
 *   begins with an underscore: such names are reserved for the store.
 *
 * **Gotchas**
 *
 * PostgreSQL reads and writes ISO 8601 only for the years 1 to 9999. A store must send other times
 * as seconds (`to_timestamp`); times before 4714 BC cannot be stored.
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
  /** Encoding of `_key`. */
  readonly key: "text" | "json"
  readonly columns: ReadonlyArray<Column>
  readonly primaryKey: ReadonlyArray<string>
  readonly indexes: ReadonlyArray<{ readonly name: string; readonly columns: ReadonlyArray<string> }>
  readonly constraints: ReadonlyArray<Constraint>
}
