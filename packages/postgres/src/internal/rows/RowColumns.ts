/** Rows of projections as columns, both ways: each value goes as text and is cast, so that it is what PostgreSQL reads there. */
import type { Projection } from "eventfold"
import { type ProjectionStore, StoredJson, StoreRequest } from "eventfold/store"
import { OID, array } from "@effect/sql-pg/PgTypes"
import { Effect, Result, type Schema } from "effect"
import { quote } from "../schema/StoreSchema.ts"

type Column = Projection.Column

/** A value that no column can hold; in the words of the row. */
export class NoColumn extends Error {
  override readonly name = "NoColumn"
}

const two = (value: number) => String(value).padStart(2, "0")

/** ISO 8601 where PostgreSQL reads it; before the year 1 it wants the years before Christ counted. */
const timeText = (name: string, value: Schema.Json): string => {
  const date = new Date(String(value))
  if (Number.isNaN(date.getTime()))
    throw new NoColumn(`column ${name} can't hold ${JSON.stringify(value)}, which is no time`)
  const year = date.getUTCFullYear()
  if (year >= 1 && year <= 9999) return date.toISOString()
  const day = `${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`
  const time = date.toISOString().slice(-13)
  return year > 0 ? `${year}-${day}T${time}` : `${String(1 - year).padStart(4, "0")}-${day}T${time} BC`
}

const textOf = ({ name, type }: Column, value: Schema.Json): string => {
  if (type === "jsonb") {
    const written = StoreRequest.jsonText(value)
    if (Result.isFailure(written)) throw new NoColumn(`column ${name} can't hold a value that ${written.failure}`)
    const text = written.success
    // As an escape it is no text of PostgreSQL's either.
    if (/(^|[^\\])(\\\\)*\\u0000/.test(text)) throw new NoColumn(`column ${name} can't hold a NUL character`)
    if (/(^|[^\\])(\\\\)*\\ud[89a-f]/.test(text)) throw new NoColumn(`column ${name} can't hold half a character`)
    return text
  }
  if (type === "timestamptz") return timeText(name, value)
  if (Object.is(value, -0)) return "-0"
  const text = String(value)
  if (text.includes("\0")) throw new NoColumn(`column ${name} can't hold a NUL character`)
  if (!text.isWellFormed()) throw new NoColumn(`column ${name} can't hold half a character`)
  return text
}

/** The first day that PostgreSQL has. */
const firstTime = Date.UTC(-4712, 0, 1)

/** A value that rows are compared with, which may be one that no row can have: a time before all that PostgreSQL has. */
export const boundText = (column: Column, value: Schema.Json): string =>
  column.type === "timestamptz" && new Date(String(value)).getTime() < firstTime ? "-infinity" : textOf(column, value)

/** What a column holds of a row; null is SQL's. */
const partOf = (column: Column, row: Schema.Json): Schema.Json | undefined =>
  column.field === null ? row : (Reflect.get(Object(row), column.field) as Schema.Json | undefined)

const held = (column: Column, row: Schema.Json): string | null => {
  const value = partOf(column, row)
  if (value === undefined || (value === null && column.type !== "jsonb")) return null
  return textOf(column, value)
}

/** The columns besides the key. */
export const valueColumns = ({ columns }: Projection.Table): ReadonlyArray<Column> =>
  columns.filter(({ name }) => name !== "_key")

/** An array as a parameter: of nothing but null, the driver could not tell of what. */
export const texts = (values: ReadonlyArray<string | null>): unknown => Result.getOrThrow(array(values, OID.text))

export const flags = (values: ReadonlyArray<boolean>): unknown => Result.getOrThrow(array(values, OID.bool))

/** What columns hold; a value that none can hold is a failure. */
export const tried = <A, E>(make: () => A, failure: (error: NoColumn) => E): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(make())
    } catch (error) {
      if (!(error instanceof NoColumn)) throw error
      return Effect.fail(failure(error))
    }
  })

/** The keys whose rows go, and the rows that come. A key that is no text of PostgreSQL's has no row to go. */
export const parted = (
  changes: ReadonlyArray<ProjectionStore.Change>
): { readonly gone: ReadonlyArray<string>; readonly there: ReadonlyArray<ProjectionStore.KeyedRow> } => ({
  gone: changes.flatMap(({ key, row }) => (row === undefined && isText(key) ? [key] : [])),
  there: changes.flatMap(({ key, row }) => (row === undefined ? [] : [{ key, row }]))
})

/** Throws where a key is no text of PostgreSQL's. */
export const checkKeys = (keys: ReadonlyArray<string>): void => {
  for (const key of keys) {
    if (!isText(key)) throw new NoColumn(`no text of PostgreSQL is the key ${JSON.stringify(key)}`)
  }
}

/** Whether a key can be one in a table; else it has no row. */
export const isText = (key: string): boolean => !key.includes("\0") && key.isWellFormed()

/** Rows as an array for each column, in the order of `valueColumns`. */
export const toColumns = (
  table: Projection.Table,
  rows: ReadonlyArray<{ readonly key: string; readonly row: Schema.Json }>
): ReadonlyArray<unknown> => {
  checkKeys(rows.map(({ key }) => key))
  return valueColumns(table).map((column) => texts(rows.map(({ row }) => held(column, row))))
}

/** Rows with these values in their fields, as SQL and its parameters; undefined where a value is one that its column can't hold. */
export const toConditions = (
  table: Projection.Table,
  where: ProjectionStore.Where
): { readonly conditions: string; readonly parameters: ReadonlyArray<string> } | undefined => {
  const parameters: Array<string> = []
  const conditions: Array<string> = []
  for (const column of valueColumns(table)) {
    const { field } = column
    if (field === null || !Object.hasOwn(where, field)) continue
    const value = where[field]
    const name = `r.${quote(column.name)}`
    if (value === undefined || (value === null && column.type !== "jsonb")) {
      conditions.push(`${name} is null`)
      continue
    }
    try {
      parameters.push(textOf(column, value))
    } catch (error) {
      if (error instanceof NoColumn) return undefined
      throw error
    }
    conditions.push(`${name} = $${parameters.length}::text${column.type === "text" ? "" : `::${column.type}`}`)
  }
  return { conditions: conditions.length === 0 ? "true" : conditions.join(" and "), parameters }
}

/** What is selected for each column, so that the driver gives back what went in. */
export const selected = (table: Projection.Table): string =>
  valueColumns(table)
    .map(({ name, type }) => {
      const column = `r.${quote(name)}`
      switch (type) {
        case "timestamptz":
          return `round(extract(epoch from ${column}) * 1000)::float8`
        case "bigint":
          return `${column}::float8`
        case "numeric":
        case "jsonb":
          return `${column}::text`
        default:
          return column
      }
    })
    .join(", ")

const valueOf = ({ type }: Column, value: unknown): Schema.Json => {
  switch (type) {
    case "timestamptz":
      return new Date(Number(value)).toISOString()
    case "jsonb":
      return StoredJson.parse(String(value))
    case "boolean":
      return value === true
    case "bigint":
    case "double precision": {
      const number = Number(value)
      // JSON has no such numbers: Effect writes them as texts.
      return Number.isFinite(number) ? number : String(number)
    }
    default:
      return String(value)
  }
}

/** A row of `_key` and what `selected` gives. */
export const fromColumns = (
  table: Projection.Table
): ((values: ReadonlyArray<unknown>) => ProjectionStore.KeyedRow) => {
  const columns = valueColumns(table)
  const [only] = columns
  return ([key, ...values]) => {
    if (columns.length === 1 && only?.field === null) return { key: String(key), row: valueOf(only, values[0]) }
    const row: Record<string, Schema.Json> = {}
    for (const [i, column] of columns.entries()) {
      const value = values[i]
      if (value !== null && value !== undefined) row[column.field!] = valueOf(column, value)
      else if (column.absent !== true && column.type !== "jsonb") row[column.field!] = null
    }
    return { key: String(key), row }
  }
}
