/**
 * Order of rows in a declared index: by their encoded values, compared by the type of the column,
 * so that it is equal in memory and on every server.
 */
import type { Schema } from "effect"
import * as CanonicalJson from "../../store/CanonicalJson.ts"
import type { IndexRange } from "../../store/ProjectionStore.ts"
import type { SqlType, Table } from "../../store/Table.ts"
import { byBytes } from "../work/ByteOrder.ts"

type Value = Schema.Json | undefined

/**
 * A decimal number of any size: `0.digits × 10^exponent`, without a zero at either end of its
 * digits.
 */
interface Decimal {
  readonly sign: -1 | 0 | 1
  readonly exponent: number
  readonly digits: string
}

/** Comparable form of a value; undefined stands for an absent or null value. */
type Rank = string | number | Decimal | undefined

/** Entry of a row in an index: the ranks of its values, and its key. */
export interface Entry {
  readonly key: string
  readonly ranks: ReadonlyArray<Rank>
}

/**
 * Returns whether all stores order values of the column equally. Only PostgreSQL orders JSON, and
 * that order depends on its locale.
 */
export const isOrdered = (type: SqlType): boolean => type !== "jsonb"

const decimal = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/

const decimalOf = (text: string): Decimal | undefined => {
  const [, sign, whole = "", part = "", exponent = "0"] = decimal.exec(text) ?? []
  if (sign === undefined || whole + part === "") return undefined
  const digits = (whole + part).replace(/^0+/, "")
  if (digits === "") return { sign: 0, exponent: 0, digits: "" }
  const leading = (whole + part).length - digits.length
  return {
    sign: sign === "-" ? -1 : 1,
    exponent: whole.length - leading + Number(exponent),
    digits: digits.replace(/0+$/, "")
  }
}

const numbers: ReadonlySet<Value> = new Set(["NaN", "Infinity", "-Infinity"])

/** Returns whether an encoded value belongs to the type of the column. */
export const isOf = (type: SqlType, value: Value): boolean => {
  switch (type) {
    case "jsonb":
      return value !== undefined
    case "text":
      return typeof value === "string" && value.isWellFormed() && !value.includes("\0")
    case "boolean":
      return typeof value === "boolean"
    case "bigint":
      return typeof value === "number" && Number.isSafeInteger(value)
    case "double precision":
      return typeof value === "number" || numbers.has(value)
    case "numeric":
      return typeof value === "string" && decimalOf(value) !== undefined
    case "timestamptz":
      return typeof value === "string" && !Number.isNaN(new Date(value).getTime())
  }
}

const rankOf = (type: SqlType, value: Value): Rank => {
  if (value === undefined || (value === null && type !== "jsonb")) return undefined
  switch (type) {
    case "jsonb":
      return CanonicalJson.text(value)
    case "text":
      return String(value)
    case "boolean":
      return value === true ? 1 : 0
    case "bigint":
    case "double precision":
      return Number(value)
    case "numeric":
      return decimalOf(String(value)) ?? { sign: 0, exponent: 0, digits: "" }
    case "timestamptz":
      return new Date(String(value)).getTime()
  }
}

/** Compares numbers as PostgreSQL does: NaN equals itself and is greater than all other numbers. */
const byNumber = (a: number, b: number): number =>
  a < b ? -1 : a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b))

const byDecimal = (a: Decimal, b: Decimal): number => {
  if (a.sign !== b.sign || a.sign === 0) return a.sign - b.sign
  const size = byNumber(a.exponent, b.exponent)
  // With equal exponents, the digits compare like text, because neither ends with zeros.
  return a.sign * (size === 0 ? byBytes(a.digits, b.digits) : size)
}

const byRank = (a: Rank, b: Rank): number => {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
  if (typeof a === "number" && typeof b === "number") return byNumber(a, b)
  if (typeof a === "string" && typeof b === "string") return byBytes(a, b)
  return typeof a === "object" && typeof b === "object" ? byDecimal(a, b) : 0
}

/** Compares as many ranks as the shorter list has. */
const byRanks = (a: ReadonlyArray<Rank>, b: ReadonlyArray<Rank>): number => {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const order = byRank(a[i], b[i])
    if (order !== 0) return order
  }
  return 0
}

/** Compares entries of an index: by their values, and by the key if the values are equal. */
export const byEntry = (a: Entry, b: Entry): number => byRanks(a.ranks, b.ranks) || byBytes(a.key, b.key)

/** Compares two values of a column. */
export const byValue = (type: SqlType, a: Value, b: Value): number => byRank(rankOf(type, a), rankOf(type, b))

/**
 * Returns the types of the columns of these fields. A field without a column gets a type that has
 * no order.
 */
export const typesOf = ({ columns }: Table, fields: ReadonlyArray<string>): ReadonlyArray<SqlType> =>
  fields.map((field) => columns.find((column) => column.field === field)?.type ?? "jsonb")

/** Makes the entry of a row from the values of its fields. */
export const entryOf = (types: ReadonlyArray<SqlType>, key: string, values: ReadonlyArray<Value>): Entry => ({
  key,
  ranks: types.map((type, i) => rankOf(type, values[i]))
})

/**
 * Counts the entries before the first for which `isAfter` is true; it is true for all entries after
 * that one.
 */
const countBefore = (entries: ReadonlyArray<Entry>, isAfter: (entry: Entry) => boolean): number => {
  let [low, high] = [0, entries.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isAfter(entries[middle]!)) high = middle
    else low = middle + 1
  }
  return low
}

/** Finds the start and the end of a range in the ordered entries of an index. */
const ends = (types: ReadonlyArray<SqlType>, entries: ReadonlyArray<Entry>, range: IndexRange) => {
  const { equals, lower, upper } = range
  const given = equals.map((value, i) => rankOf(types[i]!, value))
  const probe = (bound: IndexRange["lower"]) =>
    bound === undefined ? given : [...given, rankOf(types[given.length]!, bound.value)]
  const from = probe(lower)
  const start = countBefore(entries, ({ ranks }) => {
    const order = byRanks(ranks, from)
    return lower?.isInclusive === false ? order > 0 : order >= 0
  })
  // A range with a bound contains no absent value, and absent values come last.
  const to = upper === undefined && lower !== undefined ? [...given, undefined] : probe(upper)
  const isOpen = upper === undefined ? lower !== undefined : !upper.isInclusive
  const end = countBefore(entries, ({ ranks }) => {
    const order = byRanks(ranks, to)
    return isOpen ? order >= 0 : order > 0
  })
  return { start, end: Math.max(start, end) }
}

/** Counts the rows in a range. */
export const count = (types: ReadonlyArray<SqlType>, entries: ReadonlyArray<Entry>, range: IndexRange): number => {
  const { end, start } = ends(types, entries, range)
  return end - start
}

/** Returns the keys of a range in its order, from the ordered entries of an index. */
export const select = (
  types: ReadonlyArray<SqlType>,
  entries: ReadonlyArray<Entry>,
  range: IndexRange
): ReadonlyArray<string> => {
  const { after, limit, order } = range
  const { end, start } = ends(types, entries, range)
  const last = after === undefined ? undefined : entryOf(types, after.key, after.values)
  if (order === "ascending") {
    const from =
      last === undefined
        ? start
        : Math.max(
            start,
            countBefore(entries, (entry) => byEntry(entry, last) > 0)
          )
    return entries.slice(from, Math.min(end, from + limit)).map(({ key }) => key)
  }
  const to =
    last === undefined
      ? end
      : Math.min(
          end,
          countBefore(entries, (entry) => byEntry(entry, last) >= 0)
        )
  return entries
    .slice(Math.max(start, to - limit), Math.max(start, to))
    .toReversed()
    .map(({ key }) => key)
}
