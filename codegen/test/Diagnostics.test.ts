import { describe, expect, it } from "vitest"
import * as ConfigFile from "../src/ConfigFile.ts"
import * as Generation from "../src/Generation.ts"
import { Project } from "./Project.ts"

const head = `import { Schema } from "effect"
import { Aggregate, Projection } from "eventfold"
`

/** A counter, with parts of its declaration replaced. */
const counter = (parts: Readonly<Record<string, string>> = {}, name = "Counter"): string => {
  const spec = {
    id: "Schema.String",
    state: "Schema.Struct({ count: Schema.Int })",
    initial: "{ count: 0 }",
    events: "{ Counted: { by: Schema.Int } }",
    errors: "{ TooMuch: {} }",
    commands: `{ Count: { payload: { by: Schema.Int }, emits: ["Counted"], fails: ["TooMuch"] } }`,
    ...parts
  }
  const lines = Object.entries(spec).map(([key, value]) => `  ${key}: ${value}`)
  return `export const ${name} = Aggregate.make("${name}", {\n${lines.join(",\n")}\n})\n`
}

/** What `gen` says of schema files; nothing may be written. */
const said = async (files: Readonly<Record<string, string>>): Promise<ReadonlyArray<string>> => {
  const project = new Project(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`schemas/${name}`, text]))
  )
  const { code, err } = await project.gen()
  expect(code).toBe(3)
  expect(project.has("examples")).toBe(false)
  expect(err.at(-1)).toMatch(/^\d+ problems?; nothing was written$/)
  return err.slice(0, -1)
}

const one = (text: string) => said({ "a/counter.ts": head + text })

describe("a schema file", () => {
  it("that cannot be parsed is named with its place", async () => {
    expect(await one("export const = 1\n")).toEqual([
      "schemas/a/counter.ts:3:14 EF0002 cannot be read: Variable declaration expected."
    ])
  })
  it("that throws is named with the line that throws", async () => {
    expect(await one(`${counter()}\nthrow new Error("no luck")\n`)).toEqual([
      "schemas/a/counter.ts:12:7 EF0003 threw while it was loaded: Error: no luck"
    ])
  })
  it("that throws is named once, not by all that import it", async () => {
    const files = {
      "a/a.ts": `import "./b.ts"\n${head}${counter()}`,
      "a/b.ts": `export const x = (undefined as never as { y: 1 }).y\n`
    }
    expect(await said(files)).toEqual([
      "schemas/a/b.ts:1:51 EF0003 threw while it was loaded: TypeError: Cannot read properties of undefined (reading 'y')"
    ])
  })
  it("that is part of a circle is told what circles do", async () => {
    const files = {
      "a/a.ts": `import { b } from "./b.ts"\nexport const a = b + 1\n${head}${counter()}`,
      "a/b.ts": `import { a } from "./a.ts"\nexport const b = a + 1\n`
    }
    expect((await said(files))[0]).toContain("files that import each other in a circle do this: put what they share")
  })
  it("that imports what is not there says so", async () => {
    expect(await one(`import { x } from "./nowhere.ts"\nexport const y = x\n`)).toEqual([
      expect.stringMatching(
        /^schemas\/a\/counter\.ts EF0003 threw while it was loaded: Error: Cannot find module '.*nowhere\.ts' imported from .*counter\.ts$/
      )
    ])
  })
  it("that ends the process is an error", async () => {
    expect(await one("process.exit(0)\n")).toEqual([
      "schemas/a/counter.ts EF0003 stopped the program while it was loaded: it ended the process with code 0"
    ])
  })
  it("that awaits in vain is an error", async () => {
    expect(await one("await new Promise(() => {})\n")).toEqual([
      "schemas/a/counter.ts EF0003 stopped the program while it was loaded: it awaits something that never happens"
    ])
  })
  it("that never ends is an error", async () => {
    const project = new Project({ "schemas/a/counter.ts": "for (;;) {}\n" })
    const loaded = await ConfigFile.load(project.root)
    if (!("root" in loaded)) throw new Error("the config does not load")
    expect(await Generation.run(loaded, { milliseconds: 500 })).toEqual({
      kind: "refused",
      diagnostics: [
        {
          code: "EF0004",
          file: "schemas/a/counter.ts",
          message:
            "did not finish loading in 0.5 s; a schema file only declares: look for a loop or an await that never ends"
        }
      ]
    })
  })
  it("outside of all domains may not declare", async () => {
    expect(await said({ "counter.ts": head + counter() })).toEqual([
      "schemas/counter.ts:3:1 EF0006 Counter belongs to no domain; move the file into a folder, whose name is the domain's"
    ])
  })
})

describe("a declaration", () => {
  it("that is not exported is noticed", async () => {
    expect(await one(counter().replace("export ", ""))).toEqual([
      "schemas/a/counter.ts:3:1 EF0005 Counter is not exported, so nothing is generated for it; write `export const Counter`"
    ])
  })
  it("may not have a name that code cannot have", async () => {
    expect(await one(counter({ events: '{ "was counted": {}, Array: {}, Counted: {} }' }))).toEqual([
      'schemas/a/counter.ts:7:13 EF0010 "was counted" cannot be a name in generated code; use letters and digits, not a word of the language or a name that the code imports',
      'schemas/a/counter.ts:7:32 EF0010 "Array" cannot be a name in generated code; use letters and digits, not a word of the language or a name that the code imports'
    ])
  })
  it("may not have a field that takes the place of its tag, or of its prototype", async () => {
    const events = '{ Counted: { _tag: Schema.String }, Noted: { ["__proto__"]: Schema.String } }'
    const commands = '{ Count: { payload: { _tag: Schema.Int }, emits: ["Counted"], fails: [] } }'
    expect(await one(counter({ events, commands }))).toEqual([
      "schemas/a/counter.ts:7:24 EF0010 Counted has a field of its own called _tag, where Eventfold keeps the name Counted; call it something else",
      "schemas/a/counter.ts:7:47 EF0010 __proto__ cannot be a field: JavaScript takes it for the object's prototype; call it something else",
      "schemas/a/counter.ts:9:35 EF0010 Count has a field of its own called _tag, where Eventfold keeps the name Count; call it something else"
    ])
  })
  it("may not take a name that its own code needs", async () => {
    expect(await one(counter({ errors: "{ CounterState: {}, TooMuch: {} }" }))).toEqual([
      "schemas/a/counter.ts:8:13 EF0010 CounterState is a name that the generated code of Counter needs itself; choose another"
    ])
  })
  it("has a name of its own in its domain, and so has each event", async () => {
    expect(await said({ "a/a.ts": head + counter(), "a/b.ts": head + counter() })).toEqual([
      'schemas/a/b.ts:3:1 EF0011 "Counter" is already one of the aggregates and projections of the domain a, at schemas/a/a.ts:3:1; give one of them another name',
      'schemas/a/b.ts:7:13 EF0011 "Counted" is already one of the events of the domain a, at schemas/a/a.ts:7:13; give one of them another name'
    ])
  })
  it("does not call an event and a command the same", async () => {
    expect(await one(counter({ commands: "{ Counted: { payload: {}, emits: [], fails: [] } }" }))).toEqual([
      'schemas/a/counter.ts:9:15 EF0011 "Counted" is already one of the names of Counter, at schemas/a/counter.ts:7:13; give one of them another name'
    ])
  })
  it("has events", async () => {
    expect(await one(counter({ events: "{}", commands: "{}" }))).toEqual([
      "schemas/a/counter.ts:7:3 EF0012 Counter declares no events; declare at least one, since only events are stored"
    ])
  })
  it("begins with a state that fits", async () => {
    expect(await one(counter({ initial: `{ count: "0" } as never` }))).toEqual([
      'schemas/a/counter.ts:6:3 EF0013 the initial state of Counter does not fit its state: Expected number at ["count"]'
    ])
  })
  it("emits and fails with what is declared", async () => {
    const commands = `{ Count: { payload: {}, emits: ["Countd" as never], fails: ["Nope" as never] } }`
    expect(await one(counter({ commands }))).toEqual([
      'schemas/a/counter.ts:9:37 EF0014 Count has "Countd" in `emits`, but Counter declares no event of that name; it declares Counted',
      'schemas/a/counter.ts:9:65 EF0014 Count has "Nope" in `fails`, but Counter declares no error of that name; it declares TooMuch'
    ])
  })
  it("says everything that is wrong at once, in the order of the file", async () => {
    const text = counter({
      initial: "{} as never",
      errors: "{ Array: {}, TooMuch: {} }",
      events: "{ Counted: { by: Schema.Symbol } }"
    })
    expect((await one(text)).map((line) => line.slice(0, 34))).toEqual([
      "schemas/a/counter.ts:7:24 EF0016 C",
      'schemas/a/counter.ts:8:13 EF0010 "'
    ])
  })
})

describe("a projection", () => {
  const projection = (spec: string) => `${counter()}export const P = Projection.make("P", {\n${spec}\n})\n`
  const row = "row: Schema.Struct({ n: Schema.Int })"

  it("reads events that there are", async () => {
    expect(
      await one(projection(`  from: [Projection.events(Counter, "Countd" as never)],\n  key: "streamId",\n  ${row}`))
    ).toEqual([
      "schemas/a/counter.ts:12:3 EF0012 P reads no events; name at least one aggregate in `from`",
      'schemas/a/counter.ts:12:3 EF0014 P reads "Countd", but Counter declares no event of that name; it declares Counted'
    ])
  })
  it("keyed by stream reads one aggregate", async () => {
    const other = counter({ events: "{ Reset: {} }", commands: "{}" }, "Other")
    expect(await one(other + projection(`  from: [Counter, Other],\n  key: "streamId",\n  ${row}`))).toEqual([
      'schemas/a/counter.ts:21:3 EF0015 P keeps a row for each stream ("streamId"), but reads Counter and Other, whose streams have nothing in common; give a schema as key instead'
    ])
  })
  it("reads aggregates that are exported", async () => {
    const text = projection(`  from: [Counter],\n  key: "streamId",\n  ${row}`).replace(
      "export const Counter",
      "const Counter"
    )
    expect(await one(text)).toEqual([
      "schemas/a/counter.ts:3:1 EF0005 Counter is not exported, so nothing is generated for it; write `export const Counter`",
      "schemas/a/counter.ts:12:3 EF0005 P reads Counter, which no schema file exports; export it where it is declared",
      "schemas/a/counter.ts:12:3 EF0012 P reads no events; name at least one aggregate in `from`"
    ])
  })
  it("reads no two events of one name, which two domains may have", async () => {
    const from = `import { Counter as Other } from "../b/counter.ts"\n${projection(`  from: [Counter, Other],\n  key: Schema.String,\n  ${row}`)}`
    const files = {
      "a/counter.ts": head + from,
      "b/counter.ts": head + counter({}, "Meter").replace("const Meter", "const Counter")
    }
    expect(await said(files)).toEqual([
      "schemas/a/counter.ts:13:3 EF0011 P reads events of the same name from Counter and Meter; give one of them another name"
    ])
  })
  it("has no array as key", async () => {
    expect(await one(projection(`  from: [Counter],\n  key: Schema.Array(Schema.String),\n  ${row}`))).toEqual([
      "schemas/a/counter.ts:13:3 EF0020 P has an array as key, which cannot be told from several keys; give a struct as key instead"
    ])
  })
})

describe("a schema", () => {
  const field = (schema: string) => one(counter({ events: `{ Counted: { by: ${schema} } }` }))

  it.each([
    ["Schema.Symbol", "a symbol is nothing outside its process; use a string"],
    ["Schema.Unknown", "it may be anything; use `Schema.Json`"],
    [
      'Schema.declare((u): u is () => void => typeof u === "function")',
      "its schema has no codec; use a struct, or annotate it with `toCodecJson`"
    ],
    ["Schema.instanceOf(Set)", "its schema has no codec; use a struct, or annotate it with `toCodecJson`"]
  ])("%s cannot be stored", async (schema, why) => {
    expect(await field(schema)).toEqual([
      `schemas/a/counter.ts:7:24 EF0016 Counter.events.Counted.by cannot be stored as JSON: ${why}`
    ])
  })
  it("whose type nothing names is refused", async () => {
    expect(await field('Schema.String.pipe(Schema.refine((s): s is `a${string}` => s.startsWith("a")))')).toEqual([
      "schemas/a/counter.ts:7:24 EF0017 Counter.events.Counted.by is narrowed by a refinement whose type cannot be read; use one of Effect's schemas, or a class that the schema file exports"
    ])
  })
  it("that is a class is exported", async () => {
    const text = `class Point extends Schema.Class<Point>("Point")({ x: Schema.Int }) {}\n${counter({ events: "{ Counted: { by: Point } }" })}`
    expect(await one(text)).toEqual([
      "schemas/a/counter.ts:8:24 EF0017 Counter.events.Counted.by is a class that no schema file exports; export it, so that generated code can name it"
    ])
  })
  it("that refers to itself is exported", async () => {
    const text = `interface T { readonly t: ReadonlyArray<T> }\nconst T = Schema.Struct({ t: Schema.Array(Schema.suspend((): Schema.Codec<T> => T)) })\n`
    expect(await one(text + counter({ events: "{ Counted: { by: T } }" }))).toEqual([
      "schemas/a/counter.ts:4:27 EF0017 Counter.events.Counted.by.t refers to itself through a schema that is not exported; export that schema, so that its type has a name"
    ])
  })
  it("does not share its brand with another type", async () => {
    const text = counter({
      events: `{ Counted: { a: Schema.String.pipe(Schema.brand("Id")), b: Schema.Number.pipe(Schema.brand("Id")) } }`
    })
    expect(await one(text)).toEqual([
      "schemas/a/counter.ts:7:67 EF0018 two schemas of this domain are called Id and have different types; give one of them another name"
    ])
  })
  it("has a brand that can be a type's name", async () => {
    expect(await field(`Schema.String.pipe(Schema.brand("app/Id"))`)).toEqual([
      'schemas/a/counter.ts:7:24 EF0010 the brand "app/Id" is not a type\'s name; begin it with a capital, then letters and digits'
    ])
    expect(await field(`Schema.String.pipe(Schema.brand("Count"))`)).toEqual([
      "schemas/a/counter.ts:7:60 EF0010 the brand Count has the name of an event, a command or an error of Counter; give one of them another name"
    ])
  })
})

describe("a config", () => {
  const config = async (text: string): Promise<ReadonlyArray<string>> => {
    const project = new Project({ "schemas/a/counter.ts": head + counter(), "eventfold.config.ts": text })
    const { code, err } = await project.gen()
    expect(code).toBe(3)
    return err.slice(0, -1)
  }
  it("that names nothing is told", async () => {
    expect(await config('export default {\n  schemas: "declarations"\n}\n')).toEqual([
      "declarations EF0001 holds no schema files; declare an aggregate in a folder there, such as `account/account.ts`, or name another folder in eventfold.config.ts"
    ])
  })
  it("that says what means nothing is told", async () => {
    expect(await config(`export default { schema: "x", output: "src/generated" }\n`)).toEqual([
      'eventfold.config.ts EF0019 `output` must name a folder with `{domain}` once in its path, such as "src/{domain}/generated"',
      'eventfold.config.ts EF0019 says "schema", which means nothing; it may say `schemas` and `output`'
    ])
    expect(await config("export const x = 1\n")).toEqual([
      "eventfold.config.ts EF0019 has no default export; write `export default defineConfig({ … })`"
    ])
    expect(await config(`throw new Error("no luck")\n`)).toEqual([
      "eventfold.config.ts EF0019 cannot be loaded: no luck"
    ])
  })
  it("may be absent", async () => {
    const project = new Project({ "schemas/a/counter.ts": head + counter() })
    project.remove("eventfold.config.ts")
    expect((await project.gen()).code).toBe(0)
    expect(project.has("src/a/generated/counter.ts")).toBe(true)
    expect(project.has("src/a/counter.apply.ts")).toBe(true)
  })
})
