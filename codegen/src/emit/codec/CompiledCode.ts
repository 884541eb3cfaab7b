/** A plan as JavaScript: a function for each struct, array and union, straight on from value to value. */
import type { CodecPlan } from "eventfold/generated"
import { access, key } from "../../model/Names.ts"
import { leafNames, readers, refusingTransforms, transforms, writers } from "./CompiledLeaves.ts"
import { Names, partNames, tagOf } from "./CompiledNames.ts"
import { type Condition, fails, holds, Tests } from "./CompiledChecks.ts"
import { width } from "../text/Text.ts"

/** What lists and unions say within their functions: no function may be called that, but a field may. */
const locals = ["length", "index", "read"]

/** How one value is come by: the lines before, and then the value. */
interface Reading {
  readonly lines: ReadonlyArray<string>
  readonly value: string
}

const indented = (lines: ReadonlyArray<string>): ReadonlyArray<string> => lines.map((line) => `  ${line}`)
const block = (head: string, lines: ReadonlyArray<string>): ReadonlyArray<string> => [
  `${head} {`,
  ...indented(lines),
  "}"
]

/** Without asking whether a last call gave up, which is then given on. */
const simplified = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [made, refused, given] = lines.slice(-3)
  const [, name, call] = /^const (\w+) = (\w+\(.*\))$/.exec(made ?? "") ?? []
  return refused === `if (${name} === invalid) return invalid` && given === `return ${name}`
    ? [...lines.slice(0, -3), `return ${call}`]
    : lines
}

/** A line that gives up, broken where it is long. */
const unless = (conditions: ReadonlyArray<Condition>, then = "return invalid"): ReadonlyArray<string> => {
  if (conditions.length === 0) return []
  const line = `if (${fails(conditions)}) ${then}`
  // Six columns for what it may stand in.
  if (line.length + 6 <= width) return [line]
  return conditions.flatMap((one) => {
    const alone = `if (${one.fails}) ${then}`
    if (alone.length + 6 <= width) return [alone]
    const { failing = [one.fails] } = one
    const last = failing.length - 1
    return ["if (", ...indented(failing.map((text, place) => (place === last ? text : `${text} &&`))), `) ${then}`]
  })
}

/** An object of these entries, one under the other where they do not fit on a line. */
const object = (head: string, entries: ReadonlyArray<string>): ReadonlyArray<string> => {
  const line = entries.length === 0 ? `${head}{}` : `${head}{ ${entries.join(", ")} }`
  if (line.length + 4 <= width) return [line]
  return [`${head}{`, ...entries.map((entry, place) => `  ${entry}${place === entries.length - 1 ? "" : ","}`), "}"]
}

type PartOf<Is extends CodecPlan.Part["is"]> = Extract<CodecPlan.Part, { readonly is: Is }>
type Checked = Pick<PartOf<"union">, "before" | "after">
type Leaf = Exclude<CodecPlan.Node, { readonly is: "part" }>

/** What a part reads. */
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

class Code {
  readonly #parts: ReadonlyArray<CodecPlan.Part>
  readonly #tests: Tests
  readonly #names: Names
  readonly #functions: ReadonlyMap<number, string>
  /** Members that nothing calls but a switch on their tag: by then it is known, and that they are objects. */
  readonly #switched = new Map<number, string>()
  /** Parts that are called, in the order in which they are first. */
  readonly called = new Set<number>()

  constructor(plan: CodecPlan.Plan, checks: ReadonlyArray<string>, names: Names, first: string) {
    this.#parts = plan.parts
    this.#tests = new Tests(plan.parts, checks)
    this.#functions = partNames(plan, names, first)
    this.#names = names
    const switched = new Map<number, string>()
    const alone = new Set<number>()
    const refer = (node: CodecPlan.Node | undefined) => void (node?.is === "part" && alone.add(node.part))
    refer(plan.root)
    for (const part of plan.parts) {
      const tag = part.is === "union" ? tagOf(plan.parts, part) : undefined
      // Text is the same text wherever it comes from; of numbers there are two zeros.
      const isText = tag?.literals.every((literal) => literal.startsWith('"')) === true
      for (const node of nodesOf(part)) {
        if (!isText || node.is !== "part" || (switched.get(node.part) ?? tag.name) !== tag.name) refer(node)
        else switched.set(node.part, tag.name)
      }
    }
    for (const [place, name] of switched) if (!alone.has(place)) this.#switched.set(place, name)
  }

  /** How `source` is read as what the node says; its value, or one on the way, is called about as wanted. */
  read(node: CodecPlan.Node, source: string, wanted: string, names: Names): Reading {
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

  /** One transformation from leaf to leaf, which needs no function of its own. */
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

  #call(place: number): string {
    const reader = this.#leaf(place)?.read
    if (reader !== undefined) return reader
    this.called.add(place)
    return this.#functions.get(place) ?? "unnamed"
  }

  /** The function of a part. */
  define(place: number): ReadonlyArray<string> {
    const part = this.#parts[place]
    if (part === undefined) throw new Error(`no part ${place}`)
    const body = this.#body(part, this.#names.inside(locals), this.#switched.get(place))
    return block(`const ${this.#functions.get(place)} = (input) =>`, simplified(body))
  }

  #body(part: CodecPlan.Part, names: Names, tag: string | undefined): ReadonlyArray<string> {
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

  /** Gives this value, if the checks let it pass. */
  #checked(part: Checked, value: string): ReadonlyArray<string> {
    const refusals = this.#refusals(part)
    return refusals.length === 0 ? [`return ${value}`] : [`const output = ${value}`, ...refusals, "return output"]
  }

  #struct(part: PartOf<"struct">, names: Names, tag: string | undefined): ReadonlyArray<string> {
    const { entries, fields } = part
    const known = tag === undefined ? 'typeof input !== "object" || input === null || ' : ""
    const lines = [`if (${known}Array.isArray(input)) return invalid`]
    const first = fields.findIndex(({ optional }) => optional)
    const initial: Array<string> = []
    for (const field of first === -1 ? fields : fields.slice(0, first)) {
      const { lines: before, value } = this.#field(field, names, tag)
      lines.push(...before)
      initial.push(key(field.name) === value ? value : `${key(field.name)}: ${value}`)
    }
    const refusals = this.#refusals(part)
    if (first === -1 && entries === undefined && refusals.length === 0) return [...lines, ...object("return ", initial)]
    lines.push(...object("const output = ", initial))
    for (const field of first === -1 ? [] : fields.slice(first)) {
      if (field.optional) lines.push(...this.#optional(field, names))
      else {
        const { lines: before, value } = this.#field(field, names, tag)
        lines.push(...before, `${access("output", field.name)} = ${value}`)
      }
    }
    if (entries !== undefined) lines.push(...this.#entries(entries, fields, names))
    return [...lines, ...refusals, "return output"]
  }

  #field({ name, node }: CodecPlan.Field, names: Names, tag: string | undefined): Reading {
    if (name === tag && node.is === "literal") return { lines: [], value: node.literals[0]! }
    const { lines, value } = this.read(node, access("input", name), name, names)
    return this.#takesUndefined(node)
      ? { lines: [`if (!(${JSON.stringify(name)} in input)) return invalid`, ...lines], value }
      : { lines, value }
  }

  #optional({ name, node }: CodecPlan.Field, names: Names): ReadonlyArray<string> {
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
    fields: ReadonlyArray<CodecPlan.Field>,
    names: Names
  ): ReadonlyArray<string> {
    const name = names.give("key")
    const { lines, value } = this.read(entries.value, `input[${name}]`, "value", names)
    // Fields have been read already, but what stands in them has to fit here too.
    const others = fields.map((field) => `${name} !== ${JSON.stringify(field.name)}`)
    const put = `put(output, ${name}, ${value})`
    return block(`for (const ${name} of Object.keys(input))`, [
      ...unless(this.#tests.checks(entries.key, name), "continue"),
      ...lines,
      ...(others.length === 0 ? [put] : [`if (${others.join(" && ")}) ${put}`])
    ])
  }

  #list(part: PartOf<"list">, names: Names): ReadonlyArray<string> {
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

  #union(part: PartOf<"union">, names: Names): ReadonlyArray<string> {
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

  #members(part: PartOf<"union">, names: Names): ReadonlyArray<string> {
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

  /** Gives what this member of a union makes of the input, if it takes it. */
  #member(member: CodecPlan.Node, names: Names): ReadonlyArray<string> {
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

  #encoded({ from, steps }: PartOf<"encoded">, names: Names): ReadonlyArray<string> {
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

/** The function, called with the checks, that gives the decoder; `input` to what the plan makes of it. */
export const straightCode = (name: string, plan: CodecPlan.Plan, checks: ReadonlyArray<string>): string => {
  if (plan.root === undefined) throw new Error(`${name} has no plan`)
  const names = new Names([...leafNames, "input", "output", "options", "runtime", "install", "straight"])
  const checkNames = checks.map((check) => names.give(check))
  const code = new Code(plan, checkNames, names, name.replace(/^(decode|encode)/, ""))
  const root = code.read(plan.root, "input", "input", names.inside(locals))
  const functions: Array<ReadonlyArray<string>> = []
  // A function may call others, which are then called too.
  for (const place of code.called) functions.push(code.define(place))
  const lines = [
    ...functions.toReversed().flat(),
    ...block("return (input, options) =>", [
      "// Whatever there is to say of a value, or whatever options ask for, Effect says.",
      "for (const _option in options) return invalid",
      ...block("try", simplified([...root.lines, `return ${root.value}`])).slice(0, -1),
      "} catch {",
      "  return invalid",
      "}"
    ])
  ]
  return block(`const ${name} = (${checks.length === 0 ? "" : `[${checkNames.join(", ")}]`}) =>`, lines).join("\n")
}
