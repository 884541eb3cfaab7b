/**
 * Encodes rows of projections as columns, and decodes them. Each value is sent as text and cast, so
 * that PostgreSQL parses it.
 */
import type { Projection } from "eventfold"
import { type ProjectionStore, StoreRequest } from "eventfold/store"
import { StoredJson } from "eventfold/tables"
import { OID, array } from "@effect/sql-pg/PgTypes"
import { Effect, Result, type Schema } from "effect"
import { quote } from "../schema/StoreSchema.ts"

type Column = Projection.Column

/** A value that its column can't hold. */
export class NoColumn extends Error {
  override readonly name = "NoColumn"
}

const two = (value: number) => String(value).padStart(2, "0")

/** Formats a time for PostgreSQL: ISO 8601, and years before Christ before the year 1. */
const timeText = (name: string, value: Schema.Json): string => {
  const date = new Date(String(value))
  if (Number.isNaN(date.getTime()))
    throw new NoColumn(`column ${name} can't hold ${JSON.stringify(value)}, which is not a time`)
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
    // PostgreSQL does not accept them as escapes either.
    if (/(^|[^\\])(\\\\)*\\u0000/.test(text)) throw new NoColumn(`column ${name} can't hold a NUL character`)
    if (/(^|[^\\])(\\\\)*\\ud[89a-f]/.test(text))
      throw new NoColumn(`column ${name} can't hold half of a surrogate pair`)
    return text
  }
  if (type === "timestamptz") return timeText(name, value)
  if (Object.is(value, -0)) return "-0"
  const text = String(value)
  if (text.includes("\0")) throw new NoColumn(`column ${name} can't hold a NUL character`)
  if (!text.isWellFormed()) throw new NoColumn(`column ${name} can't hold half of a surrogate pair`)
  return text
}

/** The first time that PostgreSQL supports. */
const minTimeMs = Date.UTC(-4712, 0, 1)

/**
 * Encodes a value that rows are compared with. It may be a time that no row can have, before the
 * first time of PostgreSQL.
 */
export const boundText = (column: Column, value: Schema.Json): string =>
  column.type === "timestamptz" && new Date(String(value)).getTime() < minTimeMs ? "-infinity" : textOf(column, value)

/** Returns the part of a row that a column holds. */
const partOf = (column: Column, row: Schema.Json): Schema.Json | undefined =>
  column.field === null ? row : (Reflect.get(Object(row), column.field) as Schema.Json | undefined)

/** Encodes the value of a column; null for SQL's null. */
const encoded = (column: Column, row: Schema.Json): string | null => {
  const value = partOf(column, row)
  if (value === undefined || (value === null && column.type !== "jsonb")) return null
  return textOf(column, value)
}

/** Returns the columns besides the key. */
export const valueColumns = ({ columns }: Projection.Table): ReadonlyArray<Column> =>
  columns.filter(({ name }) => name !== "_key")

/**
 * Encodes texts as an array parameter: the driver could not infer the type of an array of nulls.
 */
export const texts = (values: ReadonlyArray<string | null>): unknown => Result.getOrThrow(array(values, OID.text))

/** Encodes booleans as an array parameter. */
export const flags = (values: ReadonlyArray<boolean>): unknown => Result.getOrThrow(array(values, OID.bool))

/** Runs an encoding, and fails if a column can't hold a value. */
export const tried = <A, E>(make: () => A, failure: (error: NoColumn) => E): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(make())
    } catch (error) {
      if (!(error instanceof NoColumn)) throw error
      return Effect.fail(failure(error))
    }
  })

/**
 * Divides changes into keys whose rows are deleted, and rows that are written. A key that is no
 * text of PostgreSQL has no row.
 */
export const parted = (
  changes: ReadonlyArray<ProjectionStore.Change>
): { readonly gone: ReadonlyArray<string>; readonly there: ReadonlyArray<ProjectionStore.KeyedRow> } => ({
  gone: changes.flatMap(({ key, row }) => (row === undefined && isText(key) ? [key] : [])),
  there: changes.flatMap(({ key, row }) => (row === undefined ? [] : [{ key, row }]))
})

/** Throws if a key is no text of PostgreSQL. */
export const checkKeys = (keys: ReadonlyArray<string>): void => {
  for (const key of keys) {
    if (!isText(key)) throw new NoColumn(`PostgreSQL can't store the key ${JSON.stringify(key)} as text`)
  }
}

/** `true` if a key is a text of PostgreSQL; otherwise it has no row. */
export const isText = (key: string): boolean => !key.includes("\0") && key.isWellFormed()

/** Encodes rows as an array for each column, in the order of `valueColumns`. */
export const toColumns = (
  table: Projection.Table,
  rows: ReadonlyArray<{ readonly key: string; readonly row: Schema.Json }>
): ReadonlyArray<unknown> => {
  checkKeys(rows.map(({ key }) => key))
  return valueColumns(table).map((column) => texts(rows.map(({ row }) => encoded(column, row))))
}

/**
 * Returns the condition of rows with these values in their fields; `undefined` if a column can't
 * hold its value.
 */
export const toConditions = (
  table: Projection.Table,
  where: Parameters<ProjectionStore.Service["find"]>[1]
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

/**
 * Returns the select list of the columns, so that the driver returns the values that were written.
 */
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
      // JSON has no infinities: Effect encodes them as strings.
      return Number.isFinite(number) ? number : String(number)
    }
    default:
      return String(value)
  }
}

/** Returns a function that decodes a row of `_key` and the columns of {@link selected}. */
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
