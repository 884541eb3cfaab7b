import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"
import { counter, head, one, said } from "../Refusals.ts"

describe("a schema file", () => {
  it("that cannot be parsed is named with its place", async () => {
    expect(await one("export const = 1\n")).toEqual([
      "schemas/a/counter.ts:3:14 EF0002 cannot be read: Variable declaration expected; mend the syntax there"
    ])
  })
  it("that throws is named with the line that throws", async () => {
    expect(await one(`${counter()}\nthrow new Error("no luck")\n`)).toEqual([
      "schemas/a/counter.ts:12:7 EF0003 threw while it was loaded: Error: no luck; mend what throws there: a schema file has to load by itself"
    ])
  })
  it("that throws is named once, not by all that import it", async () => {
    const files = {
      "a/a.ts": `import "./b.ts"\n${head}${counter()}`,
      "a/b.ts": `export const x = (undefined as never as { y: 1 }).y\n`
    }
    expect(await said(files)).toEqual([
      "schemas/a/b.ts:1:51 EF0003 threw while it was loaded: TypeError: Cannot read properties of undefined (reading 'y'); mend what throws there: a schema file has to load by itself"
    ])
  })
  it("that throws somewhere in Effect is named with its own line, and with all that Effect says", async () => {
    const text = `export const a = Schema.decodeUnknownSync(Schema.Struct({ n: Schema.Int }))(\n  { n: "x" }\n)\n`
    expect(await one(text)).toEqual([
      'schemas/a/counter.ts:3:76 EF0003 threw while it was loaded: SchemaError: Expected number at ["n"]; mend what throws there: a schema file has to load by itself'
    ])
    expect(await one("export const a = Schema.Int.make(1.5)\n")).toEqual([
      "schemas/a/counter.ts:3:29 EF0003 threw while it was loaded: Error: Schema validation failed: Expected an integer; mend what throws there: a schema file has to load by itself"
    ])
  })
  it("that declares a name twice is named with the second", async () => {
    expect(await one("export const two = 1\nconst one = 1\nexport class two {}\n")).toEqual([
      "schemas/a/counter.ts:5:14 EF0002 declares two twice, or what it imports under that name; call one of them something else"
    ])
  })
  it("that imports what throws is not blamed, wherever that is", async () => {
    const project = new Project({
      "schemas/a/counter.ts": `import "../../shared/(b) c.ts"\n${head}${counter()}`,
      "shared/(b) c.ts": "\nnull.x\n"
    })
    expect((await project.gen()).err[0]).toMatch(
      /^shared\/\(b\) c\.ts:2:6 EF0003 threw while it was loaded: TypeError: /
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
      "schemas/a/counter.ts:1:19 EF0003 imports ./nowhere.ts, and there is no such file; write the path of a file that is there",
      'schemas/a/other.ts:1:8 EF0003 imports ./counter.js, and there is no such file; write "./counter.ts": Node takes paths as they are',
      "schemas/a/packages.ts:1:8 EF0003 imports @left/pad/more, which is not installed here; npm install @left/pad",
      "schemas/a/wrong.ts:1:22 EF0003 imports four from ./third.ts, which exports nothing of that name; export it there, or import it as it is called; `import type` where it is a type"
    ])
  })
  it("that awaits in vain is named with the await", async () => {
    expect(await one("const later = async () => await 1\nawait new Promise(() => {})\n")).toEqual([
      "schemas/a/counter.ts:4:1 EF0004 awaits something that never happens; let schema files declare only, without waiting: write the value down"
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
      'schemas/a/counter.ts:7:13 EF0010 "was counted" cannot be a name in generated code; use letters of any script, digits and _, beginning with a letter',
      'schemas/a/counter.ts:7:32 EF0010 "Array" cannot be a name in generated code: it is a keyword, or a name that the code imports; choose another'
    ])
  })
  it("may not have a field that takes the place of its tag, or of its prototype", async () => {
    const events = '{ Counted: { _tag: Schema.String }, Noted: { ["__proto__"]: Schema.String } }'
    const commands = '{ Count: { payload: { _tag: Schema.Int }, emits: ["Counted"], fails: [] } }'
    expect(await one(counter({ events, commands }))).toEqual([
      "schemas/a/counter.ts:7:24 EF0010 Counted has a field of its own called _tag, where Eventfold keeps the name Counted; call it something else",
      "schemas/a/counter.ts:7:56 EF0010 __proto__ cannot be a field: JavaScript takes it for the object's prototype; call it something else",
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
      'schemas/a/counter.ts:6:14 EF0013 the initial state of Counter does not fit its state: Expected number at ["count"]; write a value that fits, or change `state`'
    ])
    const state = "Schema.Struct({ a: Schema.Struct({ b: Schema.Int }), list: Schema.Array(Schema.Int) })"
    expect(await one(counter({ state, initial: `{\n  a: { b: "x" },\n  list: [1, 0.5], more: 1 } as never` }))).toEqual(
      [
        'schemas/a/counter.ts:7:8 EF0013 the initial state of Counter does not fit its state: Expected number at ["a"]["b"]; write a value that fits, or change `state`',
        'schemas/a/counter.ts:8:3 EF0013 the initial state of Counter does not fit its state: Expected an integer at ["list"]["1"]; write a value that fits, or change `state`',
        'schemas/a/counter.ts:8:19 EF0013 the initial state of Counter does not fit its state: Expected no excess property at ["more"]; write a value that fits, or change `state`'
      ]
    )
  })
  it("has a state to begin with", async () => {
    expect(await one(counter().replace("  initial: { count: 0 },\n", ""))).toEqual([
      "schemas/a/counter.ts:3:1 EF0013 Counter has no initial state; write `initial: …`, a value of its `state`, which the fold begins with"
    ])
  })
  it("consists of schemas", async () => {
    const events = `{ Counted: { by: Number as never, how: Schema.Struct({ fast: "yes" as never }) } }`
    expect(await one(counter({ id: "String as never", events }))).toEqual([
      "schemas/a/counter.ts:4:3 EF0025 Counter.id has String where a schema belongs; write `Schema.String`",
      "schemas/a/counter.ts:7:24 EF0025 Counter.events.Counted.by has Number where a schema belongs; write `Schema.Number`",
      'schemas/a/counter.ts:7:66 EF0025 Counter.events.Counted.how.fast has "yes" where a schema belongs; write `Schema.Literal("yes")` for just this value, or the schema of its type'
    ])
    expect(await one(counter({ events: "{ Counted: { by: (Schema as never as { Strng: never }).Strng } }" }))).toEqual([
      "schemas/a/counter.ts:3:34 EF0003 is given undefined where a schema belongs; look for a schema in there that is misspelt, or not exported where it is imported from"
    ])
  })
  it("emits and fails with what is declared", async () => {
    const commands = `{ Count: { payload: {}, emits: ["Countd" as never], fails: ["Nope" as never] } }`
    expect(await one(counter({ commands }))).toEqual([
      'schemas/a/counter.ts:9:37 EF0014 Count has "Countd" in `emits`, but Counter declares no event of that name; write "Counted"',
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
      "schemas/a/counter.ts:12:3 EF0012 P reads no events of Counter; name them in `Projection.events`, or give the aggregate itself for all of them"
    ])
    const other = counter({ events: "{ Reset: {} }", commands: "{}" }, "Other")
    const partly = projection(`  from: [Counter, Projection.events(Other)],\n  key: Schema.String,\n  ${row}`)
    expect(await one(other + partly)).toEqual([expect.stringContaining("EF0012 P reads no events of Other;")])
    expect(await one(projection(`  from: [],\n  key: "streamId",\n  ${row}`))).toEqual([
      "schemas/a/counter.ts:12:3 EF0012 P reads no events; name at least one aggregate in `from`"
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
      "schemas/a/counter.ts:12:3 EF0005 P reads Counter, which no schema file exports; export it where it is declared"
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
      'schemas/a/counter.ts:13:3 EF0024 P has "by" as key, which Ended and Reset don\'t carry; leave Ended and Reset out of `from`, or write "streamId" or a schema as key, and say under `keys` in the body which row each event belongs to'
    ])
    expect(await keyed('Projection.events(Counter, "Counted", "Reset")', '"shop"')).toEqual([
      'schemas/a/counter.ts:13:3 EF0024 P has "shop" as key, which Counted and Reset don\'t carry; write "streamId" or a schema as key (who is in all of them), and say under `keys` in the body which row each event belongs to'
    ])
    expect(await keyed('Projection.events(Counter, "Counted")', '"by"')).toEqual([
      'schemas/a/counter.ts:13:3 EF0024 P has the field "by" as key, where "streamId" or a schema belongs; write the schema of that field as key, and `keys: { Counter: ({ by }) => by }` in the body'
    ])
    expect(await keyed("Counter", "undefined")).toEqual([
      'schemas/a/counter.ts:13:3 EF0024 P has undefined as key; write "streamId" for a row of each stream, or the schema of what a row is found by'
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
    ["Schema.instanceOf(Set)", "its schema has no codec; use a struct, or annotate it with `toCodecJson`"],
    // An append was refused, since Effect encodes an instance of it as that instance.
    [
      'Schema.Class<object>("Nothing")({})',
      "it is a class without fields, which encodes to its own instances; give it a field, or use `Schema.Struct({})`"
    ]
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
      "schemas/a/counter.ts:4:27 EF0017 Counter.events.Counted.by.t refers to itself through a schema that is not exported; export that schema, here or in the package that it is from, so that its type has a name"
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
  const fix = 'write `output: "src/{domain}/generated"`, or another folder with `{domain}` in its path'
  const at = "eventfold.config.ts:1:18 EF0019"
  it("that names nothing is reported", async () => {
    expect(await config('export default {\n  schemas: "declarations"\n}\n')).toEqual([
      "declarations EF0001 is not there, though eventfold.config.ts names it: declarations go to a folder of that name; make it, and declare an aggregate in a folder there, such as declarations/bank/account.ts, or name another folder in eventfold.config.ts; `eventfold init` begins an example"
    ])
    const project = new Project({ "schemas/readme.md": "nothing" })
    expect((await project.gen()).err[0]).toBe(
      "schemas EF0001 holds no schema files; declare an aggregate in a folder there, such as schemas/bank/account.ts, or name another folder in eventfold.config.ts; `eventfold init` begins an example"
    )
  })
  it.each([
    ['{ schema: "x" }', 'says "schema", which is no option; did you mean `schemas`?'],
    ['{ outputs: "src/{domain}/x" }', 'says "outputs", which is no option; did you mean `output`?'],
    [
      "{ watch: true }",
      'says "watch", which is no option; take it out: there are `schemas`, `output` and `separateStores`'
    ],
    [
      "{ schemas: 5 as never }",
      '`schemas` is number, and no path of a folder; write a path from the config\'s folder, such as "schemas"'
    ],
    ['{ schemas: "" }', '`schemas` names no folder; write a path from the config\'s folder, such as "schemas"'],
    [
      '{ output: ["src"] as never }',
      '`output` is an array, and no path of a folder; write a path from the config\'s folder, such as "src/{domain}/generated"'
    ],
    [
      '{ output: "/tmp/{domain}/x" }',
      '`output` is a path of one machine, "/tmp/{domain}/x"; write a path from the config\'s folder, such as "src/{domain}/generated"'
    ],
    ['{ output: "../{domain}/x" }', `\`output\` leads out of the project, to "../{domain}/x"; ${fix}`],
    ['{ output: "src/../../{domain}/x" }', `\`output\` leads out of the project, to "src/../../{domain}/x"; ${fix}`],
    [
      '{ output: "src/generated" }',
      `\`output\` does not say \`{domain}\`, so that all domains would be written to one folder; ${fix}`
    ],
    ['{ output: "{domain}/{domain}" }', `\`output\` says \`{domain}\` more than once; ${fix}`],
    [
      '{ output: "./{domain}" }',
      `\`output\` is no folder in a folder, and your own code goes beside the generated one; ${fix}`
    ],
    [
      '{ output: "schemas//{domain}/generated/" }',
      '`output` is inside of `schemas`, "schemas": what is generated would be read as declarations; keep generated code outside of the folder of declarations'
    ],
    [
      '{ output: "src/{domain}/generated", schemas: "src" }',
      '`output` is inside of `schemas`, "src": what is generated would be read as declarations; keep generated code outside of the folder of declarations'
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
      'eventfold.config.ts:4:3 EF0019 `schemas` is number, and no path of a folder; write a path from the config\'s folder, such as "schemas"',
      'eventfold.config.ts:5:3 EF0019 says "outptu", which is no option; did you mean `output`?',
      `eventfold.config.ts:6:3 EF0019 \`output\` does not say \`{domain}\`, so that all domains would be written to one folder; ${fix}`
    ])
  })
  it.each([
    ["", "eventfold.config.ts EF0019 has no default export; write `export default defineConfig({ … })`"],
    [
      "export default 5\n",
      "eventfold.config.ts:1:1 EF0019 exports number by default, and no options; write `export default defineConfig({ … })`"
    ],
    [
      "export default []\n",
      "eventfold.config.ts:1:1 EF0019 exports an array by default, and no options; write `export default defineConfig({ … })`"
    ],
    [
      '\nthrow new Error("no luck")\n',
      "eventfold.config.ts:2:7 EF0019 cannot be loaded: no luck; mend that; a config needs nothing but `defineConfig`"
    ],
    [
      "export default {\n  schemas: \n}\n",
      "eventfold.config.ts:3:1 EF0019 cannot be loaded: Expression expected; mend that; a config needs nothing but `defineConfig`"
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
      'eventfold.config.ts:2:3 EF0019 `output` puts your code for Counter of a and of b into the same files, src/counter.*; let `{domain}` stand further in front, as in "src/{domain}/generated", or give one of them another name',
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
    expect((await project.gen()).err[0]).toBe("eventfold.config.js EF0019 is not read; call it eventfold.config.ts")
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
