/**
 * Reduces a plan to one copy of each part, in the order of first use.
 *
 * How often Effect derives a part of a schema, and where a recursion closes, depends on earlier
 * uses of that schema. Compiled code and the shape that it fits have to be equal in all processes,
 * so parts are distinguished by what they do.
 */
import type { Check, CheckSite, Node, Part } from "./PlanShape.ts"

interface Parts {
  readonly parts: ReadonlyArray<Part>
  readonly root: Node
  readonly checks: ReadonlyArray<CheckSite>
}

/** New numbers for references to parts and checks. */
interface References {
  readonly part: (part: number) => number
  readonly check: (index: number) => number
}

const node = (one: Node, { check, part }: References): Node =>
  one.is === "part" ? { is: "part", part: part(one.part) } : { ...one, checks: checks(one.checks, check) }

const checks = (all: ReadonlyArray<Check>, check: References["check"]): ReadonlyArray<Check> =>
  all.map((one) => (typeof one === "number" ? check(one) : one))

/**
 * Returns the part with new references, which are numbered in the order in which values are read.
 */
const part = (one: Part, to: References): Part => {
  if (one.is === "encoded") {
    const from = node(one.from, to)
    return { ...one, from, steps: one.steps.map((step) => ({ by: step.by, to: node(step.to, to) })) }
  }
  const before = checks(one.before, to.check)
  const inside = contents(one, to)
  return { ...inside, before, after: checks(one.after, to.check) }
}

type Composite = Exclude<Part, { readonly is: "encoded" }>

const contents = (one: Composite, to: References): Composite => {
  switch (one.is) {
    case "struct": {
      const fields = one.fields.map((field) => ({ ...field, node: node(field.node, to) }))
      if (one.entries === undefined) return { ...one, fields }
      const key = checks(one.entries.key, to.check)
      return { ...one, fields, entries: { key, value: node(one.entries.value, to) } }
    }
    case "list": {
      const elements = one.elements.map((element) => ({ ...element, node: node(element.node, to) }))
      return one.rest === undefined ? { ...one, elements } : { ...one, elements, rest: node(one.rest, to) }
    }
    case "union":
      return { ...one, members: one.members.map((member) => node(member, to)) }
    case "option":
      return { ...one, value: node(one.value, to) }
  }
}

/** Numbers values in the order of their first use. */
class Numbers<A> {
  readonly all: Array<A> = []
  readonly #numbers = new Map<A, number>()

  of(one: A): number {
    const known = this.#numbers.get(one)
    if (known !== undefined) return known
    this.#numbers.set(one, this.all.length)
    return this.all.push(one) - 1
  }
}

/**
 * Returns, for each check, the first one with the same function on the same schema or a copy of it.
 */
const sameChecks = (sites: ReadonlyArray<CheckSite>): ReadonlyArray<number> =>
  sites.map(({ ast, check }) =>
    sites.findIndex(
      (site) => site.check === check && site.ast._tag === ast._tag && site.ast.annotations === ast.annotations
    )
  )

/**
 * Returns the class of each part: parts of one class do the same, including the parts that they
 * refer to.
 */
const classes = (parts: ReadonlyArray<Part>, check: References["check"]): ReadonlyArray<number> => {
  let found: ReadonlyArray<number> = parts.map(() => 0)
  for (let count = 1; ;) {
    const known = found
    const texts = new Numbers<string>()
    found = parts.map((one) => texts.of(JSON.stringify(part(one, { part: (index) => known[index] ?? -1, check }))))
    if (texts.all.length === count || texts.all.length === parts.length) return found
    count = texts.all.length
  }
}

export const minimal = ({ checks: sites, parts, root }: Parts): Parts => {
  const same = sameChecks(sites)
  const check = (index: number): number => same[index] ?? -1
  const classOf = classes(parts, check)
  const usedClasses = new Numbers<number>()
  const usedChecks = new Numbers<number>()
  const to: References = {
    part: (index) => usedClasses.of(classOf[index] ?? -1),
    check: (index) => usedChecks.of(check(index))
  }
  const first = node(root, to)
  const made: Array<Part> = []
  // Parts that a part refers to are added after it.
  for (let index = 0; index < usedClasses.all.length; index++) {
    made.push(part(parts[classOf.indexOf(usedClasses.all[index] ?? -1)]!, to))
  }
  return { parts: made, root: first, checks: usedChecks.all.map((index) => sites[index]!) }
}
