/**
 * Queries of a declared index: checks their options, and encodes their values to the stored form.
 */
import { Result, Schema } from "effect"
import { EventStoreError } from "../../EventStoreError.ts"
import * as StoredForm from "../../generated/StoredForm.ts"
import type { IndexRange, Service } from "../../store/ProjectionStore.ts"
import * as StoredJson from "../../store/StoredJson.ts"
import type { SqlType, Table } from "../../store/Table.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"
import * as RowOrder from "../codec/RowOrder.ts"

type Value = Schema.Json | undefined

/** Options, as a caller without types can pass them. */
type Options = { readonly [option: string]: unknown }

/** Options of a range, checked, and the range that they select. */
interface CheckedRange {
  readonly options: Options
  readonly range: Omit<IndexRange, "limit" | "order">
}

const lowerBounds = { atLeast: true, above: false } as const
const upperBounds = { atMost: true, below: false } as const
const rangeOptions = ["equals", ...Object.keys(lowerBounds), ...Object.keys(upperBounds)]
const pageOptions = [...rangeOptions, "order", "limit", "after"]

/** Maximum number of rows in a page. */
const maxLimit = 10_000

const shown = (value: unknown): string => {
  if (typeof value === "bigint") return `${value}n`
  return typeof value === "string" ? JSON.stringify(value) : String(value)
}

const listed = (names: ReadonlyArray<string>): string => names.join(", ")

interface Declared {
  readonly projection: string
  readonly index: string
  readonly fields: ReadonlyArray<string>
  readonly schemas: { readonly [field: string]: Schema.Codec<unknown, unknown> }
  readonly table: Table
}

export class RowQuery {
  readonly index: string
  readonly fields: ReadonlyArray<string>
  readonly types: ReadonlyArray<SqlType>
  readonly #projection: string
  readonly #codecs: ReadonlyArray<(value: unknown) => Result.Result<unknown, Schema.SchemaError>>
  /** `true` for fields whose column has an order and can hold null. */
  readonly #isNullable: ReadonlyArray<boolean>

  constructor({ fields, index, projection, schemas, table }: Declared) {
    this.fields = fields
    this.types = RowOrder.typesOf(table, fields)
    this.#projection = projection
    this.index = index
    this.#isNullable = fields.map((field, i) => {
      const column = table.columns.find((one) => one.field === field)
      return RowOrder.isOrdered(this.types[i]!) && column?.nullable === true
    })
    this.#codecs = fields.map((field) => {
      const schema = schemas[field]
      if (schema === undefined) throw new Error(`an index has the field ${JSON.stringify(field)}, which has no schema`)
      return SafeCodec.encodeUnknownResult(StoredForm.codec(schema))
    })
  }

  /** Encodes the values of all fields of a lookup. */
  values(values: ReadonlyArray<unknown>): Result.Result<ReadonlyArray<Value>, EventStoreError> {
    const { fields } = this
    return values.length > fields.length
      ? this.#refuse("", `it takes ${fields.length} values, for ${listed(fields)}, and was given ${values.length}`)
      : this.#encodeAll(
          "",
          fields.map((_, i) => values[i])
        )
  }

  /** Encodes the values of all fields of a lookup, by the names of the fields. */
  where(values: ReadonlyArray<unknown>): Result.Result<Parameters<Service["find"]>[1], EventStoreError> {
    return Result.map(this.values(values), (encoded) =>
      Object.fromEntries(this.fields.map((field, i) => [field, encoded[i]]))
    )
  }

  /** Checks the options of a page, and returns its range. */
  page(given: unknown): Result.Result<IndexRange, EventStoreError> {
    return Result.flatMap(this.#range(".page", pageOptions, given), ({ options, range }) => {
      const { after, limit = 100, order = "ascending" } = options
      if (order !== "ascending" && order !== "descending")
        return this.#refuse(".page", `order is ${shown(order)}: say "ascending" or "descending"`)
      if (typeof limit !== "number" || !Number.isSafeInteger(limit) || limit < 1 || limit > maxLimit)
        return this.#refuse(".page", `limit ${shown(limit)} must be from 1 to 10,000`)
      return Result.map(this.#after(range, after), (last) => ({
        ...range,
        order,
        limit,
        ...(last === undefined ? {} : { after: last })
      }))
    })
  }

  /** Checks the options of a count, and returns its range. */
  count(given: unknown): Result.Result<IndexRange, EventStoreError> {
    return Result.map(this.#range(".count", rangeOptions, given), ({ range }) => ({
      ...range,
      order: "ascending",
      limit: maxLimit
    }))
  }

  /** Makes the `next` of a page that ends with this row. */
  next(key: string, encoded: ReadonlyArray<Value>): string {
    return JSON.stringify([this.index, ...this.fields.map((_, i) => encoded[i] ?? null), key])
  }

  #refuse(method: string, problem: string): Result.Result<never, EventStoreError> {
    return Result.fail(EventStoreError.invalidRequest(`${this.#projection}.${this.index}${method}`, problem))
  }

  #encode(method: string, i: number, value: unknown, prefix = ""): Result.Result<Value, EventStoreError> {
    if (value === undefined) return Result.succeed(undefined)
    const encoded = this.#codecs[i]!(value)
    if (Result.isSuccess(encoded)) return Result.succeed(encoded.success as Schema.Json)
    const problem = `${prefix}${shown(value)} is no value of the field ${this.fields[i]!}: ${encoded.failure.message}`
    return this.#refuse(method, problem)
  }

  #encodeAll(method: string, values: ReadonlyArray<unknown>): Result.Result<ReadonlyArray<Value>, EventStoreError> {
    const encoded: Array<Value> = []
    for (const [i, value] of values.entries()) {
      const one = this.#encode(method, i, value)
      if (Result.isFailure(one)) return Result.fail(one.failure)
      encoded.push(one.success)
    }
    return Result.succeed(encoded)
  }

  #equals(method: string, equals: unknown): Result.Result<ReadonlyArray<Value>, EventStoreError> {
    const { fields, types } = this
    if (equals === undefined) return Result.succeed([])
    if (!Array.isArray(equals) || equals.length > fields.length) {
      const problem = `equals is ${shown(equals)}: give an array of values for the first of ${listed(fields)}, in that order`
      return this.#refuse(method, problem)
    }
    // In a column, an absent value is stored as null, so the two are equal.
    const isAbsent = (value: unknown, i: number) => value === null && this.#isNullable[i] === true
    const encoded = this.#encodeAll(
      method,
      equals.map((value: unknown, i) => (isAbsent(value, i) ? undefined : value))
    )
    if (Result.isFailure(encoded)) return encoded
    const wrong = encoded.success.findIndex((value, i) => value != null && !RowOrder.isOf(types[i]!, value))
    return wrong < 0
      ? encoded
      : this.#refuse(method, `${shown(equals[wrong])} is no value that the field ${fields[wrong]!} can have in a table`)
  }

  #bound(
    method: string,
    options: Options,
    at: number,
    bounds: { readonly [name: string]: boolean }
  ): Result.Result<IndexRange["lower"], EventStoreError> {
    const { fields, types } = this
    const given = Object.keys(bounds).filter((name) => options[name] !== undefined)
    const [name] = given
    if (name === undefined) return Result.succeed(undefined)
    if (given.length > 1) return this.#refuse(method, `it has both ${given.join(" and ")}: leave one of them out`)
    const field = fields[at]
    if (field === undefined) {
      return this.#refuse(
        method,
        `${name} is given, and equals has a value for each of ${listed(fields)}: leave out ${name}, or the last value of equals`
      )
    }
    if (options[name] === null) {
      const values = [...fields.slice(0, at), "null"].join(", ")
      return this.#refuse(
        method,
        `${name} is null, and a field that is null or absent is in no range: ask for those rows with equals: [${values}]`
      )
    }
    const value = this.#encode(method, at, options[name], `${name} `)
    if (Result.isFailure(value)) return Result.fail(value.failure)
    return value.success === undefined || value.success === null || !RowOrder.isOf(types[at]!, value.success)
      ? this.#refuse(
          method,
          `${name} is ${shown(options[name])}, which has no place among the values of the field ${field}`
        )
      : Result.succeed({ value: value.success, isInclusive: bounds[name]! })
  }

  /**
   * Checks the options that select a range: the values of the first fields, and the bounds of the
   * field after these.
   */
  #range(method: string, known: ReadonlyArray<string>, given: unknown): Result.Result<CheckedRange, EventStoreError> {
    const { fields, types } = this
    if (given !== undefined && (typeof given !== "object" || given === null))
      return this.#refuse(method, `the range is ${shown(given)}: give an object with some of ${listed(known)}`)
    const options: Options = given === undefined ? {} : { ...given }
    const unknown = Object.keys(options).find((name) => !known.includes(name))
    if (unknown !== undefined) return this.#refuse(method, `there is no option ${unknown}: it takes ${listed(known)}`)
    const equals = this.#equals(method, options["equals"])
    if (Result.isFailure(equals)) return Result.fail(equals.failure)
    const at = equals.success.length
    const json = types.findLastIndex((type) => !RowOrder.isOrdered(type))
    if (json >= at) {
      return this.#refuse(
        method,
        `the field ${fields[json]!} holds JSON, which has no order: give equals a value for each of ${listed(fields.slice(0, json + 1))}`
      )
    }
    const lower = this.#bound(method, options, at, lowerBounds)
    if (Result.isFailure(lower)) return Result.fail(lower.failure)
    const upper = this.#bound(method, options, at, upperBounds)
    if (Result.isFailure(upper)) return Result.fail(upper.failure)
    const [from, to] = [lower.success, upper.success]
    if (from !== undefined && to !== undefined && RowOrder.byValue(types[at]!, from.value, to.value) > 0) {
      const [low, high] = [options["atLeast"] ?? options["above"], options["atMost"] ?? options["below"]]
      return this.#refuse(
        method,
        `the range of ${fields[at]!} begins at ${shown(low)}, above its end, ${shown(high)}: exchange the two; for rows in falling order say order: "descending"`
      )
    }
    return Result.succeed({
      options,
      range: {
        fields,
        equals: equals.success,
        ...(from === undefined ? {} : { lower: from }),
        ...(to === undefined ? {} : { upper: to })
      }
    })
  }

  /** Decodes the `after` of a page, and checks that it lies in the range. */
  #after(range: CheckedRange["range"], given: unknown): Result.Result<IndexRange["after"], EventStoreError> {
    const { fields, types } = this
    if (given === undefined) return Result.succeed(undefined)
    const { equals } = range
    const parts = partsOf(given)
    const [index, key] = [parts[0], parts.at(-1)]
    const values = parts.slice(1, -1)
    const isOfRange =
      index === this.index &&
      typeof key === "string" &&
      values.length === fields.length &&
      values.every((value, i) => value === null || isStorable(types[i]!, value)) &&
      equals.every((value, i) => RowOrder.byValue(types[i]!, value ?? undefined, values[i] ?? undefined) === 0) &&
      this.#isWithin(equals.length, values[equals.length], range)
    return isOfRange
      ? // JSON has no absent value, but a JSON column distinguishes it from null.
        Result.succeed({ key, values: values.map((value, i) => (i < equals.length ? equals[i] : value)) })
      : this.#refuse(".page", `after is ${shown(given)}, not what a page of this range gave as next`)
  }

  /** Returns whether a row with this value is within the bounds. */
  #isWithin(at: number, value: Value, { lower, upper }: Pick<IndexRange, "lower" | "upper">): boolean {
    const type = this.types[at]!
    if (lower === undefined && upper === undefined) return true
    if (value === null || value === undefined) return false
    const from = lower === undefined ? 1 : RowOrder.byValue(type, value, lower.value)
    const to = upper === undefined ? 1 : RowOrder.byValue(type, upper.value, value)
    return (
      (from > 0 || (from === 0 && lower?.isInclusive === true)) && (to > 0 || (to === 0 && upper?.isInclusive === true))
    )
  }
}

/** Makes the queries of a declared index. */
export const make = (declared: Declared): RowQuery => new RowQuery(declared)

/**
 * Returns whether a row can have the value. In memory, it can have a text that no column can store.
 */
const isStorable = (type: SqlType, value: Value): boolean =>
  type === "text" ? typeof value === "string" : RowOrder.isOf(type, value)

/**
 * Parses the `next` of a page: the index, the values and the key. Returns an empty list for any
 * other text.
 */
const partsOf = (text: unknown): ReadonlyArray<Schema.Json> => {
  if (typeof text !== "string") return []
  try {
    const parts: unknown = StoredJson.parse(text)
    return Array.isArray(parts) ? parts : []
  } catch {
    // The caller reports that the text is no `next` of a page.
    return []
  }
}
