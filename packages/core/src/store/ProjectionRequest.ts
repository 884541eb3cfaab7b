/**
 * Requests that every store of rows refuses, and pages of parked keys.
 *
 * For authors of stores. An app gets the refusals as `InvalidRequest`.
 */
import { Result } from "effect"
import { EventStoreError } from "../EventStoreError.ts"
import { byBytes } from "../internal/work/ByteOrder.ts"
import { isOrdered, typesOf } from "../internal/codec/RowOrder.ts"
import type { Described, IndexRange, ParkedOptions } from "./ProjectionStore.ts"
import { checkRowPage } from "./StoreRequest.ts"
import { shellWord } from "../internal/work/ShellWord.ts"

const refuse = (operation: string, problem: string): EventStoreError =>
  EventStoreError.invalidRequest(`projections.${operation}`, problem)

const shown = (value: unknown): string => JSON.stringify(value) ?? String(value)

/**
 * Refuses a request for a projection that the store does not know.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * ProjectionRequest.noneSuch("pause", "Balances").message
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const noneSuch = (operation: string, name: string): EventStoreError =>
  refuse(operation, `there is no projection ${shown(name)} in this store`)

/**
 * Refuses to retry a key that is not parked.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * ProjectionRequest.notParked("Balances", "42").message
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const notParked = (name: string, key: string): EventStoreError =>
  refuse("retry", `no key ${shown(key)} of ${name} is parked`)

/**
 * Refuses to begin a rebuild or a rollback during a rebuild.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * ProjectionRequest.underWay("rebuild", "Balances").message
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const underWay = (operation: "rebuild" | "rollback", name: string): EventStoreError =>
  refuse(
    operation,
    `the rows of ${name} are being made anew already: wait until they are served, or give them up with: eventfold projections rebuild ${shellWord(name)} --cancel`
  )

/**
 * Refuses to rebuild with handlers that have never run.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * ProjectionRequest.noRelease("Balances", "a1b2", ["c3d4"]).message
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const noRelease = (name: string, fingerprint: string, known: ReadonlyArray<string>): EventStoreError =>
  refuse(
    "rebuild",
    `no program with handlers ${shown(fingerprint)} has ever kept rows of ${name}. Newest first, it has had: ${known.join(", ")}`
  )

/**
 * Refuses to roll back rows of an inline projection.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * ProjectionRequest.isInline("Balances").message
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const isInline = (name: string): EventStoreError =>
  refuse(
    "rollback",
    `the rows of ${name} are written with the events: have a projector keep them first, with: eventfold projections discharge ${shellWord(name)}`
  )

/**
 * Refuses to roll back if there are no previous rows.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * ProjectionRequest.noRowsBefore("Balances").message
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const noRowsBefore = (name: string): EventStoreError =>
  refuse(
    "rollback",
    `there are no rows of ${name} to go back to: those before a rebuild are kept until they are dropped`
  )

/**
 * Refuses rows of a projection with the same name in a different domain: a store finds rows by the
 * name of their projection.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * ProjectionRequest.othersName("Balances", "bank", "shop").message
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const othersName = (name: string, kept: string, declared: string): EventStoreError =>
  EventStoreError.storeRefused(
    `the rows of ${name} in this store are those of domain ${shown(kept)}, and this program has a projection of that name in domain ${shown(declared)}`,
    `Give one of the two another name. If that of ${shown(kept)} was moved, or is gone, remove its rows: eventfold projections remove ${shellWord(name)}`
  )

/**
 * Refuses to remove rows of an inline projection while programs write them.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * ProjectionRequest.removesInline("Balances").message
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const removesInline = (name: string): EventStoreError =>
  refuse(
    "remove",
    `the rows of ${name} are written with the events: end the programs that do so, and have a projector keep them first, with: eventfold projections discharge ${shellWord(name)}`
  )

/**
 * A place in a list of parked keys: after the key whose first event is there.
 *
 * @since 0.1.0
 * @category models
 */
export interface ParkedPlace {
  readonly position: number
  readonly key: string
}

/**
 * Compares parked keys: by the positions of their first events, then by the keys, written as JSON.
 *
 * @internal
 */
export const comesAfter = (one: ParkedPlace, other: ParkedPlace): boolean =>
  one.position === other.position
    ? byBytes(JSON.stringify(one.key), JSON.stringify(other.key)) > 0
    : one.position > other.position

/**
 * Returns `next` of a page of parked keys.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * ProjectionRequest.parkedNext({ position: 7, key: "42" }) // 7 42
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const parkedNext = ({ key, position }: ParkedPlace): string => `${position} ${key}`

/**
 * Returns the place at which a page of parked keys begins, or the error of an invalid request.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * ProjectionRequest.parkedAfter({ after: "7 42", limit: 10 }) // position 7, key 42
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const parkedAfter = ({
  after,
  limit = 100
}: ParkedOptions): Result.Result<ParkedPlace | undefined, EventStoreError> => {
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
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * const table = { domain: "bank", name: "balances", key: "text" as const, primaryKey: [], columns: [], indexes: [], constraints: [] }
 * const range = { fields: ["owner"], equals: [], limit: 10 }
 * ProjectionRequest.checkRange({ name: "Balances", fingerprint: "a1b2", table }, range)?.message // no such index
 * ```
 *
 * @since 0.1.0
 * @category accessors
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

/**
 * Refuses an append of events that a projection folds inline, by a program that does not run the projection.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * ProjectionRequest.notListed("Balances").message
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const notListed = (projection: string): EventStoreError =>
  EventStoreError.storeRefused(
    `the rows of ${projection} are written with the events, and this program doesn't know how`,
    `Put an InlineProjections.layer with it over the store that this program appends to, or have a projector keep its rows: eventfold projections discharge ${shellWord(projection)}`
  )

/**
 * Refuses an append by a program whose handlers no longer write the rows of a projection. `fingerprint` is that of the handlers
 * that write them now; `undefined` if the rows are no longer written with the events.
 *
 * @example
 * ```ts
 * import { ProjectionRequest } from "eventfold/store"
 *
 * const table = { domain: "bank", name: "balances", key: "text" as const, primaryKey: [], columns: [], indexes: [], constraints: [] }
 * ProjectionRequest.othersKeep({ name: "Balances", fingerprint: "a1b2", table }, "c3d4").message
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const othersKeep = ({ fingerprint: own, name }: Described, fingerprint: string | undefined): EventStoreError =>
  fingerprint === undefined
    ? EventStoreError.storeRefused(
        `the rows of ${name} are not written with the events any more, since this program was started`,
        "Start it anew: then they are again; or leave it out of InlineProjections.layer"
      )
    : EventStoreError.storeRefused(
        `the rows of ${name} are written by other handlers (${fingerprint}) by now than those of this program (${own})`,
        "Start the release that has those handlers"
      )
