/**
 * Declarations of projections. A projection is a pure fold per key: (row or none, event) → row or
 * none.
 */
import type { DateTime, Schema } from "effect"
import * as Aggregate from "./Aggregate.ts"
import * as DeclarationError from "./internal/work/DeclarationError.ts"
import * as FailurePolicy from "./internal/work/FailurePolicy.ts"

export type { Lookup, Lookups, QueryError, RowPage, Rows } from "./Rows.ts"
export type { Column, Table } from "./store/Table.ts"

/** Marks a declaration, so that the generator recognises it however it is exported or installed. */
const TypeId = "~eventfold/Projection"

/**
 * An aggregate, and the events of it that a projection reads.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source {
  readonly aggregate: Aggregate.Any
  readonly events: ReadonlyArray<string>
}

/**
 * A declared projection.
 *
 * @since 0.1.0
 * @category models
 */
export interface Projection<
  Name extends string,
  Row extends Schema.Codec<unknown, unknown>,
  Key extends "streamId" | Schema.Codec<unknown, unknown>,
  Declared extends { readonly [index: string]: ReadonlyArray<string> } = {}
> {
  readonly [TypeId]: typeof TypeId
  readonly name: Name
  readonly from: ReadonlyArray<Source>
  /** Key of a row: the id of the one aggregate (`"streamId"`), or a value of this schema. */
  readonly key: Key
  readonly row: Row
  /** Fields of the row by which rows are found, besides the key. */
  readonly indexes: Declared
  /**
   * Policy for an event that cannot be folded into a row:
   *
   * - `"stop"`: the projection stops before the event, and its rows do not change.
   * - `"park"`: the event is parked for the row's key, with the error, together with every later
   *   event of that key; all other rows continue.
   */
  readonly onFailure: "stop" | "park"
}

/**
 * Any projection, for tools that do not use its types.
 *
 * @since 0.1.0
 * @category models
 */
export interface Any extends Projection<
  string,
  Schema.Codec<unknown, unknown>,
  "streamId" | Schema.Codec<unknown, unknown>,
  { readonly [index: string]: ReadonlyArray<string> }
> {}

/**
 * Selects events of an aggregate, for `from` of a projection.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Aggregate, Projection } from "eventfold"
 *
 * const Counter = Aggregate.make("Counter", {
 *   id: Schema.NonEmptyString,
 *   state: Schema.Struct({ count: Schema.Int }),
 *   initial: { count: 0 },
 *   events: { Counted: { by: Schema.Int }, Reset: {} },
 *   errors: {},
 *   commands: {}
 * })
 * Projection.events(Counter, "Reset").events // ["Reset"]
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const events = <A extends Aggregate.Reference>(
  aggregate: A,
  ...events: ReadonlyArray<keyof A["events"] & string>
): Source => ({ aggregate: whole(aggregate), events })

/** Returns the declaration of an aggregate: every aggregate is one. */
const whole = (aggregate: Aggregate.Reference) => aggregate as Aggregate.Any

/**
 * Declares a projection.
 *
 * **When to use**
 *
 * In a schema file, exported, beside the aggregates that it reads. `eventfold gen` generates its
 * row type, the contract of its handlers and a service for queries from it.
 *
 * **Details**
 *
 * - `from`: aggregates, of which it reads all events, or `Projection.events(Aggregate, "SomeEvent",
 *   …)`.
 * - `key`: `"streamId"` for one row for each instance of the one aggregate in `from`. A schema for
 *   one row for each of its values; a function for each aggregate, beside the handlers, then
 *   returns the keys of an event.
 * - `row`: schema of a row.
 * - `indexes`: fields of the row by which rows are found, besides the key. The service has a method
 *   for each index, with its name, which takes a value for each of its fields, in that order, and
 *   returns the matching rows; its `page` returns rows of a range in the order of the fields, and
 *   its `count` counts them.
 * - `onFailure`: policy for an event for which a handler throws. With `"stop"`, the default, no row
 *   changes until the handler is fixed. With `"park"`, the event is parked, with the error and for
 *   the one key that failed, together with every later event of that key, so that their order is
 *   kept: `eventfold projections parked` lists them, `retry` folds them. All other rows continue.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Aggregate, Projection } from "eventfold"
 *
 * const Counter = Aggregate.make("Counter", {
 *   id: Schema.NonEmptyString,
 *   state: Schema.Struct({ count: Schema.Int }),
 *   initial: { count: 0 },
 *   events: { Counted: { by: Schema.Int } },
 *   errors: {},
 *   commands: {}
 * })
 *
 * export const Totals = Projection.make("Totals", {
 *   from: [Counter],
 *   key: "streamId",
 *   row: Schema.Struct({ total: Schema.Int, parity: Schema.Literals(["odd", "even"]) }),
 *   indexes: { byParity: ["parity"] }
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <
  const Name extends string,
  Row extends Schema.Codec<unknown, unknown>,
  const Key extends "streamId" | Schema.Codec<unknown, unknown>,
  const Declared extends { readonly [index: string]: ReadonlyArray<FieldOf<NoInfer<Row>["Type"]>> } = {}
>(
  name: Name,
  spec: {
    readonly from: ReadonlyArray<Aggregate.Reference | Source>
    readonly key: Key
    readonly row: Row
    readonly indexes?: Declared
    readonly onFailure?: "stop" | "park"
  }
): Projection<Name, Row, Key, Declared> => {
  DeclarationError.checkHead("Projection", name, spec)
  DeclarationError.checkList(name, "from", spec.from, "[SomeAggregate]")
  const missing: unknown = spec.from.findIndex((source: unknown) => typeof source !== "object" || source === null)
  if (missing !== -1) {
    throw new DeclarationError.DeclarationError(
      `${name} reads something that is no aggregate in \`from\`; look there for a name that is misspelt, or not exported where it is imported from`
    )
  }
  const onFailure: unknown = spec.onFailure ?? FailurePolicy.defaultName
  if (!FailurePolicy.isName(onFailure)) {
    const names = FailurePolicy.names.map((policy) => JSON.stringify(policy))
    throw new DeclarationError.DeclarationError(
      `${name} has ${JSON.stringify(onFailure)} as onFailure; write ${names.join(" or ")}`
    )
  }
  return {
    [TypeId]: TypeId,
    name,
    from: spec.from.map((source) =>
      "aggregate" in source ? source : { aggregate: whole(source), events: Object.keys(source.events).sort() }
    ),
    key: spec.key,
    row: spec.row,
    indexes: spec.indexes ?? ({} as Declared),
    onFailure
  }
}

type FieldOf<Row> = Row extends unknown ? keyof Row & string : never

/**
 * Place of an event, which a handler gets besides the event itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface Origin<Id> {
  /** Instance that the event belongs to. */
  readonly id: Id
  readonly version: number
  readonly position: number
  readonly occurredAt: DateTime.Utc
  readonly recordedAt: DateTime.Utc
}

/**
 * Result of a key function: the key of the event's row, several keys, or none.
 *
 * @since 0.1.0
 * @category models
 */
export type Keys<Key> = Key | ReadonlyArray<Key>

/**
 * Handlers of a projection: the keys of an event, and its effect on the row of each key.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bodies<Row, Event, Id, Key> {
  readonly keys: (event: Event, origin: Origin<Id>) => ReadonlyArray<Key>
  readonly project: (row: Row | undefined, event: Event, origin: Origin<Id>, key: Key) => Row | undefined
}

/**
 * Returns the keys of a key function as an array.
 *
 * @example
 * ```ts
 * import { Projection } from "eventfold"
 *
 * Projection.toKeys("Praha") // ["Praha"]
 * Projection.toKeys(["Praha", "Brno"]) // ["Praha", "Brno"]
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const toKeys = <Key>(keys: Keys<Key>): ReadonlyArray<Key> => (isArray(keys) ? keys : [keys])

const isArray = <Key>(keys: Keys<Key>): keys is ReadonlyArray<Key> => Array.isArray(keys)
