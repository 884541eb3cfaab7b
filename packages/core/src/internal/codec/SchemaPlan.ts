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
  const planned = (root: Node, others: ReadonlyArray<Other>): Plan => {
    const { checks, parts, root: first } = minimal({ parts: planner.parts, root, checks: planner.checks })
    return { parts, root: first, others, checks }
  }
  const left = (others: ReadonlyArray<Other>): Plan => ({ parts: [], root: undefined, others, checks: [] })
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
 */
export const makeAll = (asts: ReadonlyArray<SchemaAST.AST>): ReadonlyArray<Plan> => {
  const known = new Map<SchemaAST.AST, Plan>()
  return asts.map((ast) => {
    const plan = known.get(ast) ?? make(ast)
    known.set(ast, plan)
    return plan
  })
}
