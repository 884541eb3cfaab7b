/**
 * Mistakes of newcomers: each is reported in the project's terms, at its place, with the text to
 * write instead.
 */
import { describe, expect, it } from "vitest"
import { counterProject, counterFile } from "../Counter.ts"
import { Project } from "../Project.ts"
import { counter, head, one, said } from "../Refusals.ts"

const file = "schemas/a/counter.ts"
const without = (part: string) => counter().replace(new RegExp(`  ${part}: .*\n`), "")
const projection = (spec: string) => `${counter()}export const P = Projection.make("P", {\n  ${spec}\n})\n`
const by = (schema: string) => counter({ events: `{ Counted: { by: ${schema} } }` })
const untyped = "(Schema as never as { [name: string]: (...args: Array<unknown>) => Schema.Int })"

describe("a declaration", () => {
  it.each<readonly [string, string, ReadonlyArray<string>]>([
    [
      "with a struct where an event's fields belong",
      counter({ events: "{ Counted: Schema.Struct({ by: Schema.Int }) as never }" }),
      [
        `${file}:7:13 EF0025 Counter.events.Counted has a schema in the place of fields, or spreads a schema into them; write only the fields, \`{ … }\`, or spread those of the schema, \`...schema.fields\``
      ]
    ],
    [
      "without a state",
      without("state"),
      [
        `${file}:3:1 EF0025 Counter.state is missing; write \`state: …\`, with \`Schema.Struct({ … })\`, or another schema of the state that events are folded into`
      ]
    ],
    [
      "without errors",
      without("errors"),
      [`${file}:3:34 EF0003 Counter has no \`errors\`; write \`errors: { … }\`, or \`errors: {}\` if there are none`]
    ],
    [
      "without a name",
      counter().replace('make("Counter", ', "make("),
      [`${file}:3:34 EF0003 Aggregate.make has no name; write \`Aggregate.make("Name", { … })\``]
    ],
    [
      "with a name that commands take for an option",
      counter().replace('make("Counter"', 'make("-Counter"'),
      [
        `${file}:3:34 EF0003 Aggregate.make has the name "-Counter", which commands such as \`eventfold projections rebuild\` read as an option; begin it with a letter`
      ]
    ],
    [
      "whose command emits a text, not a list",
      counter({ commands: '{ Count: { payload: {}, emits: "Counted" as never, fails: [] } }' }),
      [
        `${file}:3:34 EF0003 the command Count of Counter has "Counted" as \`emits\`, which is not a list; write \`emits: ["SomeEvent"]\``
      ]
    ],
    [
      "with an event called __proto__",
      counter({ events: '{ Counted: {}, ["__proto__"]: {} }', commands: "{}" }),
      [
        `${file}:7:26 EF0010 __proto__ can't be a name in \`events\`: JavaScript uses it for the prototype of an object; choose another name`
      ]
    ],
    [
      "that reads an aggregate which is not in a list",
      projection('from: Counter as never, key: "streamId", row: Schema.Int'),
      [`${file}:11:29 EF0003 P has an object as \`from\`, which is not a list; write \`from: [SomeAggregate]\``]
    ],
    [
      "that reads nothing that is there",
      projection('from: [undefined as never], key: "streamId", row: Schema.Int'),
      [
        `${file}:11:29 EF0003 P reads something that is no aggregate in \`from\`; look there for a name that is misspelt, or not exported where it is imported from`
      ]
    ],
    [
      "with an index that is no list",
      projection(
        'from: [Counter], key: "streamId", row: Schema.Struct({ n: Schema.Int }), indexes: { byN: "n" as never }'
      ),
      [`${file}:12:87 EF0021 the index byN of P is not an array of field names; write \`byN: ["n"]\``]
    ],
    [
      "with a choice that is none",
      projection('from: [Counter], key: "streamId", row: Schema.Int, onFailure: "skip" as never'),
      [`${file}:11:29 EF0003 P has "skip" as onFailure; write "stop" or "park"`]
    ],
    [
      "that calls what Effect 3 had",
      by(`Schema.String.pipe(${untyped}.filter((text) => text !== "") as never)`),
      [
        expect.stringMatching(
          /EF0003 .*filter.*; look up its new name: many functions of Schema were renamed since Effect 3, such as `filter` to `check`$/
        )
      ]
    ],
    [
      "that lists schemas as Effect 3 did",
      `const Union = Schema.Union as never as (...all: Array<unknown>) => typeof Schema.Int\n${by("Union(Schema.String, Schema.Int)")}`,
      [
        expect.stringMatching(
          /EF0003 calls Schema\.Union with several arguments, but in Effect 4 it takes one array; write `Schema\.Union\(\[A, B\]\)`$/
        )
      ]
    ],
    [
      "with an enum",
      `enum Kind {\n  A = "a"\n}\n${by("Schema.Enum(Kind)")}`,
      [
        `${file}:3:1 EF0002 has an enum, which Node does not run, because it only removes types; write \`Schema.Literals(["A", "B"])\`, or a constant \`{ A: "a", B: "b" } as const\` with \`Schema.Enum\``
      ]
    ],
    [
      "with a parameter property",
      `class Rate {\n  constructor(readonly cents: number) {}\n}\nexport const rate = new Rate(1)\n${counter()}`,
      [
        expect.stringMatching(
          /^schemas\/a\/counter\.ts:\d+:\d+ EF0002 has a parameter property, which Node does not run, .*; declare the field in the class, and set it in the constructor$/
        )
      ]
    ]
  ])("%s", async (_, text, says) => {
    expect(await one(text)).toEqual(says)
  })
  it("that imports Aggregate from effect gets the right module in the message", async () => {
    expect(await said({ "a/counter.ts": `import { Aggregate, Schema } from "effect"\n${counter()}` })).toEqual([
      `${file}:1:35 EF0003 imports Aggregate from effect, which does not export that name; write \`import { Aggregate } from "eventfold"\``
    ])
  })
  it("in a file of another ending is not read, and the message names the file", async () => {
    const project = new Project({ "schemas/a/counter.mts": head + counter() })
    expect((await project.gen()).err[0]).toMatch(
      /^schemas EF0001 contains no schema files with the extension \.ts; schemas\/a\/counter\.mts is not read; /
    )
  })
  it("may import JSON", async () => {
    const text = `import data from "./data.json" with { type: "json" }\n${head}export const count = data.length\n${counter()}`
    expect(await new Project({ [file]: text, "schemas/a/data.json": "[]" }).gen()).toMatchObject({ code: 0, err: [] })
  })
})

describe("a body", () => {
  const apply = "examples/count/src/counter.apply.ts"
  const checked = async (text: string) => {
    const project = counterProject({
      [apply]: `import { Counter, type CounterState } from "./generated/counter.ts"\n${text}\n`
    })
    // Its types are needed to write it.
    expect((await project.gen()).code).toBe(0)
    expect(project.has(counterFile)).toBe(true)
    const { code, err } = await project.check()
    expect(code).toBe(1)
    return err.slice(0, -1)
  }
  const handlers = "Counter.apply({ Counted: (state): CounterState => state })"
  const unexported = `${apply} EF0106 does not export apply, which generated code imports; write \`export const apply = Counter.apply({ … })\``
  it.each([
    ["that exports its handlers under another name", `export const applyCounter = ${handlers}`, unexported],
    ["that exports its handlers by default", `export default ${handlers}`, unexported],
    [
      "that cannot be read",
      "export const apply = Counter.apply({ Counted: (state): CounterState => })",
      `${apply}:2:72 EF0106 cannot be read: Expression expected; correct the syntax there`
    ]
  ])("%s", async (_, text, says) => {
    expect(await checked(text)).toEqual([says])
  })
  it("may export its handlers in a list", async () => {
    const project = counterProject({
      [apply]: `import { Counter, type CounterState } from "./generated/counter.ts"\nconst folded = ${handlers}\nexport { folded as apply }\n`
    })
    await project.gen()
    expect(await project.check()).toMatchObject({ code: 0, err: [] })
  })
})
