/** What is asked of a declared index, checked and brought into the form in which values are stored. */
import { Result, Schema } from "effect"
import { EventStoreError } from "../../EventStoreError.ts"
import type { IndexRange, Where } from "../../store/ProjectionStore.ts"
import * as StoredForm from "../../generated/StoredForm.ts"
import * as StoredJson from "../../store/StoredJson.ts"
import type { SqlType, Table } from "../../store/Table.ts"
import * as RowOrder from "../codec/RowOrder.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"

type Value = Schema.Json | undefined

/** Options as a caller without types may give them. */
type Options = { readonly [option: string]: unknown }

export interface RowQuery {
  readonly index: string
  readonly fields: ReadonlyArray<string>
  readonly types: ReadonlyArray<SqlType>
  /** The values of all fields, as a lookup takes them. */
  readonly values: (values: ReadonlyArray<unknown>) => Result.Result<ReadonlyArray<Value>, EventStoreError>
  /** The same, by the names of the fields. */
  readonly where: (values: ReadonlyArray<unknown>) => Result.Result<Where, EventStoreError>
  /** The range whose page is asked for. */
  readonly page: (options: unknown) => Result.Result<IndexRange, EventStoreError>
  /** The range whose rows are counted. */
  readonly count: (options: unknown) => Result.Result<IndexRange, EventStoreError>
  /** What a page that ends with this row gives as `next`. */
  readonly next: (key: string, values: ReadonlyArray<Value>) => string
}

const lowerBounds = { atLeast: true, above: false } as const
const upperBounds = { atMost: true, below: false } as const
const rangeOptions = ["equals", ...Object.keys(lowerBounds), ...Object.keys(upperBounds)]
const pageOptions = [...rangeOptions, "order", "limit", "after"]

const most = 10_000

const shown = (value: unknown): string => {
  if (typeof value === "bigint") return `${value}n`
  return typeof value === "string" ? JSON.stringify(value) : String(value)
}

const listed = (names: ReadonlyArray<string>): string => names.join(", ")

export const make = (options: {
  readonly projection: string
  readonly index: string
  readonly fields: ReadonlyArray<string>
  readonly schemas: { readonly [field: string]: Schema.Codec<unknown, unknown> }
  readonly table: Table
}): RowQuery => {
  const { fields, index, projection, schemas, table } = options
  const types = RowOrder.typesOf(table, fields)
  /** Columns with an order, in which a value may be absent. */
  const isNullable = fields.map((field, i) => {
    const column = table.columns.find((one) => one.field === field)
    return RowOrder.isOrdered(types[i]!) && column?.nullable === true
  })
  const codecs = fields.map((field) => {
    const schema = schemas[field]
    if (schema === undefined) throw new Error(`an index has the field ${JSON.stringify(field)}, which has no schema`)
    return SafeCodec.encodeUnknownResult(StoredForm.codec(schema))
  })

  const refuse = (method: string, problem: string) =>
    Result.fail(EventStoreError.invalidRequest(`${projection}.${index}${method}`, problem))
  const encode = (method: string, i: number, value: unknown, what = ""): Result.Result<Value, EventStoreError> => {
    if (value === undefined) return Result.succeed(undefined)
    const encoded = codecs[i]!(value)
    if (Result.isSuccess(encoded)) return Result.succeed(encoded.success as Schema.Json)
    const problem = `${what}${shown(value)} is no value of the field ${fields[i]!}: ${encoded.failure.message}`
    return refuse(method, problem)
  }
  const encodeAll = (method: string, given: ReadonlyArray<unknown>) => {
    const encoded: Array<Value> = []
    for (const [i, value] of given.entries()) {
      const one = encode(method, i, value)
      if (Result.isFailure(one)) return Result.fail(one.failure)
      encoded.push(one.success)
    }
    return Result.succeed(encoded)
  }
  const values: RowQuery["values"] = (given) =>
    given.length > fields.length
      ? refuse("", `it takes ${fields.length} values, for ${listed(fields)}, and was given ${given.length}`)
      : encodeAll(
          "",
          fields.map((_, i) => given[i])
        )

  const equalsOf = (method: string, equals: unknown): Result.Result<ReadonlyArray<Value>, EventStoreError> => {
    if (equals === undefined) return Result.succeed([])
    if (!Array.isArray(equals) || equals.length > fields.length) {
      const problem = `equals is ${shown(equals)}: give an array of values for the first of ${listed(fields)}, in that order`
      return refuse(method, problem)
    }
    // In a column an absent value is null, and the two are equal.
    const isAbsent = (value: unknown, i: number) => value === null && isNullable[i] === true
    const encoded = encodeAll(
      method,
      equals.map((value: unknown, i) => (isAbsent(value, i) ? undefined : value))
    )
    if (Result.isFailure(encoded)) return encoded
    const wrong = encoded.success.findIndex((value, i) => value != null && !RowOrder.isOf(types[i]!, value))
    return wrong < 0
      ? encoded
      : refuse(method, `${shown(equals[wrong])} is no value that the field ${fields[wrong]!} can have in a table`)
  }

  const boundOf = (
    method: string,
    options: Options,
    at: number,
    bounds: { readonly [name: string]: boolean }
  ): Result.Result<IndexRange["lower"], EventStoreError> => {
    const given = Object.keys(bounds).filter((name) => options[name] !== undefined)
    const [name] = given
    if (name === undefined) return Result.succeed(undefined)
    if (given.length > 1) return refuse(method, `it has both ${given.join(" and ")}: leave one of them out`)
    const field = fields[at]
    if (field === undefined) {
      return refuse(
        method,
        `${name} is given, and equals has a value for each of ${listed(fields)}: leave out ${name}, or the last value of equals`
      )
    }
    if (options[name] === null) {
      const absent = `equals: [${fields
        .slice(0, at)
        .map((one) => `${one}, `)
        .join("")}null]`
      return refuse(
        method,
        `${name} is null, and a field that is null or absent is in no range: ask for those rows with ${absent}`
      )
    }
    const value = encode(method, at, options[name], `${name} `)
    if (Result.isFailure(value)) return Result.fail(value.failure)
    return value.success === undefined || value.success === null || !RowOrder.isOf(types[at]!, value.success)
      ? refuse(method, `${name} is ${shown(options[name])}, which has no place among the values of the field ${field}`)
      : Result.succeed({ value: value.success, isInclusive: bounds[name]! })
  }

  /** What is fixed, and the bounds of the field after that. */
  const rangeOf = (method: string, known: ReadonlyArray<string>, given: unknown) => {
    if (given !== undefined && (typeof given !== "object" || given === null))
      return refuse(method, `the range is ${shown(given)}: give an object with some of ${listed(known)}`)
    const options: Options = given === undefined ? {} : { ...given }
    const unknown = Object.keys(options).find((name) => !known.includes(name))
    if (unknown !== undefined) return refuse(method, `there is no option ${unknown}: it takes ${listed(known)}`)
    const equals = equalsOf(method, options["equals"])
    if (Result.isFailure(equals)) return Result.fail(equals.failure)
    const at = equals.success.length
    const json = types.findLastIndex((type) => !RowOrder.isOrdered(type))
    if (json >= at) {
      return refuse(
        method,
        `the field ${fields[json]!} holds JSON, which has no order: give equals a value for each of ${listed(fields.slice(0, json + 1))}`
      )
    }
    const lower = boundOf(method, options, at, lowerBounds)
    if (Result.isFailure(lower)) return Result.fail(lower.failure)
    const upper = boundOf(method, options, at, upperBounds)
    if (Result.isFailure(upper)) return Result.fail(upper.failure)
    const [from, to] = [lower.success, upper.success]
    if (from !== undefined && to !== undefined && RowOrder.byValue(types[at]!, from.value, to.value) > 0) {
      const [low, high] = [options["atLeast"] ?? options["above"], options["atMost"] ?? options["below"]]
      return refuse(
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

  /** Whether a row with this value is within the bounds. */
  const isWithin = (at: number, value: Value, { lower, upper }: Pick<IndexRange, "lower" | "upper">): boolean => {
    if (lower === undefined && upper === undefined) return true
    if (value === null || value === undefined) return false
    const from = lower === undefined ? 1 : RowOrder.byValue(types[at]!, value, lower.value)
    const to = upper === undefined ? 1 : RowOrder.byValue(types[at]!, upper.value, value)
    return (
      (from > 0 || (from === 0 && lower?.isInclusive === true)) && (to > 0 || (to === 0 && upper?.isInclusive === true))
    )
  }

  const afterOf = (
    { equals, ...bounds }: Pick<IndexRange, "equals" | "lower" | "upper">,
    given: unknown
  ): Result.Result<IndexRange["after"], EventStoreError> => {
    if (given === undefined) return Result.succeed(undefined)
    const place = placeOf(given)
    const [of, key] = [place[0], place.at(-1)]
    const values = place.slice(1, -1)
    const isOurs =
      of === index &&
      typeof key === "string" &&
      values.length === fields.length &&
      values.every((value, i) => value === null || isPlace(types[i]!, value)) &&
      equals.every((value, i) => RowOrder.byValue(types[i]!, value ?? undefined, values[i] ?? undefined) === 0) &&
      isWithin(equals.length, values[equals.length], bounds)
    return isOurs
      ? // JSON has no absent values, which a column of JSON tells from null.
        Result.succeed({ key, values: values.map((value, i) => (i < equals.length ? equals[i] : value)) })
      : refuse(".page", `after is ${shown(given)}, not what a page of this range gave as next`)
  }

  return {
    index,
    fields,
    types,
    values,
    where: (given) =>
      Result.map(values(given), (encoded) => Object.fromEntries(fields.map((field, i) => [field, encoded[i]]))),
    page: (given) =>
      Result.flatMap(rangeOf(".page", pageOptions, given), ({ options, range }) => {
        const { after, limit = 100, order = "ascending" } = options
        if (order !== "ascending" && order !== "descending")
          return refuse(".page", `order is ${shown(order)}: say "ascending" or "descending"`)
        if (typeof limit !== "number" || !Number.isSafeInteger(limit) || limit < 1 || limit > most)
          return refuse(".page", `limit ${shown(limit)} must be from 1 to 10,000`)
        return Result.map(afterOf(range, after), (place) => ({
          ...range,
          order,
          limit,
          ...(place === undefined ? {} : { after: place })
        }))
      }),
    count: (given) =>
      Result.map(rangeOf(".count", rangeOptions, given), ({ range }) => ({
        ...range,
        order: "ascending",
        limit: most
      })),
    next: (key, encoded) => JSON.stringify([index, ...fields.map((_, i) => encoded[i] ?? null), key])
  }
}

/** Whether a row can have the value. In memory it may have a text that no column holds. */
const isPlace = (type: SqlType, value: Value): boolean =>
  type === "text" ? typeof value === "string" : RowOrder.isOf(type, value)

/** What a page gave as `next`, taken apart; nothing where it is something else. */
const placeOf = (text: unknown): ReadonlyArray<Schema.Json> => {
  if (typeof text !== "string") return []
  try {
    const place: unknown = StoredJson.parse(text)
    return Array.isArray(place) ? place : []
  } catch {
    // It is no JSON, which the caller says of it.
    return []
  }
}
