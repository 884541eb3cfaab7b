/** `gen --fix` on one file: what is put in, and that nothing else is touched. */
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Body } from "../../src/emit/BodyFiles.ts"
import * as ContractCall from "../../src/bodies/ContractCall.ts"
import { gaps } from "../../src/bodies/Handlers.ts"
import { read } from "../../src/syntax/Module.ts"
import { type InsertedHandlers, insertHandlers } from "../../src/bodies/HandlerInsertion.ts"
import { errorsOf, parse } from "../../src/syntax/Syntax.ts"

const handler = (name: string) => ({
  name,
  stub: `${name}: (_state, _event): CounterState => Fold.notWritten("Counter.apply ${name}")`
})

const text = `import { Fold } from "eventfold"
import { Counter, type CounterState } from "./generated/counter.ts"
`

const bodyOf = (...names: ReadonlyArray<string>): Body => ({
  name: "counter.apply.ts",
  call: "Counter.apply",
  contract: "./generated/counter.ts",
  wanted: [{ under: undefined, handlers: names.map(handler) }],
  text
})

const grouped: Body = {
  name: "takings.projection.ts",
  call: "Counter.apply",
  contract: "./generated/counter.ts",
  wanted: [
    { under: "keys", handlers: [handler("K")] },
    { under: "on", handlers: [handler("A"), handler("B")] }
  ],
  text
}

const path = "src/counter.apply.ts"
const stubOf = (name: string) => handler(name).stub

/** The old text, by taking out again what was put in. */
const undone = ({ insertions, text }: InsertedHandlers): string => {
  let shift = 0
  let left = text
  for (const insertion of insertions) {
    const at = insertion.at + shift
    expect(text.startsWith(insertion.text, at)).toBe(true)
    left = left.slice(0, insertion.at) + left.slice(insertion.at + insertion.text.length)
    shift += insertion.text.length
  }
  return left
}

const head = 'import { Fold } from "eventfold"\nimport { Counter, type CounterState } from "./generated/counter.ts"\n'

describe("insertHandlers puts in a stub", () => {
  const cases: ReadonlyArray<readonly [name: string, before: string, after: string]> = [
    ["where the object is empty", "Counter.apply({})", `Counter.apply({\n  ${stubOf("B")}\n})`],
    [
      "where the empty object holds a comment",
      "Counter.apply({\n  // to do\n})",
      `Counter.apply({\n  // to do\n  ${stubOf("B")}\n})`
    ],
    [
      "after the last handler, before its comment ends up elsewhere",
      "Counter.apply({\n    A: f // why\n    // and more, { even } this\n})",
      `Counter.apply({\n    A: f, // why\n    // and more, { even } this\n    ${stubOf("B")}\n})`
    ],
    [
      "with a comma after it where commas trail",
      "Counter.apply({\n\tA: f,\n})",
      `Counter.apply({\n\tA: f,\n\t${stubOf("B")},\n})`
    ],
    ["on the line of a short object", "Counter.apply({ A })", `Counter.apply({ A, ${stubOf("B")} })`],
    [
      "on a line of its own where that would be long",
      `Counter.apply({ A: (state) => ({ ...state, some: "thing" }) })`,
      `Counter.apply({ A: (state) => ({ ...state, some: "thing" }),\n  ${stubOf("B")} })`
    ],
    [
      "where the brace has company",
      "Counter.apply({\n  A() { return 1 }, /* x */ })",
      `Counter.apply({\n  A() { return 1 }, /* x */\n  ${stubOf("B")}, })`
    ],
    [
      "within an object with `satisfies`",
      `Counter.apply(({ "A": f } satisfies X))`,
      `Counter.apply(({ "A": f, ${stubOf("B")} } satisfies X))`
    ],
    [
      "with the line ends of the file",
      "Counter.apply({\r\n  A: f\r\n})",
      `Counter.apply({\r\n  A: f,\r\n  ${stubOf("B")}\r\n})`
    ]
  ]
  it.each(cases)("%s", (_, before, after) => {
    const wanted = before.includes("A") ? bodyOf("A", "B") : bodyOf("B")
    const source = before.includes("\r\n") ? head.replaceAll("\n", "\r\n") : head
    const spliced = insertHandlers(path, source + before, wanted)
    expect(spliced.text).toBe(source + after)
    expect(undone(spliced)).toBe(source + before)
    expect(insertHandlers(path, spliced.text, wanted)).toEqual({ text: spliced.text, insertions: [], left: [] })
  })

  it("in groups, and the groups that are missing", () => {
    const before = `${head}Counter.apply({\n  on: {\n    A: f\n  }\n})\n`
    const { text } = insertHandlers(path, before, grouped)
    expect(text).toBe(
      `${head}Counter.apply({\n  on: {\n    A: f,\n    ${stubOf("B")}\n  },\n  keys: {\n    ${stubOf("K")}\n  }\n})\n`
    )
    expect(insertHandlers(path, `${head}Counter.apply({})\n`, grouped).text).toBe(
      `${head}Counter.apply({\n  keys: {\n    ${stubOf("K")}\n  },\n  on: {\n    ${stubOf("A")},\n    ${stubOf("B")}\n  }\n})\n`
    )
  })
})

describe("insertHandlers imports what the stub says", () => {
  const call = "export const apply = Counter.apply({})\n"
  const importsAfter = (before: string): string =>
    insertHandlers(path, before + call, bodyOf("B")).text.split("export const apply")[0]!

  it.each([
    ["nothing where all is there", head, head],
    [
      "into the import that is there, and on a line of its own",
      "import { Counter } from './generated/counter.ts'; // mine\n\n",
      "import { Counter, type CounterState } from './generated/counter.ts'; // mine\nimport { Fold } from 'eventfold';\n\n"
    ],
    [
      "with the commas of the import",
      'import {\n  Counter,\n} from "./generated/counter.ts"\nimport type { Aggregate } from "eventfold"\n',
      'import {\n  Counter, type CounterState,\n} from "./generated/counter.ts"\nimport type { Aggregate } from "eventfold"\nimport { Fold } from "eventfold"\n'
    ],
    [
      "at the top where nothing is imported",
      "#!/usr/bin/env node\n",
      '#!/usr/bin/env node\nimport { Fold } from "eventfold"\nimport { type CounterState } from "./generated/counter.ts"\n'
    ],
    [
      "not what is imported under another name",
      'import { Fold as F } from "eventfold"\nimport { Counter, type CounterState as S } from "./generated/counter.ts"\n',
      'import { Fold as F } from "eventfold"\nimport { Counter, type CounterState as S } from "./generated/counter.ts"\n'
    ],
    [
      "not what is declared or imported otherwise",
      'import * as Fold from "./mine.ts"\ninterface CounterState {}\n',
      'import * as Fold from "./mine.ts"\ninterface CounterState {}\n'
    ]
  ])("%s", (_, before, after) => {
    expect(importsAfter(before).replace("import type { CounterState }", "import { type CounterState }")).toBe(after)
  })
})

describe("insertHandlers leaves unchanged, and reports,", () => {
  it.each([
    ["handlers that are spread in", "Counter.apply({ ...all })", "has handlers spread in"],
    ["computed keys", "Counter.apply({ [A]: f })", "has a computed key"],
    ["an object from elsewhere", "Counter.apply(handlers)", "is not an object literal"],
    ["a file that cannot be read", "Counter.apply({ A: (", "cannot be read: Expression expected."]
  ])("%s", (_, before, why) => {
    const { insertions, left, text } = insertHandlers(path, head + before, bodyOf("B"))
    expect({ insertions, text }).toEqual({ insertions: [], text: head + before })
    expect(left.map(({ message }) => message)).toEqual([expect.stringContaining(why)])
  })
  it("but not where nothing is missing", () => {
    expect(insertHandlers(path, `${head}Counter.apply({ ...all, B: f })`, bodyOf("B")).left).toEqual([])
  })
  it("a file that does not call the contract", () => {
    expect(insertHandlers(path, "// mine\n", bodyOf("B"))).toEqual({ text: "// mine\n", insertions: [], left: [] })
  })
})

describe("insertHandlers, on any text that a developer may have written,", () => {
  const names = ["Ada", "Bob", "Cyd", "Dee", "Eve"] as const
  const space = fc.constantFrom(
    "",
    " ",
    "  ",
    "\n",
    "\n\n  ",
    "\t",
    "\n\t",
    " /* { , } */ ",
    " // it's } a, {comment\n"
  )
  const value = fc.constantFrom(
    "f",
    "(state, { by }) => ({ ...state, by })",
    "function (state) {\n  return { ...state, a: `}${1}` }\n}",
    "/* x */ f as never",
    '(state) => "}, //"',
    "(state) => /[}/]/.test(state)"
  )
  const quoted = fc.constantFrom<(name: string) => string>(
    (name) => name,
    (name) => `"${name}"`,
    (name) => `'${name}'`
  )
  const property = (name: string) =>
    fc.oneof(
      fc.tuple(quoted, space, space, value).map(([key, a, b, value]) => `${key(name)}${a}:${b}${value}`),
      fc.constant(name),
      space.map((a) => `${name}(state)${a}{ return state }`)
    )
  const object = fc
    .tuple(fc.subarray([...names]), fc.array(space, { minLength: 16, maxLength: 16 }), fc.boolean())
    .chain(([kept, spaces, trailing]) =>
      fc.tuple(...kept.map(property)).map((properties) => {
        const gap = (i: number) => spaces[i % spaces.length]!
        const parts = properties.map((one, i) => `${gap(3 * i)}${one}${gap(3 * i + 1)}`)
        const comma = trailing && kept.length > 0 ? `,${gap(14)}` : ""
        return { kept, text: `{${parts.join(",")}${comma}${gap(15)}}` }
      })
    )
  const file = fc
    .record({
      object,
      before: fc.constantFrom(head, "", "import { Counter } from './generated/counter.ts';\n", `\uFEFF${head}`),
      indent: fc.constantFrom("", "  ", "\t"),
      wrap: fc.constantFrom<readonly [string, string]>(["", ""], ["(", " satisfies X)"], ["\n  ", "\n"]),
      after: fc.constantFrom("", "\n", ";\n", " // end", "\n\nexport const x = { Ada: 1 }\n"),
      crlf: fc.boolean()
    })
    .map(({ after, before, crlf, indent, object, wrap }) => {
      const text = `${before}${indent}export const apply = Counter.apply(${wrap[0]}${object.text}${wrap[1]})${after}`
      return { kept: object.kept, source: crlf ? text.replaceAll("\n", "\r\n") : text }
    })

  it("adds every missing handler, keeps every byte, and is done the first time", () => {
    const wanted = bodyOf(...names)
    fc.assert(
      fc.property(file, ({ kept, source }) => {
        // What cannot be parsed is left alone, which is claimed above.
        fc.pre(errorsOf(parse(path, source)).length === 0)
        const spliced = insertHandlers(path, source, wanted)
        expect(spliced.left).toEqual([])
        expect(errorsOf(parse(path, spliced.text))).toEqual([])
        const call = ContractCall.find(path, read(path, spliced.text), wanted, () => undefined)
        expect(gaps(call, wanted)).toEqual([])
        expect(undone(spliced)).toBe(source)
        for (const name of names) expect(spliced.text.includes(stubOf(name).slice(0, 20))).toBe(!kept.includes(name))
        if (source.includes("\r\n")) expect(spliced.text.replaceAll("\r\n", "")).not.toContain("\n")
        expect(insertHandlers(path, spliced.text, wanted).text).toBe(spliced.text)
      }),
      { numRuns: 400 }
    )
  })
})
