/** Codecs between decoded values and stored JSON, with compiled decoders installed only where they fit. */
import { Schema, SchemaAST, Version } from "effect"
import * as StoredForm from "./StoredForm.ts"
import * as CodecPlan from "./CodecPlan.ts"

/**
 * The shape of schemas as far as compiled decoders depend on it: node kinds, keys in order, encodings, numbers of checks.
 *
 * Compiled decoders find their nodes by place. Installed on a schema that has changed since, they can drop a stored field
 * without a word; so the shape is compared first (some microseconds an event, once).
 *
 * Nodes are told apart by what they are, not by identity: whether Effect derives a part of a schema once or twice hangs on what
 * was asked of that schema before. Recursion is followed once.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Codec } from "eventfold/generated"
 *
 * const text = Codec.shape([Schema.String.ast])
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const shape = (asts: ReadonlyArray<SchemaAST.AST>): string => {
  const ids = new Map<string, number>()
  const idOf = (text: string): number => {
    const known = ids.get(text)
    if (known !== undefined) return known
    ids.set(text, ids.size)
    return ids.size - 1
  }
  const pending = [...asts]
  const walk = (suspended: (ast: SchemaAST.AST) => string): ((ast: SchemaAST.AST) => number) => {
    const seen = new Map<SchemaAST.AST, number>()
    const visit = (ast: SchemaAST.AST): number => {
      const known = seen.get(ast)
      if (known !== undefined) return known
      const parts = ast._tag === "Suspend" ? suspended(ast.thunk()) : partsOf(ast, visit).join(",")
      const encoding = ast.encoding?.map((link) => `<${visit(link.to)}`).join("") ?? ""
      const id = idOf(`${ast._tag}${ast.checks === undefined ? "" : `!${ast.checks.length}`}(${parts})${encoding}`)
      seen.set(ast, id)
      return id
    }
    return visit
  }
  const cut = walk(() => "")
  const followed = new Set<number>()
  const whole = walk((ast) => {
    const id = cut(ast)
    if (!followed.has(id)) pending.push(ast)
    followed.add(id)
    return String(id)
  })
  const roots: Array<number> = []
  for (const ast of pending) roots.push(whole(ast))
  return hash(`${[...ids.keys()].join(";")} ${roots.join(",")}`)
}

const partsOf = (ast: SchemaAST.AST, visit: (ast: SchemaAST.AST) => number): ReadonlyArray<string | number> => {
  switch (ast._tag) {
    case "Objects":
      return [
        ...ast.propertySignatures.map(
          ({ name, type }) => `${JSON.stringify(String(name))}${SchemaAST.isOptional(type) ? "?" : ""}:${visit(type)}`
        ),
        ...ast.indexSignatures.map(({ parameter, type }) => `[${visit(parameter)}]:${visit(type)}`)
      ]
    case "Union":
      return ast.types.map(visit)
    case "Arrays":
      return [...ast.elements.map(visit), "…", ...ast.rest.map(visit)]
    case "Declaration":
      return ast.typeParameters.map(visit)
    case "Literal":
      return [`${typeof ast.literal} ${JSON.stringify(String(ast.literal))}`]
    default:
      return []
  }
}

/**
 * What compiled decoders were made for: a shape, what straight code has to do with it, and the Effect whose internals they call.
 *
 * Plans tell apart what has one shape: a transformation of Effect's, which code stands for, and another one in its place.
 *
 * @example
 * ```ts
 * import { Codec } from "eventfold/generated"
 *
 * const ast = Codec.target
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const target = (
  asts: ReadonlyArray<SchemaAST.AST>,
  plans: ReadonlyArray<CodecPlan.Planned> = CodecPlan.makeAll(asts)
): string => {
  const texts = new Map<CodecPlan.Planned, string>()
  for (const one of plans) {
    const { others, parts, root } = one.plan
    if (!texts.has(one)) texts.set(one, JSON.stringify([parts, root, others.map(({ member }) => member)]))
  }
  const code = plans.map((one) => texts.get(one))
  // What is the same both ways is said once.
  const brief = code.map((text, place) => (code.indexOf(text) < place ? code.indexOf(text) : text))
  return `${Version.getCurrentVersion()}-${shape(asts)}-${hash(`${CodecPlan.edition} ${brief.join(" ")}`)}`
}

/** FNV-1a, twice with different seeds: a fingerprint against accidents, not against attackers. */
const hash = (text: string): string => {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193)
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b)
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("")
}

/**
 * What the generator compiles, in the order in which it is installed: decoding and encoding of events, then of states.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Codec } from "eventfold/generated"
 *
 * const asts = Codec.targets(Schema.Struct({ _tag: Schema.tag("Opened") }), Schema.Struct({}))
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const targets = (event: Schema.Top, state: Schema.Top): ReadonlyArray<SchemaAST.AST> => [
  event.ast,
  SchemaAST.flip(event.ast),
  state.ast,
  SchemaAST.flip(state.ast)
]

/**
 * Whether a check refuses a value.
 *
 * @since 0.1.0
 * @category models
 */
export type Refusal = (value: unknown) => boolean

/** Without options, which are what straight code is for. */
const noOptions: SchemaAST.ParseOptions = {}

const refusals = ({ checks }: CodecPlan.Planned): ReadonlyArray<Refusal> =>
  checks.map(
    ({ ast, check }): Refusal =>
      (value) =>
        Boolean(check.run(value, ast, noOptions))
  )

/**
 * How an aggregate's events and states are stored.
 *
 * @since 0.1.0
 * @category models
 */
export interface Codec<Event, State> {
  readonly event: Schema.Codec<Event, Schema.Json>
  readonly state: Schema.Codec<State, Schema.Json>
  /** True if the compiled decoders are behind the schema: then the interpreter decodes, rightly but slower. */
  readonly stale: boolean
}

/** Exact both ways: a schema that has gained or lost a field is as stale as one that changed a type. */
type Tied<Declared, Generated> = [Declared, KeyOf<Declared>] extends [Generated, KeyOf<Generated>]
  ? [Generated, KeyOf<Generated>] extends [Declared, KeyOf<Declared>]
    ? unknown
    : Stale
  : Stale
/**
 * Of any member of a union, as texts. A field that is optional makes no other type of it, but has a name. What is written as a record of
 * strings has numbers among its keys, what is mapped from strings has not; and a field may be written as 1 or as "1".
 */
type KeyOf<A> = A extends unknown ? (keyof A & string) | `${keyof A & number}` : never
interface Stale {
  readonly "the schema has changed since the code was generated: run `eventfold gen`": never
}

/**
 * Ties generated interfaces to the declared schemas, and installs compiled decoders where they fit.
 *
 * **When to use**
 *
 * Generated code calls it: `Codec.make<AccountEvent, AccountState>()({ … })`. A schema that has changed without `eventfold gen`
 * is a type error there that says so.
 *
 * @example
 * ```ts
 * import { Codec } from "eventfold/generated"
 *
 * const make = Codec.make
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
    /** Installs the compiled decoders on these nodes; they call these checks. */
    readonly compiled: (asts: ReadonlyArray<SchemaAST.AST>, checks: ReadonlyArray<ReadonlyArray<Refusal>>) => void
    /** The `target` that they were compiled for. */
    readonly target: string
  }): Codec<Event, State> => {
    // That they are those of the types has just been checked, and cheaply: schemas held against schemas took twice the time.
    const event = StoredForm.codec(options.event as Schema.Constraint as Schema.Codec<Event, unknown>)
    const state = StoredForm.codec(options.state as Schema.Constraint as Schema.Codec<State, unknown>)
    const asts = targets(event, state)
    const plans = CodecPlan.makeAll(asts)
    const stale = target(asts, plans) !== options.target
    if (!stale) options.compiled(asts, plans.map(refusals))
    return { event, state, stale }
  }
