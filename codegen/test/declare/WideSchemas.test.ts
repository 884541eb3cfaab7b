/**
 * Schemas whose type is wider than their meaning, ids that are not text, symbols as keys: `gen`
 * reports each at its place.
 */
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"
import { counter, head, one, said } from "../Refusals.ts"
import { parse } from "../../src/syntax/Syntax.ts"
import { read } from "../../src/declare/source/WideSchemas.ts"

const using = (before: string, schema: string) => `${before}\n${counter({ events: `{ Counted: { by: ${schema} } }` })}`

/** Places of such schemas in declarations, with the start of the message. */
const wide = (text: string): ReadonlyArray<string> =>
  read(parse("schemas/a/counter.ts", head + text))
    .filter(({ isDeclared }) => isDeclared)
    .map(
      ({ at, message }) => `${at.line}:${at.column} ${message.replace(/, (has a type|has the type|but its) .*/, "")}`
    )

describe("a schema of literals that TypeScript takes for any is reported at its place:", () => {
  it.each([
    [
      "a list of keys",
      "const x = { a: 1 }",
      "Schema.Literals(Object.keys(x))",
      "8:44 the argument of Schema.Literals, Object.keys(x)"
    ],
    ["a list of texts", 'const xs = ["a", "b"]', "Schema.Literals(xs)", "8:44 the argument of Schema.Literals, xs"],
    [
      "a list with a type of its own",
      'const xs: ReadonlyArray<string> = ["a"]',
      "Schema.Literals(xs)",
      "8:44 the argument of Schema.Literals, xs"
    ],
    [
      "a list that is cast",
      'const xs = ["a"] as Array<string>',
      "Schema.Literals(xs)",
      "8:44 the argument of Schema.Literals, xs"
    ],
    [
      "a list that satisfies a type of any texts",
      "",
      'Schema.Literals(["a"] satisfies ReadonlyArray<string>)',
      '8:44 the argument of Schema.Literals, ["a"] satisfies ReadonlyArray<string>'
    ],
    [
      "a list that is split",
      'const xs = "a b".split(" ")',
      "Schema.Literals(xs)",
      "8:44 the argument of Schema.Literals, xs"
    ],
    [
      "a part of a list",
      'const xs = ["a", "b"] as const',
      'Schema.Literals(xs.filter((x) => x === "a"))',
      '8:44 the argument of Schema.Literals, xs.filter((x) => x === "a")'
    ],
    [
      "a list spread into another",
      'const xs = ["a"]',
      'Schema.Literals([...xs, "b"])',
      '8:44 the argument of Schema.Literals, [...xs, "b"]'
    ],
    [
      "mapped texts",
      'const xs = ["a", "b"] as const',
      "Schema.Literals(xs.map((x) => `x-${x}`))",
      "8:44 the argument of Schema.Literals, xs.map((x) => `x-${x}`)"
    ],
    [
      "values of an object",
      'const x = { a: "A" }',
      "Schema.Literals(Object.values(x))",
      "8:44 the argument of Schema.Literals, Object.values(x)"
    ],
    [
      "a text that is put together",
      "const n = 1",
      "Schema.Literal(`a${n}`)",
      "8:43 the argument of Schema.Literal, `a${n}`"
    ],
    ["a variable", 'let kind = "a"', "Schema.Literal(kind)", "8:43 the argument of Schema.Literal, kind"],
    [
      "a written type",
      'const Kind: Schema.Codec<string> = Schema.Literals(["a"])',
      "Kind",
      "3:13 Kind is a choice of literals"
    ],
    [
      "within a record",
      'const xs = ["a"]',
      "Schema.Record(Schema.Literals(xs), Schema.Int)",
      "8:58 the argument of Schema.Literals, xs"
    ]
  ])("%s", (_, before, schema, says) => {
    expect(wide(using(before, schema))).toEqual([says])
  })
  it("with what to write instead, also where a file imports it", async () => {
    const kinds = `import { Schema as S } from "effect"\nconst kinds = ["a", "b"]\nexport const Kind = S.Literals(kinds)\nexport const Other = S.Literals(Object.keys({ a: 1 }))\n`
    expect(
      await said({
        "a/counter.ts": `import { Kind } from "../kinds.ts"\n${head}${using("", "Kind")}`,
        "kinds.ts": kinds
      })
    ).toEqual([
      "schemas/kinds.ts:3:32 EF0026 the argument of Schema.Literals, kinds, has a type that is wider than its values; write the values of kinds as literals, and add `as const` to the array",
      'schemas/kinds.ts:4:33 EF0026 the argument of Schema.Literals, Object.keys({ a: 1 }), has a type that is wider than its values; write the values in place, `Schema.Literals(["a", "b"])`, or in an array with `as const`'
    ])
  })
})

describe("a brand that TypeScript does not know is reported at its declaration:", () => {
  const id = (before: string) => wide(`${before}\n${counter({ id: "CounterId" })}`)
  it.each([
    [
      "by a name whose type is written",
      'const name: string = "CounterId"\nconst CounterId = Schema.String.pipe(Schema.brand(name))',
      "4:51 the argument of Schema.brand, name"
    ],
    [
      "by a function's parameter",
      'const id = (name: string) => Schema.String.pipe(Schema.brand(name))\nexport const CounterId = id("CounterId")',
      "3:62 the argument of Schema.brand, name"
    ],
    [
      "by a type that leaves it out",
      'export const CounterId: Schema.Codec<string> = Schema.String.check(Schema.isMinLength(1)).pipe(Schema.brand("CounterId"))',
      "3:25 CounterId is a brand"
    ],
    [
      "by a cast that leaves it out",
      'export const CounterId = Schema.String.pipe(Schema.brand("CounterId")) as Schema.Codec<string>',
      "3:75 CounterId is a brand"
    ]
  ])("%s", (_, before, says) => {
    expect(id(before)).toEqual([says])
  })
})

it("schemas with exact types are generated from, in any notation", async () => {
  const before = `
const list = ["a", "b"] as const
const more = ["c"] as const
const single = "one"
const kinds = { A: "x", B: "y" } as const
const oneOf = <const All extends ReadonlyArray<string>>(all: All) => Schema.Literals(all)
const branded = <const Name extends string>(name: Name) => Schema.String.pipe(Schema.brand<Name>(name as never))
const CounterId = Schema.String.pipe(Schema.brand("CounterId"))
const Kind: Schema.Literals<readonly ["a", "b"]> = Schema.Literals(list)
// Of what nothing is made, nothing is said.
const asked = Schema.Literals(Object.keys({ a: 1 }))
export const isAsked = Schema.is(asked)
`
  const fields = {
    a: "Schema.Literals(list)",
    b: "Schema.Literals([...list, ...more, single])",
    c: "Schema.Literal(single)",
    d: "Schema.Literals(Object.values(kinds))",
    e: 'oneOf(["p", "q"])',
    f: "Kind",
    g: "Schema.Literals([...list].toSorted())",
    h: 'Schema.Literals(["a", 1, true])',
    i: 'Schema.Literals(["m", "n"] as const satisfies ReadonlyArray<string>)'
  }
  const events = `{ Counted: { ${Object.entries(fields)
    .map(([name, schema]) => `${name}: ${schema}`)
    .join(", ")} } }`
  const project = new Project({
    "schemas/a/counter.ts": head + before + counter({ id: "CounterId", events }) + "void branded\n"
  })
  expect(await project.gen()).toMatchObject({ code: 0, err: [] })
  expect(await project.tsc()).toEqual({ code: 0, out: "" })
})

describe("an id", () => {
  it.each([
    [
      "Schema.Struct({ a: Schema.String })",
      'use a string of the parts, such as `Schema.TemplateLiteral([Schema.NonEmptyString, "/", Schema.Int])`, or `Schema.NonEmptyString`'
    ],
    ["Schema.Int", "use `Schema.FiniteFromString`, with the checks of the number, or `Schema.NonEmptyString`"],
    ["Schema.BigInt", "use `Schema.BigIntFromString`, or `Schema.NonEmptyString`"],
    ["Schema.Date", "use `Schema.NonEmptyString`, or a schema that encodes to a string"]
  ])("%s does not encode to a text", async (id, fix) => {
    expect(await one(counter({ id: `${id} as never` }))).toEqual([
      `schemas/a/counter.ts:4:3 EF0027 the id of Counter does not encode to a string, but it is part of the name of a stream; ${fix}`
    ])
  })
  it("may be any type that has one", async () => {
    const ids = [
      'Schema.TemplateLiteral(["a-", Schema.Int])',
      "Schema.FiniteFromString",
      "Schema.BigIntFromString",
      'Schema.Literals(["a", "b"])',
      'Schema.Union([Schema.NonEmptyString, Schema.Literal("x")])'
    ]
    const project = new Project(
      Object.fromEntries(ids.map((id, i) => [`schemas/a${i}/counter.ts`, head + counter({ id }, `Counter${i}`)]))
    )
    expect(await project.gen()).toMatchObject({ code: 0, err: [] })
    expect(await project.tsc()).toEqual({ code: 0, out: "" })
  })
})

describe("a symbol among the keys of fields is reported at its place:", () => {
  const before = 'const mark = Symbol.for("mark")\nconst text = "text"\n'
  const why = "neither JSON nor generated code can name it; use a string as key"
  it("in an event, in a struct within it, in the state", async () => {
    const parts = {
      state: "Schema.Struct({ count: Schema.Int, [text]: Schema.String,\n    [mark]: Schema.Int })",
      initial: "{ count: 0, text, [mark]: 1 } as never",
      events:
        "{ Counted: { by: Schema.Int, [text]: Schema.Int, [mark]: Schema.Int, deep: Schema.Struct({ [mark]: Schema.Int }) } }"
    }
    expect(await one(before + counter(parts))).toEqual([
      `schemas/a/counter.ts:8:5 EF0010 the symbol Symbol(mark) can't be a field of state: ${why}`,
      `schemas/a/counter.ts:10:60 EF0010 the symbol Symbol(mark) can't be a field of events.Counted: ${why}`,
      `schemas/a/counter.ts:10:102 EF0010 the symbol Symbol(mark) can't be a field of events.Counted.deep: ${why}`
    ])
  })
})
