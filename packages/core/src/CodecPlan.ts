/**
 * What straight code for a schema has to do: data, from which the generator writes the code and by which an app knows whether
 * the code was written for the schema that it has.
 *
 * A plan covers what is known to be pure and known in full: structs, arrays, records, unions, recursion, checks, and Effect's
 * own transformations. Whatever else there is, such as a transformation of one's own, leaves its part of the schema to Effect.
 */
import { SchemaAST } from "effect"
import { minimal } from "./internal/MinimalPlan.ts"
import { literalText, Planner, Unplanned } from "./internal/Planner.ts"
import type { Transform } from "./internal/Transforms.ts"

/** A check that code spells out, or the place of one that is called: an entry of the list that the code is given. */
export type Check = "nonEmpty" | "int" | "finite" | "natural" | "digits" | number

/** What a value is, where that can be seen without a function of its own. */
export type Kind =
  | "string"
  | "number"
  | "boolean"
  | "bigint"
  | "null"
  | "undefined"
  | "any"
  | "json"
  | "date"
  | "dateTimeUtc"
  | "bigDecimal"
  | "duration"
  /** Anything but null and undefined: an empty struct. */
  | "present"
  /** A finite number, or the name of one that is not. */
  | "storedNumber"

export type Node =
  | { readonly is: Kind; readonly checks: ReadonlyArray<Check> }
  /** One of these literals, as JavaScript writes them. */
  | { readonly is: "literal"; readonly literals: ReadonlyArray<string>; readonly checks: ReadonlyArray<Check> }
  | { readonly is: "part"; readonly part: number }

export interface Field {
  readonly name: string
  readonly optional: boolean
  readonly node: Node
}

export interface Checked {
  /** Checks on what is given. */
  readonly before: ReadonlyArray<Check>
  /** Checks on what was made of it. */
  readonly after: ReadonlyArray<Check>
}

/** What has a function of its own. */
export type Part =
  | (Checked & {
      readonly is: "struct"
      readonly fields: ReadonlyArray<Field>
      /** Any other keys that fit, and their values. */
      readonly entries?: { readonly key: ReadonlyArray<Check>; readonly value: Node }
    })
  | (Checked & {
      readonly is: "list"
      readonly elements: ReadonlyArray<Omit<Field, "name">>
      readonly rest?: Node
    })
  | (Checked & { readonly is: "union"; readonly members: ReadonlyArray<Node> })
  | (Checked & { readonly is: "option"; readonly value: Node })
  | {
      readonly is: "encoded"
      readonly from: Node
      readonly steps: ReadonlyArray<{ readonly by: Transform; readonly to: Node }>
    }

/** A member of the union that events or states are, or the whole, that is left to Effect. */
export interface Other {
  /** Its place in the union; none for the whole. */
  readonly member: number | undefined
  /** Where in it is what straight code can't do, and what that is. */
  readonly path: string
  readonly why: string
}

export interface Plan {
  readonly parts: ReadonlyArray<Part>
  /** None where all is left to Effect. */
  readonly root: Node | undefined
  readonly others: ReadonlyArray<Other>
}

/** A check that is called, with the node that it stands on. */
export interface CheckSite {
  readonly ast: SchemaAST.AST
  readonly check: SchemaAST.Filter<unknown>
}

export interface Planned {
  readonly plan: Plan
  readonly checks: ReadonlyArray<CheckSite>
}

/** Part of each target: another edition of plans, leaves or generated code makes code of an earlier one stale. */
export const edition = 1

/** Whether a field that all members have tells them apart: then a member that fits is the only one that can. */
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

/** The plan of a schema, and the checks that its code is given; members of a tagged union are planned one by one. */
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

/** The plans of several schemas; one that is stored as it is has the same both ways, and is planned once. */
export const makeAll = (asts: ReadonlyArray<SchemaAST.AST>): ReadonlyArray<Planned> => {
  const known = new Map<SchemaAST.AST, Planned>()
  return asts.map((ast) => {
    const planned = known.get(ast) ?? make(ast)
    known.set(ast, planned)
    return planned
  })
}
