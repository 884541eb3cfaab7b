/** Declares an aggregate: the one place where its events, state, commands, errors and invariants are written down. */
import { Schema } from "effect"
import * as DeclarationError from "./internal/work/DeclarationError.ts"

/**
 * Marks a declaration, so that the generator knows one however it is exported or installed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const TypeId = "~eventfold/Aggregate"

/**
 * Fields by name; schemas that need no services, since stored events must decode anywhere.
 *
 * @since 0.1.0
 * @category models
 */
export interface Fields {
  readonly [field: PropertyKey]: Schema.ConstraintCodec<unknown, unknown>
}

/**
 * What a command carries, which events it may lead to, which errors may refuse it, and which facts it is decided with.
 *
 * @since 0.1.0
 * @category models
 */
export interface CommandSpec<EventTag extends string, ErrorTag extends string, Fact extends string = string> {
  readonly payload: Fields
  readonly emits: ReadonlyArray<EventTag>
  readonly fails: ReadonlyArray<ErrorTag>
  readonly facts?: ReadonlyArray<Fact>
}

/**
 * Which events, errors and facts a command has.
 *
 * @since 0.1.0
 * @category models
 */
export interface Flow {
  readonly emits: ReadonlyArray<string>
  readonly fails: ReadonlyArray<string>
  readonly facts: ReadonlyArray<string>
}

type Tagged<Shapes extends Record<string, Fields>> = {
  readonly [Tag in keyof Shapes & string]: Schema.TaggedStruct<Tag, Shapes[Tag]>
}
/** Any of the values. From their fields: read off the schemas, they would take the compiler a third longer. */
type Decoded<Shapes extends Record<string, Fields>> = {
  readonly [Tag in keyof Shapes & string]: { readonly _tag: Tag } & Schema.Struct.Type<Shapes[Tag]>
}[keyof Shapes & string]
type Payloads<Commands extends Record<string, { readonly payload: Fields }>> = {
  readonly [Tag in keyof Commands & string]: Commands[Tag]["payload"]
}

/**
 * A declared aggregate: schemas by name, and which command may lead to what.
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
  /** Any of the events: members in the order of their names. */
  readonly event: Schema.Codec<Decoded<Events>, unknown>
  readonly commands: Tagged<Payloads<Commands>>
  /** Any of the commands: members in the order of their names. */
  readonly command: Schema.Codec<Decoded<Payloads<Commands>>, unknown>
  readonly errors: Tagged<Errors>
  /** What decisions may have to know from outside, by name. */
  readonly facts: Facts
  /** command → events, errors and facts, for the decider's types and for the catalog */
  readonly flow: { readonly [Tag in keyof Commands & string]: Flow }
  readonly invariants: { readonly [claim: string]: (state: State["Type"]) => boolean }
  /** Events and errors that random commands need not lead to, each with the reason. */
  readonly unreached: { readonly [tag: string]: string | undefined }
}

/**
 * Any aggregate where one is handed over. Of each event, command and error it asks no more than to be a schema: to hold all
 * that a codec is against each took the compiler half of its time for generated code.
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
  /** Events and errors that random commands need not lead to, each with the reason. */
  readonly unreached: { readonly [tag: string]: string | undefined }
}

/**
 * Any aggregate, as far as tools that know nothing of its types look at it.
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
 * An aggregate by the types that are generated for it, for code beside them: `AccountDeclaration` in `account.codec.ts`.
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

/** Members by name: the same declaration gives the same union, in whatever order it was written down. */
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
 * In a schema file, exported; `eventfold gen` makes typed events, the fold's and the decider's contract, a service and law
 * tests from it.
 *
 * **Details**
 *
 * - `id`: what tells instances apart, encoded as a string. The stream is `Name-id`.
 * - `state`, `initial`: what `apply` folds events into, and what it begins with.
 * - `events`, `commands`, `errors`: fields by name. A command says which events it `emits` and which errors it `fails` with.
 * - `facts`: what decisions need from outside (a rate, a quota, an id from elsewhere), by name. A command that is decided with
 *   some says so in its own `facts`. The generated service asks for them before it decides, once for each command; what must
 *   be known later has to be in the events.
 * - `invariants`: what must be true of every state that is reached, by the claim in words. `execute` refuses to store events
 *   that would break one, and the laws look for histories that do.
 *
 * - `unreached`: events and errors that random commands can't be expected to lead to, each with the reason. The law tests fail for all
 *   others that no random history reaches.
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
