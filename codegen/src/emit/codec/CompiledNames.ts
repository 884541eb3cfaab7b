/**
 * Names of functions, checks and values in compiled codecs. They follow the schema, and none is
 * used twice.
 */
import type { CodecPlan } from "eventfold/generated"
import { isIdentifier } from "../../model/Names.ts"

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)

/** Converts `gift-note` to `giftNote`. */
const camel = (text: string): string => {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== "")
  const name = words
    .map((word, place) => (place === 0 ? word.slice(0, 1).toLowerCase() + word.slice(1) : capital(word)))
    .join("")
  return /^[A-Za-z]/.test(name) ? name : `value${name}`
}

/** Names in a file, or in a function. Each is given once. */
export class CompiledNames {
  readonly #taken: Set<string>

  constructor(taken: Iterable<string>) {
    this.#taken = new Set(taken)
  }
  give(wanted: string): string {
    const base = camel(wanted)
    const isFree = (name: string) => isIdentifier(name) && !this.#taken.has(name)
    let name = base
    for (let number = 2; !isFree(name); number++) name = `${base}${number}`
    this.#taken.add(name)
    return name
  }
  /**
   * Returns the names in a function. Functions do not share local names, and some names of the file
   * are free in them.
   */
  inside(free: ReadonlyArray<string>): CompiledNames {
    return new CompiledNames([...this.#taken].filter((name) => !free.includes(name)))
  }
}

/** Returns the name of a check: `notBetween` for `effect/schema/isBetween`. */
export const checkName = (id: string | undefined): string => {
  const last = id?.split("/").at(-1) ?? ""
  return /^is[A-Z]/.test(last) ? `not${last.slice(2)}` : "refused"
}

const literalOf = (node: CodecPlan.Node): string | undefined =>
  node.is === "literal" && node.literals.length === 1 && node.checks.length === 0 ? node.literals[0] : undefined

/** Returns the field that identifies the members of a union, and the literal of each member. */
export const tagOf = (
  parts: ReadonlyArray<CodecPlan.Part>,
  { members }: { readonly members: ReadonlyArray<CodecPlan.Node> }
): { readonly name: string; readonly literals: ReadonlyArray<string> } | undefined => {
  const fields = members.map((member) => {
    const part = member.is === "part" ? parts[member.part] : undefined
    return part?.is === "struct" ? part.fields.filter(({ node, optional }) => !optional && literalOf(node)) : []
  })
  // The tag of stored events precedes all fields: objects list keys such as "1" before it.
  const [tags, others] = [true, false].map(
    (isTag) => fields[0]?.filter(({ tag }) => (tag !== undefined) === isTag) ?? []
  )
  for (const { name } of [...tags!, ...others!]) {
    const literals = fields.flatMap((each) => literalOf(each.find((field) => field.name === name)?.node ?? none) ?? [])
    if (literals.length === members.length && new Set(literals).size === literals.length) return { name, literals }
  }
  return undefined
}
const none: CodecPlan.Node = { is: "any", checks: [] }

/** Returns a name for each part, from the path to it. */
export const partNames = (
  { parts, root }: CodecPlan.Plan,
  names: CompiledNames,
  first: string
): ReadonlyMap<number, string> => {
  const wanted = new Map<number, string>()
  const visit = (node: CodecPlan.Node, name: string): void => {
    const part = node.is === "part" ? parts[node.part] : undefined
    if (node.is !== "part" || part === undefined || wanted.has(node.part)) return
    wanted.set(node.part, names.give(name))
    switch (part.is) {
      case "struct":
        for (const field of part.fields) visit(field.node, `${name}-${field.name}`)
        if (part.entries !== undefined) visit(part.entries.value, `${name}-value`)
        break
      case "list":
        for (const [place, { node: element }] of part.elements.entries()) visit(element, `${name}-${place + 1}`)
        if (part.rest !== undefined) visit(part.rest, `${name}-item`)
        break
      case "union": {
        const tag = tagOf(parts, part)
        for (const [place, member] of part.members.entries()) {
          const own = tag === undefined ? String(place + 1) : String(tag.literals[place])
          // The function of an event has only the event's name.
          visit(member, name === first ? own : `${name}-${own}`)
        }
        break
      }
      case "option":
        visit(part.value, `${name}-value`)
        break
      case "encoded":
        visit(part.from, `${name}-stored`)
        for (const [place, { to }] of part.steps.entries())
          visit(to, place === part.steps.length - 1 ? `${name}-made` : `${name}-${place + 1}`)
        break
    }
  }
  if (root !== undefined) visit(root, first)
  return wanted
}
