/** Declarations of aggregates: events, state, commands, errors and invariants in one place. */
import { Schema } from "effect"
import * as DeclarationError from "./internal/work/DeclarationError.ts"

/** Marks a declaration, so that the generator recognises it however it is exported or installed. */
const TypeId = "~eventfold/Aggregate"

/**
 * Fields by name. Their schemas need no services, because stored events must decode anywhere.
 */
interface Fields {
  readonly [field: PropertyKey]: Schema.ConstraintCodec<unknown, unknown>
}

/**
 * Declaration of a command: its payload, the events it may emit, the errors that may refuse it, and
 * the facts of its decision.
 */
interface CommandSpec<EventTag extends string, ErrorTag extends string, Fact extends string = string> {
  readonly payload: Fields
  readonly emits: ReadonlyArray<EventTag>
  readonly fails: ReadonlyArray<ErrorTag>
  readonly facts?: ReadonlyArray<Fact>
}

/**
 * Events, errors and facts of a command.
 */
interface Flow {
  readonly emits: ReadonlyArray<string>
  readonly fails: ReadonlyArray<string>
  readonly facts: ReadonlyArray<string>
}

type Tagged<Shapes extends Record<string, Fields>> = {
  readonly [Tag in keyof Shapes & string]: Schema.TaggedStruct<Tag, Shapes[Tag]>
}
/**
 * Union of the values, derived from their fields: deriving it from the schemas takes the compiler a
 * third longer.
 */
type Decoded<Shapes extends Record<string, Fields>> = {
  readonly [Tag in keyof Shapes & string]: { readonly _tag: Tag } & Schema.Struct.Type<Shapes[Tag]>
}[keyof Shapes & string]
type Payloads<Commands extends Record<string, { readonly payload: Fields }>> = {
  readonly [Tag in keyof Commands & string]: Commands[Tag]["payload"]
}

/**
 * A declared aggregate: schemas by name, and the flow of each command.
 *
 * @since 0.1.0
 * @category models
 */
export interface Aggregate<
  Name extends string,
  Id extends Schema.Codec<unknown, string>,
  State extends Schema.Codec<unknown, unknown>,
  Events extends Record<string, Fields>,
  Commands extends Record<string, CommandSpec<string, string>>,
  Errors extends Record<string, Fields>,
  Facts extends Fields = {}
> {
  readonly [TypeId]: typeof TypeId
  readonly name: Name
  readonly id: Id
  readonly state: State
  readonly initial: State["Type"]
  readonly events: Tagged<Events>
  /** Union of the events, in the order of their names. */
  readonly event: Schema.Codec<Decoded<Events>, unknown>
  readonly commands: Tagged<Payloads<Commands>>
  /** Union of the commands, in the order of their names. */
  readonly command: Schema.Codec<Decoded<Payloads<Commands>>, unknown>
  readonly errors: Tagged<Errors>
  /** Facts that decisions may need, by name. */
  readonly facts: Facts
  /** Events, errors and facts of each command, for the types of the decider and for the catalog. */
  readonly flow: { readonly [Tag in keyof Commands & string]: Flow }
  readonly invariants: { readonly [claim: string]: (state: State["Type"]) => boolean }
  /** Events and errors that random commands need not reach, each with the reason. */
  readonly unreached: { readonly [tag: string]: string | undefined }
}

/**
 * Any aggregate, as a parameter. Events, commands and errors only have to be schemas: comparing
 * each with a whole codec took the compiler half of its time for generated code.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reference {
  readonly [TypeId]: typeof TypeId
  readonly name: string
  readonly id: Schema.Codec<unknown, string>
  readonly state: Schema.Codec<unknown, unknown>
  readonly initial: unknown
  readonly events: { readonly [tag: string]: Schema.Constraint }
  readonly event: Schema.Codec<unknown, unknown>
  readonly commands: { readonly [tag: string]: Schema.Constraint }
  readonly command: Schema.Codec<unknown, unknown>
  readonly errors: { readonly [tag: string]: Schema.Constraint }
  readonly facts: { readonly [fact: string]: Schema.Codec<unknown, unknown> }
  readonly flow: { readonly [tag: string]: Flow }
  readonly invariants: { readonly [claim: string]: (state: never) => boolean }
  /** Events and errors that random commands need not reach, each with the reason. */
  readonly unreached: { readonly [tag: string]: string | undefined }
}

/**
 * Any aggregate, for tools that do not use its types.
 *
 * @since 0.1.0
 * @category models
 */
export interface Any extends Reference {
  readonly events: { readonly [tag: string]: Schema.Codec<unknown, unknown> }
  readonly commands: { readonly [tag: string]: Schema.Codec<unknown, unknown> }
  readonly errors: { readonly [tag: string]: Schema.Codec<unknown, unknown> }
}

/**
 * An aggregate with its generated types, for code beside them: `AccountDeclaration` in
 * `account.codec.ts`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Typed<Id, State, Event, Command> extends Reference {
  readonly id: Schema.Codec<Id, string>
  readonly initial: State
  readonly event: Schema.Codec<Event, unknown>
  readonly command: Schema.Codec<Command, unknown>
  readonly invariants: { readonly [claim: string]: (state: State) => boolean }
}

const tagged = <Shapes extends Record<string, Fields>>(shapes: Shapes): Tagged<Shapes> => {
  const structs: Record<string, unknown> = {}
  for (const tag of Object.keys(shapes)) structs[tag] = Schema.TaggedStruct(tag, shapes[tag]!)
  return structs as Tagged<Shapes>
}

/**
 * Builds a union of members in the order of their names, so that the order of a declaration has no
 * effect.
 */
const anyOf = <Member>(structs: { readonly [tag: string]: Schema.Codec<unknown, unknown> }) =>
  Schema.Union(
    Object.keys(structs)
      .sort((a, b) => (a < b ? -1 : 1))
      .map((tag) => structs[tag]!)
  ) as Schema.Codec<Member, unknown>

/**
 * Declares an aggregate.
 *
 * **When to use**
 *
 * In a schema file, exported; `eventfold gen` generates typed events, the contracts of the fold and
 * the decider, a service and law tests from it.
 *
 * **Details**
 *
 * - `id`: schema of the id of an instance, encoded as a string. The stream is `Name-id`.
 * - `state`, `initial`: the state into which `apply` folds events, and its first value.
 * - `events`, `commands`, `errors`: fields by name. A command lists the events it `emits` and the
 *   errors it `fails` with.
 * - `facts`: values that decisions need from outside (a rate, a quota, an id from another system),
 *   by name. A command lists its facts in its own `facts`. The generated service fetches them
 *   before the decision, once for each command; what must be known later has to be part of the
 *   events.
 * - `invariants`: conditions that every reachable state must meet, by a claim in plain language.
 *   `execute` refuses to store events that would break one, and the laws search for histories that
 *   do.
 * - `unreached`: events and errors that random commands cannot be expected to reach, each with the
 *   reason. The law tests fail for all others that no random history reaches.
 *
 * **Gotchas**
 *
 * Names of events and their fields are the storage format.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Aggregate } from "eventfold"
 *
 * export const Counter = Aggregate.make("Counter", {
 *   id: Schema.NonEmptyString,
 *   state: Schema.Struct({ count: Schema.Int }),
 *   initial: { count: 0 },
 *   events: { Counted: { by: Schema.Int } },
 *   errors: { TooMuch: { most: Schema.Int } },
 *   commands: { Count: { payload: { by: Schema.Int }, emits: ["Counted"], fails: ["TooMuch"] } },
 *   invariants: { "never below zero": (state) => state.count >= 0 }
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <
  const Name extends string,
  Id extends Schema.Codec<unknown, string>,
  State extends Schema.Codec<unknown, unknown>,
  Events extends Record<string, Fields>,
  Errors extends Record<string, Fields>,
  const Commands extends Record<
    string,
    CommandSpec<keyof Events & string, keyof Errors & string, keyof Facts & string>
  >,
  Facts extends Fields = {}
>(
  name: Name,
  spec: {
    readonly id: Id
    readonly state: State
    readonly initial: NoInfer<State["Type"]>
    readonly events: Events
    readonly errors: Errors
    readonly commands: Commands
    readonly facts?: Facts
    readonly invariants?: { readonly [claim: string]: (state: NoInfer<State["Type"]>) => boolean }
    readonly unreached?: { readonly [Tag in (keyof NoInfer<Events> | keyof NoInfer<Errors>) & string]?: string }
  }
): Aggregate<Name, Id, State, Events, Commands, Errors, Facts> => {
  DeclarationError.checkHead("Aggregate", name, spec)
  DeclarationError.checkRecords(name, spec, ["events", "errors", "commands"])
  const events = tagged(spec.events)
  const payloads: Record<string, Fields> = {}
  const flow: Record<string, Flow> = {}
  for (const [tag, { emits, facts = [], fails, payload }] of Object.entries(spec.commands)) {
    DeclarationError.checkList(`the command ${tag} of ${name}`, "emits", emits, '["SomeEvent"]')
    DeclarationError.checkList(`the command ${tag} of ${name}`, "fails", fails, '["SomeError"]')
    DeclarationError.checkList(`the command ${tag} of ${name}`, "facts", facts, '["someFact"]')
    DeclarationError.checkRecords(`the command ${tag} of ${name}`, { payload }, ["payload"])
    payloads[tag] = payload
    flow[tag] = { emits, fails, facts }
  }
  const commands = tagged(payloads as Payloads<Commands>)
  return {
    [TypeId]: TypeId,
    name,
    id: spec.id,
    state: spec.state,
    initial: spec.initial,
    events,
    event: anyOf(events),
    commands,
    command: anyOf(commands),
    errors: tagged(spec.errors),
    facts: spec.facts ?? ({} as Facts),
    flow: flow as Aggregate<Name, Id, State, Events, Commands, Errors>["flow"],
    invariants: spec.invariants ?? {},
    unreached: spec.unreached ?? {}
  }
}
