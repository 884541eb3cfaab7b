/** Statements for ranges of a declared index, which read no more of the index than they return. */
import type { Schema } from "effect"
import type { Projection } from "eventfold"
import type { ProjectionStore } from "eventfold/store"
import * as RowColumns from "./RowColumns.ts"
import { quote } from "../schema/StoreSchema.ts"

type Value = Schema.Json | undefined

/** A statement and its parameters. */
export interface Statement {
  readonly text: string
  readonly parameters: ReadonlyArray<string | number>
}

/** Collects parameters, and returns the names that the text uses for them. */
class Parameters {
  readonly values: Array<string | number> = []
  /** Adds a parameter. */
  add(value: string | number): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
  /** Adds a value of a column, with the cast that writing a row uses. */
  of(column: Projection.Column, value: Schema.Json): string {
    const text = `${this.add(RowColumns.boundText(column, value))}::text`
    return column.type === "text" ? text : `${text}::${column.type}`
  }
}

const columnsOf = ({ columns }: Projection.Table, fields: ReadonlyArray<string>): ReadonlyArray<Projection.Column> =>
  fields.map((field) => columns.find((column) => column.field === field)!)

const nameOf = ({ name }: Projection.Column): string => `r.${quote(name)}`

const isNull = (column: Projection.Column, value: Value): value is null | undefined =>
  value === undefined || (value === null && column.type !== "jsonb")

const isSame = (parameters: Parameters, column: Projection.Column, value: Value): string =>
  isNull(column, value) ? `${nameOf(column)} is null` : `${nameOf(column)} = ${parameters.of(column, value)}`

/** Returns the conditions of the fixed values. */
const fixed = (
  parameters: Parameters,
  columns: ReadonlyArray<Projection.Column>,
  { equals }: ProjectionStore.IndexRange
): ReadonlyArray<string> => equals.map((value, i) => isSame(parameters, columns[i]!, value))

/** Returns the condition of one bound, on the field after the fixed ones. */
const within = (
  parameters: Parameters,
  columns: ReadonlyArray<Projection.Column>,
  range: ProjectionStore.IndexRange,
  end: "lower" | "upper"
): ReadonlyArray<string> => {
  const [bound, column] = [range[end], columns[range.equals.length]]
  if (bound === undefined || column === undefined) return []
  const sign = `${end === "lower" ? ">" : "<"}${bound.isInclusive ? "=" : ""}`
  return [`${nameOf(column)} ${sign} ${parameters.of(column, bound.value)}`]
}

const all = (conditions: ReadonlyArray<string>): string => (conditions.length === 0 ? "true" : conditions.join(" and "))

/**
 * Returns the conditions of the rows behind one row, as parts that follow each other in the order
 * of the index: first the rows that equal it in all fields, then those that equal it in all but the
 * last field, and so on.
 *
 * One condition over all fields (a comparison of rows) would be unknown if a field is null. A
 * disjunction could not use the index: the server would read the range from its beginning for each
 * page. A part does not repeat a condition that follows from its other conditions, because the
 * planner would estimate that it excludes more rows.
 */
const partsBehind = (
  parameters: Parameters,
  columns: ReadonlyArray<Projection.Column>,
  range: ProjectionStore.IndexRange,
  after: NonNullable<ProjectionStore.IndexRange["after"]>
): ReadonlyArray<ReadonlyArray<string>> => {
  const first = range.equals.length
  const isAscending = range.order === "ascending"
  const sign = isAscending ? ">" : "<"
  const isBounded = range.lower !== undefined || range.upper !== undefined
  const same = (count: number) => [
    ...fixed(parameters, columns, range),
    ...columns.slice(first, count).map((column, i) => isSame(parameters, column, after.values[first + i]))
  ]
  const parts: Array<ReadonlyArray<string>> = [
    [...same(columns.length), `r._key ${sign} ${parameters.add(after.key)}::text`]
  ]
  for (let i = columns.length - 1; i >= first; i--) {
    const column = columns[i]!
    const value = after.values[i]
    const isAtNull = isNull(column, value)
    // In ascending order, null is behind all values.
    if (!isAtNull) {
      const end = i === first ? within(parameters, columns, range, isAscending ? "upper" : "lower") : []
      parts.push([...same(i), `${nameOf(column)} ${sign} ${parameters.of(column, value)}`, ...end])
    }
    const hasNulls = column.nullable && !(i === first && isBounded)
    if (isAscending && !isAtNull && hasNulls) parts.push([...same(i), `${nameOf(column)} is null`])
    if (!isAscending && isAtNull) parts.push([...same(i), `${nameOf(column)} is not null`])
  }
  return parts
}

/** Returns the conditions of all rows of a range. */
const inRange = (
  parameters: Parameters,
  columns: ReadonlyArray<Projection.Column>,
  range: ProjectionStore.IndexRange
): ReadonlyArray<string> => [
  ...fixed(parameters, columns, range),
  ...within(parameters, columns, range, "lower"),
  ...within(parameters, columns, range, "upper")
]

/** Returns the statement of a page of a range. `name` is that of the table, quoted. */
export const page = (name: string, table: Projection.Table, range: ProjectionStore.IndexRange): Statement => {
  const parameters = new Parameters()
  const columns = columnsOf(table, range.fields)
  const { after } = range
  const parts =
    after === undefined ? [inRange(parameters, columns, range)] : partsBehind(parameters, columns, range, after)
  const limit = `limit ${parameters.add(range.limit)}`
  // The server's default order of nulls, which is that of the index: last, or first if the index is
  // read backwards.
  const direction = range.order === "ascending" ? "" : " desc"
  const order = [...columns.map(nameOf), "r._key"].map((one) => one + direction).join(", ")
  const selected = `select r._key, ${RowColumns.selected(table)}`
  const [only] = parts
  const text =
    parts.length === 1
      ? `${selected} from ${name} r where ${all(only!)} order by ${order} ${limit}`
      : `${selected} from (${parts
          .map((part, i) => `(select ${i} as _part, r.* from ${name} r where ${all(part)} order by ${order} ${limit})`)
          .join(" union all ")}) r order by r._part, ${order} ${limit}`
  return { text, parameters: parameters.values }
}

/** Returns the statement that counts the rows of a range. */
export const count = (name: string, table: Projection.Table, range: ProjectionStore.IndexRange): Statement => {
  const parameters = new Parameters()
  const conditions = inRange(parameters, columnsOf(table, range.fields), range)
  return { text: `select count(*)::float8 from ${name} r where ${all(conditions)}`, parameters: parameters.values }
}
