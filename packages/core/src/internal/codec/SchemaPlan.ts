/** Plans the compiled codecs of whole schemas. */
import { SchemaAST } from "effect"
import { minimal } from "./MinimalPlan.ts"
import { literalText, Planner, Unplanned } from "./Planner.ts"
import type { Node, Other, Plan } from "./PlanShape.ts"

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
 */
export const make = (ast: SchemaAST.AST): Plan => {
  const planner = new Planner()
  if (ast._tag !== "Union" || ast.encoding !== undefined || !isTagged(ast)) {
    const node = planner.within(() => planner.node(ast))
    if (node instanceof Unplanned) return { parts: [], root: undefined, others: [other(undefined, node)], checks: [] }
    const { checks, parts, root } = minimal({ parts: planner.parts, root: node, checks: planner.checks })
    return { parts, root, others: [], checks }
  }
  return makeMembers(ast, planner)
}

/**
 * Makes the plan of the members of a union, which are decoded one by one. A member that cannot be
 * compiled is left to Effect.
 */
export const makeMembers = ({ types }: SchemaAST.Union, planner = new Planner()): Plan => {
  const members: Array<Node> = []
  const others: Array<Other> = []
  for (const [place, type] of types.entries()) {
    const node = planner.within(() => planner.node(type))
    if (node instanceof Unplanned) others.push(other(place, node))
    else members.push(node)
  }
  if (members.length === 0) return { parts: [], root: undefined, others, checks: [] }
  const part = planner.parts.push({ is: "union", members, before: [], after: [] }) - 1
  const { checks, parts, root } = minimal({ parts: planner.parts, root: { is: "part", part }, checks: planner.checks })
  return { parts, root, others, checks }
}
