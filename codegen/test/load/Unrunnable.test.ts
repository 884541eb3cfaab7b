/**
 * Schemas that cannot run where stored values are written and read, and schemas that no value fits.
 */
import { describe, expect, it } from "vitest"
import { counterFile, counterProject } from "../Counter.ts"
import { counter, head, one } from "../Refusals.ts"

const file = "schemas/a/counter.ts"
const schemas = `import { Context, Effect, SchemaGetter } from "effect"
class Vat extends Context.Service<Vat, { readonly rate: number }>()("shop/Vat") {}
const through = <R>(run: (text: string) => Effect.Effect<string, never, R>) =>
  Schema.String.pipe(Schema.decodeTo(Schema.String, { decode: SchemaGetter.transformEffect(run), encode: SchemaGetter.transform((text: string) => text) }))
const Waiting = through((text) => Effect.as(Effect.sleep(1), text))
const Served = through((text) => Effect.as(Vat, text)) as never
const Prompt = through(Effect.succeed)
class Price extends Schema.Class<Price>("Price")({ code: Schema.flip(Waiting) }) {}
const Tree = Schema.Struct({ below: Schema.suspend((): Schema.Codec<never> => Tree as never) })
`
const waits =
  "can't be encoded to JSON: it has an asynchronous transformation, and values are encoded synchronously; use a synchronous transformation, and do asynchronous work before the command"
const needs =
  "can't be encoded to JSON: it needs the service shop/Vat, and values are encoded without services; use a schema without services"
const empty =
  "is a schema without values, such as `Schema.Never`, or one that requires itself without end; use a schema that has values, or make the field optional"

const projection = (parts: string) =>
  `${counter()}export const P = Projection.make("P", { from: [Counter], ${parts} })\n`
const payload = (by: string) => `{ Count: { payload: { by: ${by} }, emits: ["Counted"], fails: [] } }`

/** Returns the message about a declaration, without its place in the file, which must exist. */
const told = async (text: string) =>
  (await one(schemas + text)).map((line) => {
    expect(line).toMatch(new RegExp(`^${file}:\\d+:\\d+ EF`))
    return line.replace(/^\S+ /, "")
  })

describe("gen refuses, at its place,", () => {
  it.each<readonly [string, string, string]>([
    [
      "an event that waits",
      counter({ events: "{ Counted: { by: Waiting } }" }),
      `EF0016 Counter.events.Counted.by ${waits}`
    ],
    [
      "an event that needs a service",
      counter({ events: "{ Counted: { by: Served } }" }),
      `EF0016 Counter.events.Counted.by ${needs}`
    ],
    [
      "a field that waits deep inside of an event",
      counter({ events: "{ Counted: { all: Schema.Array(Schema.Struct({ by: Waiting })) } }" }),
      `EF0016 Counter.events.Counted.all.by ${waits}`
    ],
    [
      "a class with such a field, whose encoding waits",
      `export { Price }\n${counter({ events: "{ Counted: { price: Price } }" })}`,
      `EF0016 Counter.events.Counted.price.code ${waits}`
    ],
    [
      "a state that waits",
      counter({ state: "Schema.Struct({ count: Waiting })", initial: '{ count: "" }' }),
      `EF0016 Counter.state.count ${waits}`
    ],
    ["an id that needs a service", counter({ id: "Served" }), `EF0016 Counter.id ${needs}`],
    [
      "a row that waits",
      projection('key: "streamId", row: Schema.Struct({ at: Waiting })'),
      `EF0016 P.row.at ${waits}`
    ],
    [
      "a key that needs a service",
      projection("key: Served as Schema.Codec<string>, row: Schema.Int"),
      `EF0016 P.key ${needs}`
    ],
    [
      "a command that waits",
      counter({ commands: payload("Waiting") }),
      `EF0016 Counter.commands.Count.payload.by ${waits}`
    ],
    [
      "an error that needs a service",
      counter({ errors: "{ TooMuch: { most: Served } }" }),
      `EF0016 Counter.errors.TooMuch.most ${needs}`
    ],
    ["a fact that waits", counter({ facts: "{ rate: Waiting }" }), `EF0016 Counter.facts.rate ${waits}`],
    [
      "an event that no value fits",
      counter({ events: "{ Counted: { by: Schema.Never } }" }),
      `EF0031 Counter.events.Counted.by ${empty}`
    ],
    [
      "a union without members",
      counter({ events: "{ Counted: { deep: Schema.Struct({ by: Schema.Union([]) }) } }" }),
      `EF0031 Counter.events.Counted.deep.by ${empty}`
    ],
    [
      "values that hold one another without end",
      `export { Tree }\n${counter({ events: "{ Counted: { tree: Tree } }" })}`,
      `EF0031 Counter.events.Counted.tree.below ${empty}`
    ],
    [
      "an array that no value fits",
      counter({ commands: payload("Schema.NonEmptyArray(Schema.Never)") }),
      `EF0031 Counter.commands.Count.payload.by ${empty}`
    ],
    [
      "an error that no value fits",
      counter({ errors: "{ TooMuch: { most: Schema.Never } }" }),
      `EF0031 Counter.errors.TooMuch.most ${empty}`
    ],
    ["a fact that no value fits", counter({ facts: "{ rate: Schema.Never }" }), `EF0031 Counter.facts.rate ${empty}`],
    [
      "a row that no value fits",
      projection('key: "streamId", row: Schema.Struct({ at: Schema.Never })'),
      `EF0031 P.row.at ${empty}`
    ]
  ])("%s", async (_, text, says) => {
    expect(await told(text)).toEqual([says])
  })
})

describe("gen generates from", () => {
  it("effects that end at once, and from what can be left out or be something else", async () => {
    const events =
      "{ Counted: { by: Prompt, none: Schema.Array(Schema.Never), not: Schema.optionalKey(Schema.Never), or: Schema.Union([Schema.Int, Schema.Never]) } }"
    const project = counterProject({
      [counterFile]: head + schemas + counter({ events, commands: payload("Prompt") })
    })
    expect(await project.gen()).toMatchObject({ code: 0, err: [] })
  })
})
