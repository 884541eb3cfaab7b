/**
 * Codecs between decoded values and stored JSON, with compiled decoders installed only where they
 * fit.
 */
import { Schema, type SchemaAST } from "effect"
import * as StoredForm from "./StoredForm.ts"
import * as CodecPlan from "./CodecPlan.ts"

/** Returns whether a check refuses a value. */
type Refusal = (value: unknown) => boolean

/** Compiled code is for parsing without options. */
const noOptions: SchemaAST.ParseOptions = {}

const refusals = ({ checks }: CodecPlan.Plan): ReadonlyArray<Refusal> =>
  checks.map(
    ({ ast, check }): Refusal =>
      (value) =>
        Boolean(check.run(value, ast, noOptions))
  )

/**
 * Codecs of an aggregate's events and states.
 *
 * @since 0.1.0
 * @category models
 */
export interface Codec<Event, State> {
  /** Codecs between events and their stored data, by type; see `StoredForm.events`. */
  readonly events: ReadonlyMap<string, Schema.Codec<Event, Schema.Json>>
  readonly state: Schema.Codec<State, Schema.Json>
  /**
   * `true` if the compiled decoders do not fit the schema: the interpreter then decodes, correctly
   * but more slowly.
   */
  readonly stale: boolean
}

/**
 * Compares both ways: a schema with an additional or missing field is as stale as one with a
 * changed type.
 */
type Tied<Declared, Generated> = [Declared, KeyOf<Declared>] extends [Generated, KeyOf<Generated>]
  ? [Generated, KeyOf<Generated>] extends [Declared, KeyOf<Declared>]
    ? unknown
    : Stale
  : Stale
/**
 * Keys of any member of a union, as text. An optional field does not change the type, but its key
 * does. A record of strings has numbers among its keys, what is mapped from strings has not; and a
 * field may be written as 1 or as "1".
 */
type KeyOf<A> = A extends unknown ? (keyof A & string) | `${keyof A & number}` : never
interface Stale {
  readonly "the schema has changed since the code was generated: run `eventfold gen`": never
}

/**
 * Ties generated interfaces to the declared schemas, and installs compiled decoders if they fit.
 *
 * **When to use**
 *
 * Generated code calls it: `Codec.make<AccountEvent, AccountState>()({ … })`. A schema that has
 * changed without `eventfold gen` is a type error there.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Codec } from "eventfold/generated"
 *
 * interface Opened {
 *   readonly _tag: "Opened"
 *   readonly owner: string
 * }
 *
 * const OwnerCodec = Codec.make<Opened, { readonly owner: string }>()({
 *   event: Schema.TaggedStruct("Opened", { owner: Schema.String }),
 *   state: Schema.Struct({ owner: Schema.String }),
 *   compiled: () => undefined, // installs the compiled decoders
 *   target: "" // what they were compiled for
 * })
 * OwnerCodec.stale // true: the interpreter decodes
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make =
  <Event, State>() =>
  <DeclaredEvent extends Schema.Constraint, DeclaredState extends Schema.Constraint>(options: {
    readonly event: DeclaredEvent & Tied<DeclaredEvent["Type"], Event>
    readonly state: DeclaredState & Tied<DeclaredState["Type"], State>
    /** Installs the compiled decoders on these nodes, with these checks. */
    readonly compiled: (
      asts: ReadonlyArray<SchemaAST.AST>,
      checks: ReadonlyArray<ReadonlyArray<(value: unknown) => boolean>>
    ) => void
    /** The `target` of the plan that the decoders were compiled from. */
    readonly target: string
  }): Codec<Event, State> => {
    // `Tied` has checked that these are the types; comparing schemas with schemas took twice the
    // time.
    const events = StoredForm.events(options.event as Schema.Constraint as Schema.Codec<Event, unknown>)
    const state = StoredForm.codec(options.state as Schema.Constraint as Schema.Codec<State, unknown>)
    const { asts, plans, target } = CodecPlan.make(events, state)
    const stale = target !== options.target
    if (!stale) options.compiled(asts, plans.map(refusals))
    return { events, state, stale }
  }
