/** A plan as JavaScript: straight-line code with a function for each struct, array and union. */
import type { CodecPlan } from "eventfold/generated"
import { access, key } from "../../model/Names.ts"
import { leafNames, readers, refusingTransforms, transforms, writers } from "./CompiledLeaves.ts"
import { CompiledNames, partNames, tagOf } from "./CompiledNames.ts"
import type { Field, Leaf, PartOf } from "./PlanParts.ts"
import { CompiledChecks, type Condition, fails, holds } from "./CompiledChecks.ts"
import { width } from "../text/Text.ts"

/**
 * Local names in the functions of lists and unions. A field can have one of these names, but a
 * function cannot.
 */
const localNames = ["length", "index", "read"]

/** Code that reads one value: the lines before it, and its expression. */
interface ReadCode {
  readonly lines: ReadonlyArray<string>
  readonly value: string
}

const indented = (lines: ReadonlyArray<string>): ReadonlyArray<string> => lines.map((line) => `  ${line}`)
const block = (head: string, lines: ReadonlyArray<string>): ReadonlyArray<string> => [
  `${head} {`,
  ...indented(lines),
  "}"
]

/** Returns the lines without the check of a last call, whose result is returned in both cases. */
const simplified = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [made, refused, given] = lines.slice(-3)
  const [, name, call] = /^const (\w+) = (\w+\(.*\))$/.exec(made ?? "") ?? []
  return refused === `if (${name} === invalid) return invalid` && given === `return ${name}`
    ? [...lines.slice(0, -3), `return ${call}`]
    : lines
}

/** Writes the check that refuses a value, on several lines if it is long. */
const unless = (conditions: ReadonlyArray<Condition>, then = "return invalid"): ReadonlyArray<string> => {
  if (conditions.length === 0) return []
  const line = `if (${fails(conditions)}) ${then}`
  // Six columns for the indentation.
  if (line.length + 6 <= width) return [line]
  return conditions.flatMap((one) => {
    const alone = `if (${one.fails}) ${then}`
    if (alone.length + 6 <= width) return [alone]
    const { failing = [one.fails] } = one
    const last = failing.length - 1
    return ["if (", ...indented(failing.map((text, place) => (place === last ? text : `${text} &&`))), `) ${then}`]
  })
}

/** Writes an object of entries, on several lines if they do not fit on one. */
const object = (head: string, entries: ReadonlyArray<string>): ReadonlyArray<string> => {
  const line = entries.length === 0 ? `${head}{}` : `${head}{ ${entries.join(", ")} }`
  if (line.length + 4 <= width) return [line]
  return [`${head}{`, ...entries.map((entry, place) => `  ${entry}${place === entries.length - 1 ? "" : ","}`), "}"]
}

type Checked = Pick<PartOf<"union">, "before" | "after">

const literalOf = (node: CodecPlan.Node): string => {
  if (node.is !== "literal") throw new Error(`a tag that is ${node.is}`)
  return node.literals[0]!
}

/** Returns the nodes that a part reads. */
const nodesOf = (part: CodecPlan.Part): ReadonlyArray<CodecPlan.Node> => {
  switch (part.is) {
    case "struct":
      return [...part.fields.map(({ node }) => node), ...(part.entries === undefined ? [] : [part.entries.value])]
    case "list":
      return [...part.elements.map(({ node }) => node), ...(part.rest === undefined ? [] : [part.rest])]
    case "union":
      return part.members
    case "option":
      return [part.value]
    case "encoded":
      return [part.from, ...part.steps.map(({ to }) => to)]
  }
}

/** Functions of one decoder. */
class DecoderFunctions {
  readonly #parts: ReadonlyArray<CodecPlan.Part>
  readonly #tests: CompiledChecks
  readonly #names: CompiledNames
  readonly #functions: ReadonlyMap<number, string>
  /**
   * Members that only a switch on their tag calls, with the tag's name. They need no check of the
   * tag, or that they are objects.
   */
  readonly #switched = new Map<number, string>()
  /** Parts that are called, in the order of their first call. */
  readonly called = new Set<number>()

  constructor(plan: CodecPlan.Plan, checks: ReadonlyArray<string>, names: CompiledNames, first: string) {
    this.#parts = plan.parts
    this.#tests = new CompiledChecks(plan.parts, checks)
    this.#functions = partNames(plan, names, first)
    this.#names = names
    const switched = new Map<number, string>()
    const alone = new Set<number>()
    const refer = (node: CodecPlan.Node | undefined) => void (node?.is === "part" && alone.add(node.part))
    refer(plan.root)
    for (const part of plan.parts) {
      const tag = part.is === "union" ? tagOf(plan.parts, part) : undefined
      // The literal replaces the tag's value. Equal strings are the same value, but there are two
      // zeros.
      const isText = tag?.literals.every((literal) => literal.startsWith('"')) === true
      for (const node of nodesOf(part)) {
        if (!isText || node.is !== "part" || (switched.get(node.part) ?? tag.name) !== tag.name) refer(node)
        else switched.set(node.part, tag.name)
      }
    }
    for (const [place, name] of switched) if (!alone.has(place)) this.#switched.set(place, name)
  }

  /**
   * Writes code that reads `source` as a node. Its value gets the wanted name, or a similar one.
   */
  read(node: CodecPlan.Node, source: string, wanted: string, names: CompiledNames): ReadCode {
    const tests = this.#tests.of(node, "?")
    const isName = source === wanted
    const name = isName ? source : names.give(wanted)
    const declare = (text: string) => `const ${name} = ${text}`
    if (tests !== undefined) {
      const lines = unless(this.#tests.of(node, name) ?? [])
      return { lines: isName ? lines : [declare(source), ...lines], value: name }
    }
    if (node.is !== "part") throw new Error(`no test for ${node.is}`)
    const leaf = this.#leaf(node.part)
    if (leaf?.write !== undefined) {
      const lines = unless(this.#tests.of(leaf.from, name) ?? [])
      return { lines: isName ? lines : [declare(source), ...lines], value: leaf.write(name) }
    }
    const made = isName ? names.give("made") : name
    const refused: Condition = { holds: `${made} !== invalid`, fails: `${made} === invalid` }
    const after = leaf === undefined ? [] : this.#tests.checks(leaf.to.checks, made)
    return {
      lines: [`const ${made} = ${this.#call(node.part)}(${source})`, ...unless([refused, ...after])],
      value: made
    }
  }

  /** Returns a part that is one transformation between leaves. It needs no function. */
  #leaf(place: number) {
    const part = this.#parts[place]
    if (part?.is !== "encoded" || part.steps.length !== 1 || part.from.is === "part") return undefined
    const [{ by, to }] = part.steps as readonly [(typeof part.steps)[number]]
    if (to.is === "part") return undefined
    const words = (leaf: Leaf, checks: boolean) => [leaf.is, ...(checks ? leaf.checks : [])].join(" ")
    const read = readers[`${words(part.from, true)} ${by} ${words(to, false)}`]
    const write = writers[`${words(part.from, false)} ${by} ${words(to, true)}`]
    return read === undefined && write === undefined ? undefined : { from: part.from, to, read, write }
  }

  /** Returns the name of the function that decodes a member of a union. */
  member(node: CodecPlan.Node | undefined): string {
    if (node?.is !== "part") throw new Error("a member that is no struct")
    return this.#call(node.part)
  }

  #call(place: number): string {
    const reader = this.#leaf(place)?.read
    if (reader !== undefined) return reader
    this.called.add(place)
    return this.#functions.get(place) ?? "unnamed"
  }

  /** Writes the function of a part. */
  define(place: number): ReadonlyArray<string> {
    const part = this.#parts[place]
    if (part === undefined) throw new Error(`no part ${place}`)
    const body = this.#body(part, this.#names.inside(localNames), this.#switched.get(place))
    return block(`const ${this.#functions.get(place)} = (input) =>`, simplified(body))
  }

  #body(part: CodecPlan.Part, names: CompiledNames, tag: string | undefined): ReadonlyArray<string> {
    switch (part.is) {
      case "struct":
        return this.#struct(part, names, tag)
      case "list":
        return this.#list(part, names)
      case "union":
        return this.#union(part, names)
      case "option": {
        const { lines, value } = this.read(part.value, "input.value", "value", names)
        const some = [...lines, ...this.#checked(part, `Option.some(${value})`)]
        const none = ["const output = Option.none()", ...this.#refusals(part), "return output"]
        const plain = part.before.length + part.after.length === 0
        return [
          "if (!Option.isOption(input)) return invalid",
          ...(plain ? ["if (Option.isNone(input)) return Option.none()"] : block("if (Option.isNone(input))", none)),
          ...some
        ]
      }
      case "encoded":
        return this.#encoded(part, names)
    }
  }

  #refusals({ after, before }: Checked): ReadonlyArray<string> {
    return unless([...this.#tests.checks(before, "input"), ...this.#tests.checks(after, "output")])
  }

  /** Writes the return of a value that passes the checks. */
  #checked(part: Checked, value: string): ReadonlyArray<string> {
    const refusals = this.#refusals(part)
    return refusals.length === 0 ? [`return ${value}`] : [`const output = ${value}`, ...refusals, "return output"]
  }

  #struct(part: PartOf<"struct">, names: CompiledNames, tag: string | undefined): ReadonlyArray<string> {
    const { entries, fields } = part
    const known = tag === undefined ? 'typeof input !== "object" || input === null || ' : ""
    const tags = fields.flatMap((field) => this.#tagFails(field))
    const lines = [`if (${[`${known}Array.isArray(input)`, ...tags].join(" || ")}) return invalid`]
    const kept = fields.filter(({ tag }) => tag !== "dropped")
    const first = kept.findIndex(({ optional }) => optional)
    const initial: Array<string> = []
    for (const field of first === -1 ? kept : kept.slice(0, first)) {
      const { lines: before, value } = this.#field(field, names, tag)
      lines.push(...before)
      initial.push(key(field.name) === value ? value : `${key(field.name)}: ${value}`)
    }
    const refusals = this.#refusals(part)
    if (first === -1 && entries === undefined && refusals.length === 0) return [...lines, ...object("return ", initial)]
    lines.push(...object("const output = ", initial))
    for (const field of first === -1 ? [] : kept.slice(first)) {
      if (field.optional) lines.push(...this.#optional(field, names))
      else {
        const { lines: before, value } = this.#field(field, names, tag)
        lines.push(...before, `${access("output", field.name)} = ${value}`)
      }
    }
    if (entries !== undefined) lines.push(...this.#entries(entries, fields, names))
    return [...lines, ...refusals, "return output"]
  }

  /** Returns the condition under which the tag of a stored event refuses the input. */
  #tagFails({ name, node, tag }: Field): ReadonlyArray<string> {
    if (tag === undefined) return []
    // Data that has a tag is none that was stored: Effect decides about it. It encodes a value
    // without one.
    const isThere = `${JSON.stringify(name)} in input`
    return [tag === "given" ? isThere : `(${access("input", name)} !== ${literalOf(node)} && ${isThere})`]
  }

  #field({ name, node, tag: stored }: Field, names: CompiledNames, tag: string | undefined): ReadCode {
    if (stored === "given") return { lines: [], value: literalOf(node) }
    if (name === tag && node.is === "literal") return { lines: [], value: node.literals[0]! }
    const { lines, value } = this.read(node, access("input", name), name, names)
    return this.#takesUndefined(node)
      ? { lines: [`if (!(${JSON.stringify(name)} in input)) return invalid`, ...lines], value }
      : { lines, value }
  }

  #optional({ name, node }: Field, names: CompiledNames): ReadonlyArray<string> {
    const source = names.give(name)
    const { lines, value } = this.read(node, source, source, names)
    const set = [...lines, `${access("output", name)} = ${value}`]
    const isThere = `${JSON.stringify(name)} in input`
    const declare = `const ${source} = ${access("input", name)}`
    if (this.#takesUndefined(node)) return block(`if (${isThere})`, [declare, ...set])
    const [head, ...rest] = block(`if (${source} !== undefined)`, set)
    return [declare, head ?? "", ...rest.slice(0, -1), `} else if (${isThere}) return invalid`]
  }

  #entries(
    entries: NonNullable<PartOf<"struct">["entries"]>,
    fields: ReadonlyArray<Field>,
    names: CompiledNames
  ): ReadonlyArray<string> {
    const name = names.give("key")
    const { lines, value } = this.read(entries.value, `input[${name}]`, "value", names)
    // Fields were read before, but their values must also match the schema of the other keys.
    const others = fields.map((field) => `${name} !== ${JSON.stringify(field.name)}`)
    const put = `put(output, ${name}, ${value})`
    return block(`for (const ${name} of Object.keys(input))`, [
      ...unless(this.#tests.checks(entries.key, name), "continue"),
      ...lines,
      ...(others.length === 0 ? [put] : [`if (${others.join(" && ")}) ${put}`])
    ])
  }

  #list(part: PartOf<"list">, names: CompiledNames): ReadonlyArray<string> {
    const { elements, rest } = part
    const required = elements.findIndex(({ optional }) => optional)
    const least = required === -1 ? elements.length : required
    const lines = ["if (!Array.isArray(input)) return invalid", "const { length } = input"]
    if (rest !== undefined) {
      if (least > 0) lines.push(`if (length < ${least}) return invalid`)
    } else if (least === elements.length) lines.push(`if (length !== ${least}) return invalid`)
    else lines.push(`if (length < ${least} || length > ${elements.length}) return invalid`)
    lines.push("const output = []")
    for (const [place, { node }] of elements.entries()) {
      const { lines: before, value } = this.read(node, `input[${place}]`, `item${place + 1}`, names)
      const push = [...before, `output.push(${value})`]
      lines.push(...(place < least ? push : block(`if (length > ${place})`, push)))
    }
    if (rest !== undefined) {
      const { lines: before, value } = this.read(rest, "input[index]", "item", names)
      lines.push(
        ...block(`for (let index = ${elements.length}; index < length; index++)`, [...before, `output.push(${value})`])
      )
    }
    return [...lines, ...this.#refusals(part), "return output"]
  }

  #union(part: PartOf<"union">, names: CompiledNames): ReadonlyArray<string> {
    const plain = part.before.length + part.after.length === 0
    const members = this.#members(part, names)
    if (plain) return members
    return [
      ...block("const read = (input) =>", members),
      "const output = read(input)",
      "if (output === invalid) return invalid",
      ...this.#refusals(part),
      "return output"
    ]
  }

  #members(part: PartOf<"union">, names: CompiledNames): ReadonlyArray<string> {
    const tag = tagOf(this.#parts, part)
    if (tag !== undefined && part.members.length > 0) {
      const cases = part.members.flatMap((member, place) => [
        `case ${tag.literals[place]}:`,
        `  return ${this.#call(member.is === "part" ? member.part : -1)}(input)`
      ])
      return [
        'if (typeof input !== "object" || input === null) return invalid',
        ...block(`switch (${access("input", tag.name)})`, [...cases, "default:", "  return invalid"])
      ]
    }
    return [...part.members.flatMap((member) => this.#member(member, names)), "return invalid"]
  }

  /** Writes the return of the value that a member of a union reads, if it accepts the input. */
  #member(member: CodecPlan.Node, names: CompiledNames): ReadonlyArray<string> {
    const tests = this.#tests.of(member, "input")
    if (tests !== undefined) return [tests.length === 0 ? "return input" : `if (${holds(tests)}) return input`]
    if (member.is !== "part") throw new Error(`no test for ${member.is}`)
    const leaf = this.#leaf(member.part)
    if (leaf?.write !== undefined) {
      return [`if (${holds(this.#tests.of(leaf.from, "input") ?? [])}) return ${leaf.write("input")}`]
    }
    const name = names.give("member")
    const taken: Condition = { holds: `${name} !== invalid`, fails: "" }
    const after = leaf === undefined ? [] : this.#tests.checks(leaf.to.checks, name)
    return [`const ${name} = ${this.#call(member.part)}(input)`, `if (${holds([taken, ...after])}) return ${name}`]
  }

  #encoded({ from, steps }: PartOf<"encoded">, names: CompiledNames): ReadonlyArray<string> {
    const first = this.read(from, "input", "input", names)
    const lines = [...first.lines]
    let { value } = first
    for (const { by, to } of steps) {
      if (by !== "same") {
        const name = names.give("made")
        lines.push(`const ${name} = ${transforms[by]?.(value)}`)
        if (refusingTransforms.has(by)) lines.push(`if (${name} === invalid) return invalid`)
        value = name
      }
      const next = this.read(to, value, value, names)
      lines.push(...next.lines)
      value = next.value
    }
    return [...lines, `return ${value}`]
  }

  #takesUndefined(node: CodecPlan.Node, within: ReadonlyArray<number> = []): boolean {
    if (node.is !== "part") return node.is === "undefined" || node.is === "any"
    const part = this.#parts[node.part]
    if (within.includes(node.part)) return false
    const inside = [...within, node.part]
    if (part?.is === "union") return part.members.some((member) => this.#takesUndefined(member, inside))
    return part?.is === "encoded" && this.#takesUndefined(part.from, inside)
  }
}

const reserved = [...leafNames, "input", "output", "options", "runtime", "install", "straight", "members"]

/** The functions of the parts that were called, each after those that it calls. */
const definitions = (code: DecoderFunctions): ReadonlyArray<string> => {
  const functions: Array<ReadonlyArray<string>> = []
  // A function can add further calls.
  for (const place of code.called) functions.push(code.define(place))
  return functions.toReversed().flat()
}

const parametersOf = (checkNames: ReadonlyArray<string>): string =>
  checkNames.length === 0 ? "" : `[${checkNames.join(", ")}]`

/**
 * Writes the function that takes the checks of a plan of members, and returns the decoder of each;
 * undefined for one that is left to Effect.
 */
export const compiledMembers = (name: string, plan: CodecPlan.Plan, checks: ReadonlyArray<string>): string => {
  const { others, parts, root } = plan
  const union = root?.is === "part" ? parts[root.part] : undefined
  if (union?.is !== "union") throw new Error(`${name} has no members`)
  const names = new CompiledNames(reserved)
  const checkNames = checks.map((check) => names.give(check))
  const code = new DecoderFunctions(plan, checkNames, names, name.replace(/^(decode|encode)/, ""))
  const left = new Set(others.map(({ member }) => member))
  const planned = union.members.values()
  const decoders = Array.from({ length: union.members.length + others.length }, (_, place) =>
    left.has(place) ? "undefined" : code.member(planned.next().value)
  )
  const line = `return [${decoders.join(", ")}]`
  const list =
    line.length + 2 <= width
      ? [line]
      : ["return [", ...decoders.map((one, place) => `  ${one}${place === decoders.length - 1 ? "" : ","}`), "]"]
  return block(`const ${name} = (${parametersOf(checkNames)}) =>`, [...definitions(code), ...list]).join("\n")
}

/** Writes the function that takes the checks of a plan and returns its decoder. */
export const compiledCode = (name: string, plan: CodecPlan.Plan, checks: ReadonlyArray<string>): string => {
  if (plan.root === undefined) throw new Error(`${name} has no plan`)
  const names = new CompiledNames(reserved)
  const checkNames = checks.map((check) => names.give(check))
  const code = new DecoderFunctions(plan, checkNames, names, name.replace(/^(decode|encode)/, ""))
  const root = code.read(plan.root, "input", "input", names.inside(localNames))
  const lines = [
    ...definitions(code),
    ...block("return (input, options) =>", [
      "// Effect decodes values with options, and explains why a value is invalid.",
      "for (const _option in options) return invalid",
      ...block("try", simplified([...root.lines, `return ${root.value}`])).slice(0, -1),
      "} catch {",
      "  return invalid",
      "}"
    ])
  ]
  return block(`const ${name} = (${parametersOf(checkNames)}) =>`, lines).join("\n")
}
