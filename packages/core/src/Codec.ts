/** Codecs between decoded values and stored JSON, with compiled decoders installed only where they fit. */
import { Schema, SchemaAST, Version } from "effect"

/**
 * The shape of schemas as far as compiled decoders depend on it: node kinds, keys in order, encodings, numbers of checks.
 *
 * Compiled decoders find their nodes by place. Installed on a schema that has changed since, they can drop a stored field
 * without a word; so the shape is compared first (some microseconds an event, once).
 */
export const shape = (asts: ReadonlyArray<SchemaAST.AST>): string => {
  const numbers = new Map<SchemaAST.AST, number>()
  const inner = (ast: SchemaAST.AST): ReadonlyArray<string> => {
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
      case "Suspend":
        return [visit(ast.thunk())]
      default:
        return []
    }
  }
  const visit = (ast: SchemaAST.AST): string => {
    const known = numbers.get(ast)
    if (known !== undefined) return `#${known}`
    numbers.set(ast, numbers.size)
    const encoding = ast.encoding?.map((link) => `<${visit(link.to)}`).join("") ?? ""
    return `${ast._tag}${ast.checks === undefined ? "" : `!${ast.checks.length}`}(${inner(ast).join(",")})${encoding}`
  }
  return hash(asts.map(visit).join(";"))
}

/** What compiled decoders were made for: a shape, and the Effect whose internals they call. */
export const target = (asts: ReadonlyArray<SchemaAST.AST>): string => `${Version.getCurrentVersion()}-${shape(asts)}`

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

/** What the generator compiles, in the order in which it is installed: decoding and encoding of events, then of states. */
export const targets = (event: Schema.Top, state: Schema.Top): ReadonlyArray<SchemaAST.AST> => [
  event.ast,
  SchemaAST.flip(event.ast),
  state.ast,
  SchemaAST.flip(state.ast)
]

/** How an aggregate's events and states are stored. */
export interface Codec<Event, State> {
  readonly event: Schema.Codec<Event, Schema.Json>
  readonly state: Schema.Codec<State, Schema.Json>
  /** True if the compiled decoders are behind the schema: then the interpreter decodes, rightly but slower. */
  readonly stale: boolean
}

/** Exact both ways: a schema that has gained or lost a field is as stale as one that changed a type. */
type Tied<Declared, Generated> = [Declared] extends [Generated]
  ? [Generated] extends [Declared]
    ? Schema.Codec<Generated, unknown>
    : Stale<Generated>
  : Stale<Generated>
interface Stale<Generated> extends Schema.Codec<Generated, unknown> {
  readonly "the schema has changed since the code was generated: run `eventfold gen`": never
}

/**
 * Ties generated interfaces to the declared schemas, and installs compiled decoders where they fit.
 *
 * **When to use**
 *
 * Generated code calls it: `Codec.make<AccountEvent, AccountState>()({ … })`. A schema that has changed without `eventfold gen`
 * is a type error there that says so.
 */
export const make =
  <Event, State>() =>
  <DeclaredEvent extends Schema.Top, DeclaredState extends Schema.Top>(options: {
    readonly event: DeclaredEvent & Tied<DeclaredEvent["Type"], Event>
    readonly state: DeclaredState & Tied<DeclaredState["Type"], State>
    /** Installs the compiled decoders on these nodes. */
    readonly compiled: (asts: ReadonlyArray<SchemaAST.AST>) => void
    /** The `target` that they were compiled for. */
    readonly target: string
  }): Codec<Event, State> => {
    const event = Schema.toCodecJson<Schema.Codec<Event, unknown>>(options.event)
    const state = Schema.toCodecJson<Schema.Codec<State, unknown>>(options.state)
    const asts = targets(event, state)
    const stale = target(asts) !== options.target
    if (!stale) options.compiled(asts)
    return { event, state, stale }
  }
