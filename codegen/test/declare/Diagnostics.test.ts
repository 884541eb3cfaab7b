import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"
import { counter, head, one, said } from "../Refusals.ts"

describe("a schema file", () => {
  it("that cannot be parsed is named with its place", async () => {
    expect(await one("export const = 1\n")).toEqual([
      "schemas/a/counter.ts:3:14 EF0002 can't be parsed: Variable declaration expected; correct the syntax"
    ])
  })
  it("that throws is named with the line that throws", async () => {
    expect(await one(`${counter()}\nthrow new Error("no luck")\n`)).toEqual([
      "schemas/a/counter.ts:12:7 EF0003 threw an error while it was loaded: Error: no luck; fix the error: each schema file must load on its own"
    ])
  })
  it("that throws is named once, not by all that import it", async () => {
    const files = {
      "a/a.ts": `import "./b.ts"\n${head}${counter()}`,
      "a/b.ts": `export const x = (undefined as never as { y: 1 }).y\n`
    }
    expect(await said(files)).toEqual([
      "schemas/a/b.ts:1:51 EF0003 threw an error while it was loaded: TypeError: Cannot read properties of undefined (reading 'y'); fix the error: each schema file must load on its own"
    ])
  })
  it("that throws somewhere in Effect is named with its own line, and with all that Effect says", async () => {
    const text = `export const a = Schema.decodeUnknownSync(Schema.Struct({ n: Schema.Int }))(\n  { n: "x" }\n)\n`
    expect(await one(text)).toEqual([
      'schemas/a/counter.ts:3:76 EF0003 threw an error while it was loaded: SchemaError: Expected number at ["n"]; fix the error: each schema file must load on its own'
    ])
    expect(await one("export const a = Schema.Int.make(1.5)\n")).toEqual([
      "schemas/a/counter.ts:3:29 EF0003 threw an error while it was loaded: Error: Schema validation failed: Expected an integer; fix the error: each schema file must load on its own"
    ])
  })
  it("that declares a name twice is named with the second", async () => {
    expect(await one("export const two = 1\nconst one = 1\nexport class two {}\n")).toEqual([
      "schemas/a/counter.ts:5:14 EF0002 declares or imports two twice; rename one of them"
    ])
  })
  it("that imports what throws is not blamed, wherever that is", async () => {
    const project = new Project({
      "schemas/a/counter.ts": `import "../../shared/(b) c.ts"\n${head}${counter()}`,
      "shared/(b) c.ts": "\nnull.x\n"
    })
    expect((await project.gen()).err[0]).toMatch(
      /^shared\/\(b\) c\.ts:2:6 EF0003 threw an error while it was loaded: TypeError: /
    )
  })
  it("that imports a missing file is reported at the import, with a fix", async () => {
    const files = {
      "a/counter.ts": `import { x } from "./nowhere.ts"\nexport const y = x\n`,
      "a/other.ts": `import "./counter.js"\nimport "./third"\n`,
      "a/packages.ts": `import "@left/pad/more"\n`,
      "a/third.ts": `export const three = 3\n`,
      "a/wrong.ts": `import { four } from "./third.ts"\nexport const five = four + 1\n`
    }
    expect(await said(files)).toEqual([
      "schemas/a/counter.ts:1:19 EF0003 imports ./nowhere.ts, which does not exist; write the path of an existing file",
      'schemas/a/other.ts:1:8 EF0003 imports ./counter.js, which does not exist; write "./counter.ts": Node needs the complete path',
      "schemas/a/packages.ts:1:8 EF0003 imports @left/pad/more, which is not installed; npm install @left/pad",
      "schemas/a/wrong.ts:1:22 EF0003 imports four from ./third.ts, which does not export that name; export it there, or correct the name; use `import type` for a type"
    ])
  })
  it("that awaits in vain is named with the await", async () => {
    expect(await one("const later = async () => await 1\nawait new Promise(() => {})\n")).toEqual([
      "schemas/a/counter.ts:4:1 EF0004 awaits something that never happens; remove what it waits for: schema files must only contain declarations"
    ])
  })
  it("that is faulty does not hide the problems of other files", async () => {
    const files = {
      "a/a.ts": "export const = 1\nexport const b = }\n",
      "a/b.ts": "null.x\n",
      "a/c.ts": head + counter({ initial: "{ count: 0.5 }" }),
      "a/d.ts": head + counter({ events: "{ Counted: { by: Schema.Symbol } }" }, "Other"),
      "a/e.ts": `import "./a.ts"\n`,
      "a/f.ts": `import { clock } from "node:fs"\n`
    }
    expect((await said(files)).map((line) => line.slice(0, 26))).toEqual([
      "schemas/a/a.ts:1:14 EF0002",
      "schemas/a/a.ts:2:18 EF0002",
      "schemas/a/b.ts:1:6 EF0003 ",
      "schemas/a/c.ts:6:14 EF0013",
      "schemas/a/d.ts:7:13 EF0011",
      "schemas/a/d.ts:7:24 EF0016",
      "schemas/a/f.ts:1:23 EF0007"
    ])
  })
  it("outside of all domains may not declare", async () => {
    expect(await said({ "counter.ts": head + counter() })).toEqual([
      "schemas/counter.ts:3:1 EF0006 Counter belongs to no domain; move the file into a subfolder, whose name becomes the name of the domain"
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
      'schemas/a/counter.ts:7:13 EF0010 "was counted" can\'t be a name in generated code; use letters of any script, digits and _, and begin with a letter',
      'schemas/a/counter.ts:7:32 EF0010 "Array" can\'t be a name in generated code: it is a reserved word, or a name that the code imports; choose another name'
    ])
  })
  it("may not have a field that takes the place of its tag, or of its prototype", async () => {
    const events = '{ Counted: { _tag: Schema.String }, Noted: { ["__proto__"]: Schema.String } }'
    const commands = '{ Count: { payload: { _tag: Schema.Int }, emits: ["Counted"], fails: [] } }'
    expect(await one(counter({ events, commands }))).toEqual([
      "schemas/a/counter.ts:7:24 EF0010 Counted has its own field _tag, but Eventfold stores the name Counted in that field; rename the field",
      "schemas/a/counter.ts:7:56 EF0010 __proto__ can't be a field: JavaScript uses that name for the prototype of an object; rename the field",
      "schemas/a/counter.ts:9:35 EF0010 Count has its own field _tag, but Eventfold stores the name Count in that field; rename the field"
    ])
  })
  it("may not take a name that its own code needs", async () => {
    expect(await one(counter({ errors: "{ CounterState: {}, TooMuch: {} }" }))).toEqual([
      "schemas/a/counter.ts:8:13 EF0010 CounterState is a name that the generated code of Counter uses itself; choose another name"
    ])
  })
  it("has a name of its own in its domain, and so has each event", async () => {
    expect(await said({ "a/a.ts": head + counter(), "a/b.ts": head + counter() })).toEqual([
      'schemas/a/b.ts:3:1 EF0011 "Counter" is already one of the aggregates and projections of the domain a, at schemas/a/a.ts:3:1; rename one of them',
      'schemas/a/b.ts:7:13 EF0011 "Counted" is already one of the events of the domain a, at schemas/a/a.ts:7:13; rename one of them'
    ])
  })
  it("does not call an event and a command the same", async () => {
    expect(await one(counter({ commands: "{ Counted: { payload: {}, emits: [], fails: [] } }" }))).toEqual([
      'schemas/a/counter.ts:9:15 EF0011 "Counted" is already one of the names of Counter, at schemas/a/counter.ts:7:13; rename one of them'
    ])
  })
  it("has events", async () => {
    expect(await one(counter({ events: "{}", commands: "{}" }))).toEqual([
      "schemas/a/counter.ts:7:3 EF0012 Counter declares no events; declare at least one event, because only events are stored"
    ])
  })
  it("begins with a state that fits", async () => {
    expect(await one(counter({ initial: `{ count: "0" } as never` }))).toEqual([
      'schemas/a/counter.ts:6:14 EF0013 the initial state of Counter does not match its state schema: Expected number at ["count"]; write a valid value, or change `state`'
    ])
    const state = "Schema.Struct({ a: Schema.Struct({ b: Schema.Int }), list: Schema.Array(Schema.Int) })"
    expect(await one(counter({ state, initial: `{\n  a: { b: "x" },\n  list: [1, 0.5], more: 1 } as never` }))).toEqual(
      [
        'schemas/a/counter.ts:7:8 EF0013 the initial state of Counter does not match its state schema: Expected number at ["a"]["b"]; write a valid value, or change `state`',
        'schemas/a/counter.ts:8:3 EF0013 the initial state of Counter does not match its state schema: Expected an integer at ["list"]["1"]; write a valid value, or change `state`',
        'schemas/a/counter.ts:8:19 EF0013 the initial state of Counter does not match its state schema: Expected no excess property at ["more"]; write a valid value, or change `state`'
      ]
    )
  })
  it("has a state to begin with", async () => {
    expect(await one(counter().replace("  initial: { count: 0 },\n", ""))).toEqual([
      "schemas/a/counter.ts:3:1 EF0013 Counter has no initial state; write `initial: …`, a value of its `state`, with which the fold begins"
    ])
  })
  it("consists of schemas", async () => {
    const events = `{ Counted: { by: Number as never, how: Schema.Struct({ fast: "yes" as never }) } }`
    expect(await one(counter({ id: "String as never", events }))).toEqual([
      "schemas/a/counter.ts:4:3 EF0025 Counter.id has String in the place of a schema; write `Schema.String`",
      "schemas/a/counter.ts:7:24 EF0025 Counter.events.Counted.by has Number in the place of a schema; write `Schema.Number`",
      'schemas/a/counter.ts:7:66 EF0025 Counter.events.Counted.how.fast has "yes" in the place of a schema; write `Schema.Literal("yes")` for this value only, or the schema of its type'
    ])
    expect(await one(counter({ events: "{ Counted: { by: (Schema as never as { Strng: never }).Strng } }" }))).toEqual([
      "schemas/a/counter.ts:3:34 EF0003 has undefined in the place of a schema; look for a schema whose name is misspelt, or that its file does not export"
    ])
  })
  it("emits and fails with what is declared", async () => {
    const commands = `{ Count: { payload: {}, emits: ["Countd" as never], fails: ["Nope" as never] } }`
    expect(await one(counter({ commands }))).toEqual([
      'schemas/a/counter.ts:9:37 EF0014 Count lists "Countd" in `emits`, but Counter declares no event of that name; write "Counted"',
      'schemas/a/counter.ts:9:65 EF0014 Count lists "Nope" in `fails`, but Counter declares no error of that name; use one of TooMuch'
    ])
  })
  it("says everything that is wrong at once, in the order of the file", async () => {
    const text = counter({
      initial: "{} as never",
      errors: "{ Array: {}, TooMuch: {} }",
      events: "{ Counted: { by: Schema.Symbol } }"
    })
    expect((await one(text)).map((line) => line.slice(0, 34))).toEqual([
      "schemas/a/counter.ts:6:3 EF0013 th",
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
      'schemas/a/counter.ts:12:3 EF0014 P reads "Countd", but Counter declares no event of that name; write "Counted"'
    ])
  })
  it("reads at least one event of each of its sources", async () => {
    const none = projection(`  from: [Projection.events(Counter)],\n  key: "streamId",\n  ${row}`)
    expect(await one(none)).toEqual([
      "schemas/a/counter.ts:12:3 EF0012 P reads no events of Counter; list events in `Projection.events`, or write the aggregate itself for all of its events"
    ])
    const other = counter({ events: "{ Reset: {} }", commands: "{}" }, "Other")
    const partly = projection(`  from: [Counter, Projection.events(Other)],\n  key: Schema.String,\n  ${row}`)
    expect(await one(other + partly)).toEqual([expect.stringContaining("EF0012 P reads no events of Other;")])
    expect(await one(projection(`  from: [],\n  key: "streamId",\n  ${row}`))).toEqual([
      "schemas/a/counter.ts:12:3 EF0012 P reads no events; list at least one aggregate in `from`"
    ])
  })
  it("keyed by stream reads one aggregate", async () => {
    const other = counter({ events: "{ Reset: {} }", commands: "{}" }, "Other")
    expect(await one(other + projection(`  from: [Counter, Other],\n  key: "streamId",\n  ${row}`))).toEqual([
      'schemas/a/counter.ts:21:3 EF0015 P keeps one row per stream ("streamId"), but reads Counter and Other, which have no streams in common; set `key` to a schema'
    ])
  })
  it("reads aggregates that are exported", async () => {
    const text = projection(`  from: [Counter],\n  key: "streamId",\n  ${row}`).replace(
      "export const Counter",
      "const Counter"
    )
    expect(await one(text)).toEqual([
      "schemas/a/counter.ts:3:1 EF0005 Counter is not exported, so nothing is generated for it; write `export const Counter`",
      "schemas/a/counter.ts:12:3 EF0005 P reads Counter, which no schema file exports; export it from the file that declares it"
    ])
  })
  it("reads no two events of one name, which two domains may have", async () => {
    const from = `import { Counter as Other } from "../b/counter.ts"\n${projection(`  from: [Counter, Other],\n  key: Schema.String,\n  ${row}`)}`
    const files = {
      "a/counter.ts": head + from,
      "b/counter.ts": head + counter({}, "Meter").replace("const Meter", "const Counter")
    }
    expect(await said(files)).toEqual([
      "schemas/a/counter.ts:13:3 EF0011 P reads events of the same name from Counter and Meter; rename one of them"
    ])
  })
  it("has a key that its events carry", async () => {
    const more =
      "{ Counted: { by: Schema.Int, who: Schema.String }, Reset: { why: Schema.String, who: Schema.String }, Ended: {} }"
    const keyed = (events: string, key: string) =>
      one(
        projection(`  from: [${events}],\n  key: ${key} as never,\n  ${row}`).replace(
          "{ Counted: { by: Schema.Int } }",
          more
        )
      )
    expect(await keyed("Counter", '"by"')).toEqual([
      'schemas/a/counter.ts:13:3 EF0024 P has "by" as key, which Ended and Reset do not have; remove Ended and Reset from `from`, or set `key` to "streamId" or to a schema, and map each event to its row under `keys` in the body'
    ])
    expect(await keyed('Projection.events(Counter, "Counted", "Reset")', '"shop"')).toEqual([
      'schemas/a/counter.ts:13:3 EF0024 P has "shop" as key, which Counted and Reset do not have; set `key` to "streamId" or to a schema (all events have who), and map each event to its row under `keys` in the body'
    ])
    expect(await keyed('Projection.events(Counter, "Counted")', '"by"')).toEqual([
      'schemas/a/counter.ts:13:3 EF0024 P has the field "by" as key, not "streamId" or a schema; set `key` to the schema of that field, and write `keys: { Counter: ({ by }) => by }` in the body'
    ])
    expect(await keyed("Counter", "undefined")).toEqual([
      'schemas/a/counter.ts:13:3 EF0024 P has undefined as key; write "streamId" for one row per stream, or a schema for other keys'
    ])
  })
  it("whose body makes a key of a field that an event lacks is reported, while its types are written", async () => {
    const project = new Project({
      "schemas/a/counter.ts":
        head +
        counter({ events: "{ Counted: { by: Schema.Int, who: Schema.String }, Reset: { why: Schema.String } }" }) +
        `export const P = Projection.make("P", { from: [Counter], key: Schema.String, ${row} })\n`
    })
    await project.gen()
    const body = "examples/a/src/p.projection.ts"
    const keys = (text: string) =>
      project.write(
        body,
        `import { P } from "./generated/p.ts"\nexport const project = P.project({\n  keys: { Counter: ${text} },\n  on: { Counted: (row) => row, Reset: (row) => row }\n})\n`
      )
    const uncarried = async () => (await project.check()).err.filter((line) => line.includes("EF0108"))
    keys("({ who: name, _tag }, origin) => name + _tag")
    expect(await uncarried()).toEqual([
      `${body}:3:23 EF0108 makes a key of who, which Reset of Counter doesn't carry; leave Reset out of \`from\`, or tell events apart by \`event._tag\`: an empty array is no key`
    ])
    keys("(event) => event.nothing")
    expect(await uncarried()).toEqual([
      `${body}:3:37 EF0108 makes a key of nothing, which Counted, Reset of Counter don't carry; leave Counted, Reset out of \`from\`, or tell events apart by \`event._tag\`: an empty array is no key`
    ])
    expect((await project.gen()).code).toBe(0)
    keys('(event) => (event._tag === "Counted" ? event.who : [])')
    expect(await uncarried()).toEqual([])
  })
  it("has no array as key", async () => {
    expect(await one(projection(`  from: [Counter],\n  key: Schema.Array(Schema.String),\n  ${row}`))).toEqual([
      "schemas/a/counter.ts:13:3 EF0020 P has an array as key, which can't be distinguished from several keys; use a struct as the key"
    ])
  })
})

describe("a schema", () => {
  const field = (schema: string) => one(counter({ events: `{ Counted: { by: ${schema} } }` }))

  it.each([
    ["Schema.Symbol", "a symbol only exists in its process; use a string"],
    ["Schema.Unknown", "it can be any value; use `Schema.Json`"],
    [
      'Schema.declare((u): u is () => void => typeof u === "function")',
      "its schema has no codec; use a struct, or annotate it with `toCodecJson`"
    ],
    ["Schema.instanceOf(Set)", "its schema has no codec; use a struct, or annotate it with `toCodecJson`"],
    // An append was refused, since Effect encodes an instance of it as that instance.
    [
      'Schema.Class<object>("Nothing")({})',
      "it is a class without fields, which encodes to its own instances; add a field, or use `Schema.Struct({})`"
    ]
  ])("%s cannot be stored", async (schema, why) => {
    expect(await field(schema)).toEqual([
      `schemas/a/counter.ts:7:24 EF0016 Counter.events.Counted.by can't be stored as JSON: ${why}`
    ])
  })
  it("whose type nothing names is refused", async () => {
    expect(await field('Schema.String.pipe(Schema.refine((s): s is `a${string}` => s.startsWith("a")))')).toEqual([
      "schemas/a/counter.ts:7:24 EF0017 Counter.events.Counted.by has a refinement whose type can't be read; use a schema of Effect, or a class that a schema file exports"
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
      "schemas/a/counter.ts:4:27 EF0017 Counter.events.Counted.by.t refers to itself through a schema that is not exported; export that schema, here or in its package, so that its type has a name"
    ])
  })
  it("does not share its brand with another type", async () => {
    const text = counter({
      events: `{ Counted: { a: Schema.String.pipe(Schema.brand("Id")), b: Schema.Number.pipe(Schema.brand("Id")) } }`
    })
    expect(await one(text)).toEqual([
      "schemas/a/counter.ts:7:67 EF0018 two schemas of this domain are named Id and have different types; rename one of them"
    ])
  })
  it("has a brand that can be a type's name", async () => {
    expect(await field(`Schema.String.pipe(Schema.brand("app/Id"))`)).toEqual([
      'schemas/a/counter.ts:7:24 EF0010 the brand "app/Id" is not a valid name of a type; begin it with a capital letter, then use letters and digits'
    ])
    expect(await field(`Schema.String.pipe(Schema.brand("Count"))`)).toEqual([
      "schemas/a/counter.ts:7:60 EF0010 the brand Count has the name of an event, a command or an error of Counter; rename one of them"
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
  const fix = 'write `output: "src/{domain}/generated"`, or another folder with `{domain}` in its path'
  const at = "eventfold.config.ts:1:18 EF0019"
  it("that names nothing is reported", async () => {
    expect(await config('export default {\n  schemas: "declarations"\n}\n')).toEqual([
      "declarations EF0001 does not exist, but eventfold.config.ts names it: it is the folder for declarations; create it, and declare an aggregate in a subfolder, such as declarations/bank/account.ts, or set another folder in eventfold.config.ts; `eventfold init` creates an example"
    ])
    const project = new Project({ "schemas/readme.md": "nothing" })
    expect((await project.gen()).err[0]).toBe(
      "schemas EF0001 contains no schema files; declare an aggregate in a subfolder, such as schemas/bank/account.ts, or set another folder in eventfold.config.ts; `eventfold init` creates an example"
    )
  })
  it.each([
    ['{ schema: "x" }', 'has an unknown option "schema"; write `schemas`'],
    ['{ outputs: "src/{domain}/x" }', 'has an unknown option "outputs"; write `output`'],
    [
      "{ watch: true }",
      'has an unknown option "watch"; remove it: the options are `schemas`, `output` and `separateStores`'
    ],
    [
      "{ schemas: 5 as never }",
      '`schemas` is number, not the path of a folder; write a path relative to the config, such as "schemas"'
    ],
    ['{ schemas: "" }', '`schemas` is an empty path; write a path relative to the config, such as "schemas"'],
    [
      '{ output: ["src"] as never }',
      '`output` is an array, not the path of a folder; write a path relative to the config, such as "src/{domain}/generated"'
    ],
    [
      '{ output: "/tmp/{domain}/x" }',
      '`output` is an absolute path, "/tmp/{domain}/x"; write a path relative to the config, such as "src/{domain}/generated"'
    ],
    ['{ output: "../{domain}/x" }', `\`output\` is outside of the project: "../{domain}/x"; ${fix}`],
    ['{ output: "src/../../{domain}/x" }', `\`output\` is outside of the project: "src/../../{domain}/x"; ${fix}`],
    [
      '{ output: "src/generated" }',
      `\`output\` does not contain \`{domain}\`, so all domains would be written to one folder; ${fix}`
    ],
    ['{ output: "{domain}/{domain}" }', `\`output\` contains \`{domain}\` more than once; ${fix}`],
    [
      '{ output: "./{domain}" }',
      `\`output\` is a top-level folder, and your own code is written to its parent folder; ${fix}`
    ],
    [
      '{ output: "schemas//{domain}/generated/" }',
      '`output` is inside of `schemas`, "schemas", so generated code would be read as declarations; use a folder outside of the folder of declarations'
    ],
    [
      '{ output: "src/{domain}/generated", schemas: "src" }',
      '`output` is inside of `schemas`, "src", so generated code would be read as declarations; use a folder outside of the folder of declarations'
    ]
  ])("with %s is reported with its problem", async (options, says) => {
    expect(await config(`export default ${options}\n`)).toEqual([`${at} ${says}`])
  })
  it("gets all of its problems at once, each at its place", async () => {
    expect(
      await config(
        'import { defineConfig } from "@eventfold/cli"\n\nconst config = {\n  schemas: 5,\n  outptu: "x",\n  output: "x"\n}\nexport default defineConfig(config as never)\n'
      )
    ).toEqual([
      'eventfold.config.ts:4:3 EF0019 `schemas` is number, not the path of a folder; write a path relative to the config, such as "schemas"',
      'eventfold.config.ts:5:3 EF0019 has an unknown option "outptu"; write `output`',
      `eventfold.config.ts:6:3 EF0019 \`output\` does not contain \`{domain}\`, so all domains would be written to one folder; ${fix}`
    ])
  })
  it.each([
    ["", "eventfold.config.ts EF0019 has no default export; write `export default defineConfig({ … })`"],
    [
      "export default 5\n",
      "eventfold.config.ts:1:1 EF0019 has number as its default export, not an object of options; write `export default defineConfig({ … })`"
    ],
    [
      "export default []\n",
      "eventfold.config.ts:1:1 EF0019 has an array as its default export, not an object of options; write `export default defineConfig({ … })`"
    ],
    [
      '\nthrow new Error("no luck")\n',
      "eventfold.config.ts:2:7 EF0019 can't be loaded: no luck; fix the error; a config only needs to import `defineConfig`"
    ],
    [
      "export default {\n  schemas: \n}\n",
      "eventfold.config.ts:3:1 EF0019 can't be loaded: Expression expected; fix the error; a config only needs to import `defineConfig`"
    ]
  ])("that is %j can't be used", async (text, says) => {
    expect(await config(text)).toEqual([says])
  })
  it("by which two domains would share files is reported", async () => {
    const project = new Project({
      "schemas/a/counter.ts": head + counter(),
      "schemas/b/counter.ts": head + counter(),
      "eventfold.config.ts": 'export default {\n  output: "src/{domain}",\n  separateStores: ["b"]\n}\n'
    })
    expect((await project.gen()).err).toEqual([
      'eventfold.config.ts:2:3 EF0019 `output` puts your code for Counter of a and of b into the same files, src/counter.*; move `{domain}` to an earlier folder, such as "src/{domain}/generated", or rename one of them',
      "1 problem; nothing was written"
    ])
    expect(project.has("src")).toBe(false)
  })
  it("of another name is not taken for none", async () => {
    const project = new Project({
      "schemas/a/counter.ts": head + counter(),
      "eventfold.config.js": "export default {}\n"
    })
    project.remove("eventfold.config.ts")
    expect((await project.gen()).err[0]).toBe(
      "eventfold.config.js EF0019 is not read; rename it to eventfold.config.ts"
    )
  })
  it("may say nothing", async () => {
    const project = new Project({
      "schemas/a/counter.ts": head + counter(),
      "eventfold.config.ts": "export default {}\n"
    })
    expect((await project.gen()).code).toBe(0)
    expect(project.has("src/a/generated/counter.ts")).toBe(true)
  })
  it("may be absent", async () => {
    const project = new Project({ "schemas/a/counter.ts": head + counter() })
    project.remove("eventfold.config.ts")
    expect((await project.gen()).code).toBe(0)
    expect(project.has("src/a/generated/counter.ts")).toBe(true)
    expect(project.has("src/a/counter.apply.ts")).toBe(true)
  })
})
