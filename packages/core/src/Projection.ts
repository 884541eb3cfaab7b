/** A projection is a keyed pure fold, (row or none, event) → row or none. Here it is declared; `LiveProjection` runs it. */
import type { DateTime, Schema } from "effect"
import * as Aggregate from "./Aggregate.ts"
import * as DeclarationError from "./internal/work/DeclarationError.ts"
import * as FailurePolicy from "./internal/work/FailurePolicy.ts"

export type { Lookup, Lookups, Range, RangePageOptions, Rows } from "./Rows.ts"
export type { Column, Constraint, SqlType, Table } from "./store/Table.ts"

/**
 * Marks a declaration, so that the generator knows one however it is exported or installed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const TypeId = "~eventfold/Projection"

/**
 * An aggregate, and which of its events a projection listens to.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source {
  readonly aggregate: Aggregate.Any
  readonly events: ReadonlyArray<string>
}

/**
 * Fields of the row that rows are looked up by, by the name of the index.
 *
 * @since 0.1.0
 * @category models
 */
export interface Indexes<Field extends string = string> {
  readonly [index: string]: ReadonlyArray<Field>
}

/**
 * What becomes of an event that can't be folded into a row:
 *
 * - `"stop"`: the projection stops before it, with all rows as they are.
 * - `"park"`: the event is put aside for the row's key, with the error, and so is every later event of that key; all other rows go on.
 *
 * @since 0.1.0
 * @category models
 */
export type OnFailure = "stop" | "park"

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
  Declared extends Indexes = {}
> {
  readonly [TypeId]: typeof TypeId
  readonly name: Name
  readonly from: ReadonlyArray<Source>
  /** What a row is found by: the id of the one aggregate (`"streamId"`), or a value of this schema. */
  readonly key: Key
  readonly row: Row
  /** Fields of the row that rows are looked up by, besides the key. */
  readonly indexes: Declared
  /** What becomes of an event that can't be folded. */
  readonly onFailure: OnFailure
}

/**
 * Any projection, as far as tools that know nothing of its types look at it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Any extends Projection<
  string,
  Schema.Codec<unknown, unknown>,
  "streamId" | Schema.Codec<unknown, unknown>,
  Indexes
> {}

/**
 * Some of an aggregate's events, for a projection's `from`.
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

/** Every aggregate is one, as its declaration has made sure. */
const whole = (aggregate: Aggregate.Reference) => aggregate as Aggregate.Any

/**
 * Declares a projection.
 *
 * **When to use**
 *
 * In a schema file, exported, beside the aggregates that it reads. `eventfold gen` makes its row type, the handlers' contract
 * and a service for queries from it.
 *
 * **Details**
 *
 * - `from`: aggregates, all of whose events it listens to, or `Projection.events(Aggregate, "SomeEvent", …)`.
 * - `key`: `"streamId"` keeps one row for each instance of the one aggregate in `from`. A schema keeps one row for each of its
 *   values; which values an event belongs to is then said by a function for each aggregate, beside the handlers.
 * - `row`: what is kept.
 * - `indexes`: fields of the row that rows are looked up by, besides the key. The service has a method for each, of the index's
 *   name, which takes a value for each of its fields, in that order, and gives the rows that have them; its `page` gives rows of a range
 *   in the order of the fields, and its `count` counts them.
 * - `onFailure`: what becomes of an event that a handler throws for. `"stop"`, unless given, holds all rows up until the handler is
 *   mended. `"park"` puts the event aside, with the error and for the one key it failed for, and every later event of that key behind it,
 *   so that their order holds: `eventfold projections parked` lists them, `retry` folds them. All other rows go on.
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
  const Declared extends Indexes<FieldOf<NoInfer<Row>["Type"]>> = {}
>(
  name: Name,
  spec: {
    readonly from: ReadonlyArray<Aggregate.Reference | Source>
    readonly key: Key
    readonly row: Row
    readonly indexes?: Declared
    readonly onFailure?: OnFailure
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
 * Where an event stands: what a handler may know besides the event itself.
 *
 * @since 0.1.0
 * @category models
 */
export interface Origin<Id> {
  /** The instance that the event belongs to. */
  readonly id: Id
  readonly version: number
  readonly position: number
  readonly occurredAt: DateTime.Utc
  readonly recordedAt: DateTime.Utc
}

/**
 * What a key function may return: the key of the row that an event belongs to, or several, or none.
 *
 * @since 0.1.0
 * @category models
 */
export type Keys<Key> = Key | ReadonlyArray<Key>

/**
 * A projection with its bodies: which keys an event belongs to, and what it does to the row of each.
 *
 * @since 0.1.0
 * @category models
 */
export interface Projector<Row, Event, Id, Key> {
  readonly keys: (event: Event, origin: Origin<Id>) => ReadonlyArray<Key>
  readonly project: (row: Row | undefined, event: Event, origin: Origin<Id>, key: Key) => Row | undefined
}

/**
 * The keys that a key function names, as an array.
 *
 * @since 0.1.0
 * @category accessors
 */
export const toKeys = <Key>(keys: Keys<Key>): ReadonlyArray<Key> => (isArray(keys) ? keys : [keys])

const isArray = <Key>(keys: Keys<Key>): keys is ReadonlyArray<Key> => Array.isArray(keys)
