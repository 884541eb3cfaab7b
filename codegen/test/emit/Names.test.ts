/**
 * Names that meet in generated code: told apart where they can be, refused with a place where they
 * can't.
 */
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"

const head = `import { Effect, Schema } from "effect"
import { Aggregate, Projection } from "eventfold"
`

/** An aggregate with parts of its declaration replaced. */
const aggregate = (name: string, parts: Readonly<Record<string, string>> = {}): string => {
  const spec = {
    id: "Schema.String",
    state: "Schema.Struct({ n: Schema.Int })",
    initial: "{ n: 0 }",
    events: `{ ${name}Counted: { by: Schema.Int } }`,
    errors: "{}",
    commands: "{}",
    ...parts
  }
  const lines = Object.entries(spec).map(([key, value]) => `  ${key}: ${value}`)
  return `export const ${name} = Aggregate.make("${name}", {\n${lines.join(",\n")}\n})\n`
}

/** Returns the problems that `gen` reports. */
const refused = async (text: string): Promise<ReadonlyArray<string>> => {
  const project = new Project({ "schemas/a/a.ts": head + text })
  const { code, err } = await project.gen()
  expect(code).toBe(3)
  expect(project.has("examples")).toBe(false)
  return err.slice(0, -1)
}

const declarations = {
  // Value types and classes of the name of an event, of a service, and of what a contract declares.
  "schemas/a/a.ts": `${head}
export class Opened extends Schema.Class<Opened>("Opened")({ n: Schema.Int }) {}
export const Boxes = Schema.NonEmptyString.pipe(Schema.brand("Boxes"))
export const BoxState = Schema.NonEmptyString.pipe(Schema.brand("BoxState"))
${aggregate("Box", {
  id: "Boxes",
  state: "Schema.Struct({ n: Schema.Int, at: Schema.NullOr(BoxState) })",
  initial: "{ n: 0, at: null }",
  events: "{ Opened: { by: Opened, at: BoxState }, event: {}, command: {} }",
  errors: "{ error: {} }",
  commands: `{ Open: { payload: {}, emits: ["Opened"], fails: ["error"] } }`
})}
export const event2 = Projection.make("OpenedRow", { from: [Box], key: "streamId", row: Schema.Struct({ by: Opened }) })
`,
  // Value types and events of two domains.
  "schemas/b/b.ts": `${head}
export const Id = Schema.NonEmptyString.pipe(Schema.brand("Id"))
export class Where extends Schema.Class<Where>("Where")({ street: Schema.String }) {}
export interface Tree {
  readonly below: ReadonlyArray<Tree>
}
export const Tree = Schema.Struct({ below: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree)) })
${aggregate("One", { id: "Id", events: "{ Paid: { id: Id, where: Where, tree: Tree } }" })}`,
  "schemas/c/c.ts": `${head}import * as b from "../b/b.ts"
export interface Tree {
  readonly above: ReadonlyArray<Tree>
}
export const Tree = Schema.Struct({ above: Schema.Array(Schema.suspend((): Schema.Codec<Tree> => Tree)) })
${aggregate("Two", { id: "b.Id", events: "{ TwoPaid: { where: b.Where, tree: b.Tree, own: Tree } }" })}
export const Paid = Projection.make("Paid", {
  from: [b.One, Two],
  key: b.Id,
  row: Schema.Struct({ id: b.Id, where: b.Where, tree: Schema.Option(b.Tree) })
})
export const One = Projection.make("One", { from: [b.One], key: "streamId", row: Schema.Struct({ id: b.Id }) })
`,
  // Errors that no command fails with, yet.
  "schemas/d/d.ts": `${head}${aggregate("Some", {
    errors: "{ Used: {}, Unused: {} }",
    commands: `{ Do: { payload: {}, emits: [], fails: ["Used"] } }`
  })}${aggregate("None", { errors: "{ Never: {} }", commands: `{ Try: { payload: {}, emits: [], fails: [] } }` })}`
}

it("names that collide are made distinct, and later declarations compile", async () => {
  const project = new Project(declarations)
  expect(await project.gen()).toMatchObject({ code: 0, err: [] })
  expect(await project.tsc()).toEqual({ code: 0, out: "" })
  const contract = project.read("examples/a/src/generated/box.ts")
  expect(contract).toContain('import type { Opened as Opened2 } from "../../../../schemas/a/a.ts"')
  expect(contract).toContain('import type { BoxState as BoxState2 } from "./values.ts"')
  expect(project.read("examples/d/src/generated/some.ts")).toContain("=> ReadonlyArray<SomeEvent> | Used\n")
  expect(project.read("examples/d/src/generated/none.ts")).toMatch(/NoneDecide = .* => ReadonlyArray<NoneEvent>\n/)
})

describe("names that cannot be made distinct are refused:", () => {
  it("brands that are names of the language's or of Effect's", async () => {
    expect(
      await refused(aggregate("A", { events: `{ E: { on: Schema.String.pipe(Schema.brand("Option")) } }` }))
    ).toEqual([
      'schemas/a/a.ts:7:18 EF0010 the brand "Option" is a name that generated code uses itself; choose another name'
    ])
  })
  it("two brands, or a brand and a type, of one name, one within the other", async () => {
    const text = `const Inner = Schema.Int.pipe(Schema.brand("Point"))
const Point = Schema.Struct({ x: Inner }).pipe(Schema.brand("Point"))
`
    expect(await refused(text + aggregate("A", { events: "{ E: { at: Point } }" }))).toEqual([
      "schemas/a/a.ts:4:31 EF0018 two schemas of this domain are named Point and have different types; rename one of them"
    ])
  })
  it("services, of which a domain has one of a name", async () => {
    expect(await refused(aggregate("Box") + aggregate("Boxe"))).toEqual([
      'schemas/a/a.ts:11:1 EF0011 "Boxes" is already one of the services of the domain a, at schemas/a/a.ts:3:1; rename one of them'
    ])
  })
  it("what bodies export themselves", async () => {
    const projection = `export const project = Projection.make("project", { from: [decide], key: "streamId", row: Schema.Int })\n`
    const problems = await refused(aggregate("decide") + projection)
    expect(problems).toEqual([
      "schemas/a/a.ts:3:1 EF0010 decide is a name that your own code needs beside the generated code; choose another name",
      "schemas/a/a.ts:11:1 EF0010 project is a name that your own code needs beside the generated code; choose another name"
    ])
    expect(await refused(aggregate("A", { events: "{ decide: {} }" }))).toEqual([
      "schemas/a/a.ts:7:13 EF0010 decide is a name that the generated code of A uses itself; choose another name"
    ])
  })
  it("words that cannot be a type's name", async () => {
    const events = "{ keyof: {}, readonly: {}, infer: {}, unique: {}, eval: {}, arguments: {} }"
    const problems = await refused(aggregate("A", { events }))
    expect(problems.map((line) => line.split(" ")[2])).toEqual([
      '"keyof"',
      '"readonly"',
      '"infer"',
      '"unique"',
      '"eval"',
      '"arguments"'
    ])
  })
  it("a recursive type without a name", async () => {
    const text =
      "const tree = Schema.Struct({ below: Schema.Array(Schema.suspend((): Schema.Codec<unknown> => tree)) })\n"
    expect(await refused(`${text}export { tree }\n${aggregate("A", { events: "{ E: { tree } }" })}`)).toEqual([
      "schemas/a/a.ts:3:30 EF0017 A.events.E.tree.below refers to itself, and its type has no name; export its schema under a unique name that begins with a capital letter"
    ])
  })
})

describe("what would not come back as it was is refused:", () => {
  it("a field that may be left out, of a name that every object has", async () => {
    const events = "{ E: { toString: Schema.optionalKey(Schema.Int), valueOf: Schema.Int } }"
    expect(await refused(aggregate("A", { events }))).toEqual([
      "schemas/a/a.ts:7:18 EF0010 toString can't be optional, because every object inherits a property of that name; rename the field"
    ])
  })
  it("keys that are branded literals, which TypeScript does not see", async () => {
    const events = `{ E: { by: Schema.Record(Schema.Literals(["a", "b"]).pipe(Schema.brand("Side")), Schema.Int) } }`
    expect(await refused(aggregate("A", { events }))).toEqual([
      "schemas/a/a.ts:7:18 EF0017 A.events.E.by has branded literals as keys, which TypeScript does not accept as keys; use the literals without a brand"
    ])
  })
  it("undefined beside null, which are one in JSON", async () => {
    const events =
      "{ E: { a: Schema.optional(Schema.NullOr(Schema.Int)), b: Schema.UndefinedOr(Schema.Json), c: Schema.optional(Schema.Int) } }"
    const why =
      "can be undefined or null, which are both stored as null; use `Schema.optionalKey`, which omits the key, or only one of the two"
    expect(await refused(aggregate("A", { events }))).toEqual([
      `schemas/a/a.ts:7:18 EF0016 A.events.E.a ${why}`,
      `schemas/a/a.ts:7:65 EF0016 A.events.E.b ${why}`
    ])
  })
})
