/** Checks of requests for rows and parked keys, and the pages of parked keys. */
import { Result } from "effect"
import { EventStoreError } from "../../EventStoreError.ts"
import { byBytes } from "../work/ByteOrder.ts"
import { isOrdered, typesOf } from "../codec/RowOrder.ts"
import type { Described, IndexRange, ParkedKey, Service } from "../../store/ProjectionStore.ts"
import { checkRowPage } from "./RequestChecks.ts"

const refuse = (operation: string, problem: string): EventStoreError =>
  EventStoreError.invalidRequest(`projections.${operation}`, problem)

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value)

/** Refuses to retry a key that is not parked. */
export const notParked = (name: string, key: string): EventStoreError =>
  refuse("retry", `no key ${shown(key)} of ${name} is parked`)

/** A parked key with the position of its first event: the next page of a list begins after it. */
type Cursor = Pick<ParkedKey, "key" | "position">

/**
 * Compares parked keys: by the positions of their first events, then by the keys, written as JSON.
 */
export const comesAfter = (one: Cursor, other: Cursor): boolean =>
  one.position === other.position
    ? byBytes(JSON.stringify(one.key), JSON.stringify(other.key)) > 0
    : one.position > other.position

/** Returns `next` of a page of parked keys. */
export const parkedNext = ({ key, position }: Cursor): string => `${position} ${key}`

/** Returns the place at which a page of parked keys begins, or the error of an invalid request. */
export const parkedAfter = ({
  after,
  limit = 100
}: NonNullable<Parameters<Service["parked"]>[1]>): Result.Result<Cursor | undefined, EventStoreError> => {
  const invalid = checkRowPage("projections.parked", { ...(after === undefined ? {} : { after }), limit })
  if (invalid !== undefined) return Result.fail(invalid)
  if (after === undefined) return Result.succeed(undefined)
  const [, position, key] = /^(\d+) ([^]*)$/.exec(after) ?? []
  return position === undefined || key === undefined
    ? Result.fail(refuse("parked", `after is ${shown(after)}, not what a page gave as next`))
    : Result.succeed({ position: Number(position), key })
}

/**
 * Returns the error of an invalid range of an index: rows are found only by declared indexes, and
 * JSON has no order.
 */
export const checkRange = (
  { name, table }: Described,
  { equals, fields, limit }: IndexRange
): EventStoreError | undefined => {
  const columns = fields.map((field) => table.columns.find((column) => column.field === field)?.name)
  const isIndexed = table.indexes.some((index) => index.columns.join("\n") === columns.join("\n"))
  if (columns.includes(undefined) || !isIndexed || columns.length === 0) {
    const wanted = fields.map((field) => JSON.stringify(field)).join(", ")
    return refuse(
      "range",
      `${name} has no index of [${wanted}]: declare one, indexes: { by…: [${wanted}] }, and run eventfold gen`
    )
  }
  const types = typesOf(table, fields)
  const json = types.findLastIndex((type) => !isOrdered(type))
  if (json >= equals.length) {
    return refuse(
      "range",
      `the field ${fields[json]!} of ${name} holds JSON, which has no order: give its value in equals`
    )
  }
  return checkRowPage("projections.range", { limit })
}
