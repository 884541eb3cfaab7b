/**
 * Plans of compiled codecs: data from which the generator writes code, and with which an app checks
 * that the code was written for its schema.
 *
 * A plan covers everything that is pure and completely known: structs, arrays, records, unions,
 * recursion, checks, and Effect's own transformations. Effect interprets all other parts of a
 * schema, such as custom transformations.
 */
import { SchemaAST } from "effect"
import { minimal } from "../internal/codec/MinimalPlan.ts"
import { literalText, Planner, Unplanned } from "../internal/codec/Planner.ts"
import type { Node, Other, Planned } from "../internal/codec/PlanShape.ts"

export type {
  Check,
  CheckSite,
  Checked,
  Field,
  Kind,
  Node,
  Other,
  Part,
  Plan,
  Planned
} from "../internal/codec/PlanShape.ts"
export type { Transform } from "../internal/codec/Transforms.ts"

/**
 * Part of each target: a new edition of plans, leaves or generated code makes earlier code stale.
 *
 * @internal
 */
export const edition = 1

/**
 * Returns whether a field of all members distinguishes them: a member that fits is then the only
 * one.
 */
const isTagged = ({ checks, encodingChecks, types }: SchemaAST.Union): boolean => {
  if (checks !== undefined || encodingChecks !== undefined) return false
  const tagsOf = (type: SchemaAST.AST) =>
    type._tag !== "Objects" || type.encoding !== undefined
      ? []
      : type.propertySignatures.flatMap((property) =>
          typeof property.name === "string" &&
          property.name !== "__proto__" &&
          property.type._tag === "Literal" &&
          property.type.encoding === undefined &&
          !SchemaAST.isOptional(property.type)
            ? [{ name: property.name, literal: literalText(property.type.literal) }]
            : []
        )
  const all = types.map(tagsOf)
  return (all[0] ?? []).some(({ name }) => {
    const literals = all.map((tags) => tags.find((tag) => tag.name === name)?.literal)
    return !literals.includes(undefined) && new Set(literals).size === literals.length
  })
}

const other = (member: number | undefined, { message, path }: Unplanned): Other => ({
  member,
  path: path.length > 8 ? `${path.slice(0, 8).join(".")}.…` : path.join("."),
  why: message
})

/**
 * Makes the plan of a schema, and its checks; members of a tagged union are planned one by one.
 *
 * @internal
 */
export const make = (ast: SchemaAST.AST): Planned => {
  const planner = new Planner()
  const planned = (root: Node, others: ReadonlyArray<Other>): Planned => {
    const { checks, parts, root: first } = minimal({ parts: planner.parts, root, checks: planner.checks })
    return { plan: { parts, root: first, others }, checks }
  }
  const left = (others: ReadonlyArray<Other>): Planned => ({ plan: { parts: [], root: undefined, others }, checks: [] })
  if (ast._tag !== "Union" || ast.encoding !== undefined || !isTagged(ast)) {
    const root = planner.within(() => planner.node(ast))
    return root instanceof Unplanned ? left([other(undefined, root)]) : planned(root, [])
  }
  const members: Array<Node> = []
  const others: Array<Other> = []
  for (const [place, type] of ast.types.entries()) {
    const node = planner.within(() => planner.node(type))
    if (node instanceof Unplanned) others.push(other(place, node))
    else members.push(node)
  }
  if (members.length === 0) return left(others)
  const root = planner.parts.push({ is: "union", members, before: [], after: [] }) - 1
  return planned({ is: "part", part: root }, others)
}

/**
 * Makes the plans of several schemas; one whose stored form is the value itself is planned once for
 * both directions.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { CodecPlan } from "eventfold/generated"
 *
 * const [plan] = CodecPlan.makeAll([Schema.Struct({ owner: Schema.String }).ast])
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeAll = (asts: ReadonlyArray<SchemaAST.AST>): ReadonlyArray<Planned> => {
  const known = new Map<SchemaAST.AST, Planned>()
  return asts.map((ast) => {
    const planned = known.get(ast) ?? make(ast)
    known.set(ast, planned)
    return planned
  })
}
