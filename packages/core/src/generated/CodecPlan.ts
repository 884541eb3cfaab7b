/**
 * Plans of compiled codecs: data from which the generator writes code, and with which an app checks
 * that the code was written for its schema.
 *
 * A plan covers everything that is pure and completely known: structs, arrays, records, unions,
 * recursion, checks, and Effect's own transformations. Effect interprets all other parts of a
 * schema, such as custom transformations.
 */
import { type Schema, SchemaAST, Version } from "effect"
import type { Plan } from "../internal/codec/PlanShape.ts"
import * as SchemaPlan from "../internal/codec/SchemaPlan.ts"

export type { Node, Part, Plan } from "../internal/codec/PlanShape.ts"

/**
 * Returns the shape of schemas on which compiled decoders depend: kinds of nodes, keys in order,
 * encodings, numbers of checks.
 *
 * Compiled decoders find their nodes by position. Installed on a schema that has changed, they
 * could silently drop a stored field; so the shape is compared first (some microseconds for an
 * event, once).
 *
 * Nodes are compared by content and not by identity: whether Effect derives a part of a schema once
 * or twice depends on earlier uses of the schema. Recursion is followed once.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { CodecPlan } from "eventfold/generated"
 *
 * const isSame = CodecPlan.shape([Schema.String.ast]) === CodecPlan.shape([Schema.Int.ast]) // false
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
 * Part of each target: a new edition of plans, leaves or generated code makes earlier code stale.
 */
const edition = 1

/**
 * Compares the plans, too: they distinguish schemas with one shape, such as two transformations of
 * which one is compiled.
 */
const targetOf = (shape: string, plans: ReadonlyArray<Plan>): string => {
  const texts = new Map<Plan, string>()
  for (const plan of plans) {
    const { others, parts, root } = plan
    if (!texts.has(plan)) texts.set(plan, JSON.stringify([parts, root, others.map(({ member }) => member)]))
  }
  const code = plans.map((plan) => texts.get(plan))
  // A part that is equal in both directions is hashed once.
  const brief = code.map((text, place) => (code.indexOf(text) < place ? code.indexOf(text) : text))
  return `${Version.getCurrentVersion()}-${shape}-${hash(`${edition} ${brief.join(" ")}`)}`
}

/**
 * Plans the codecs of an aggregate's events and states.
 *
 * **When to use**
 *
 * The generator writes code from it, and `Codec.make` compares its target with that of the code.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { CodecPlan, StoredForm } from "eventfold/generated"
 *
 * const Opened = Schema.TaggedStruct("Opened", { owner: Schema.String })
 * const { plans } = CodecPlan.make(StoredForm.events(Opened), Schema.Struct({ owner: Schema.String }))
 * plans.map(({ others }) => others.length) // [0, 0, 0, 0]: nothing is left to Effect
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  events: ReadonlyMap<string, Schema.Top>,
  state: Schema.Top
): {
  /**
   * Schemas that code decodes: stored events, events, stored states, states. The first two are
   * unions, whose members are decoded one by one.
   */
  readonly asts: readonly [
    storedEvents: SchemaAST.Union,
    events: SchemaAST.Union,
    storedState: SchemaAST.AST,
    state: SchemaAST.AST
  ]
  /** Plan of each of the schemas. */
  readonly plans: ReadonlyArray<Plan>
  /** The `shape` of the schemas. */
  readonly shape: string
  /**
   * Target of compiled code: the shape, the work of the code, and the version of Effect whose
   * internals it calls.
   */
  readonly target: string
} => {
  const types = Array.from(events.values(), ({ ast }) => ast)
  const stored = new SchemaAST.Union(types, undefined)
  const decoded = new SchemaAST.Union(types.map(SchemaAST.flip), undefined)
  const asts = [stored, decoded, state.ast, SchemaAST.flip(state.ast)] as const
  const storedState = SchemaPlan.make(state.ast)
  const plans = [
    SchemaPlan.makeMembers(stored),
    SchemaPlan.makeMembers(decoded),
    storedState,
    // States that are stored without a conversion have one plan for both directions.
    asts[3] === state.ast ? storedState : SchemaPlan.make(asts[3])
  ]
  const own = shape(asts)
  return { asts, plans, shape: own, target: targetOf(own, plans) }
}
