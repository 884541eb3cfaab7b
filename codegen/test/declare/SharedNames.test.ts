/** Two domains with aggregates or projections of one name: one store would take them for the same. */
import { describe, expect, it } from "vitest"
import { Project } from "../Project.ts"
import { counter, head } from "../Refusals.ts"

const projection = `export const Totals = Projection.make("Totals", { from: [Counter], key: "streamId", row: Schema.Struct({ n: Schema.Int }) })\n`
const two = {
  "schemas/a/counter.ts": head + counter() + projection,
  "schemas/b/counter.ts": head + counter() + projection
}

const config = (more: string) => `export default { output: "src/{domain}/generated"${more} }\n`
const ran = async (more: string, files: Readonly<Record<string, string>> = two) => {
  const { code, err } = await new Project({ ...files, "eventfold.config.ts": config(more) }).gen()
  return { code, err: err.slice(0, -1) }
}

describe("two domains", () => {
  const fix =
    'give one of them another name; or, if the domains have stores of their own, say so in eventfold.config.ts: `separateStores: ["b"]`'
  it("with aggregates or projections of one name are reported, with the possible fixes", async () => {
    expect(await ran("")).toEqual({
      code: 3,
      err: [
        `schemas/b/counter.ts:3:1 EF0029 the domain a has an aggregate Counter, too, at schemas/a/counter.ts:3:1: in one store, its streams would be theirs, Counter-…; ${fix}`,
        `schemas/b/counter.ts:11:1 EF0029 the domain a has a projection Totals, too, at schemas/a/counter.ts:11:1: one store keeps one projection of a name, and refuses the other; ${fix}`
      ]
    })
  })
  it("that have stores of their own may have names in common", { timeout: 60_000 }, async () => {
    expect(await ran(', separateStores: ["b"]')).toEqual({ code: 0, err: [] })
    expect(await ran(', separateStores: ["a"]')).toEqual({ code: 0, err: [] })
  })
  it("may call an aggregate and a projection the same, which no store takes for each other", async () => {
    const files = {
      "schemas/a/counter.ts": head + counter(),
      "schemas/b/meter.ts":
        head +
        counter({}, "Meter") +
        `export const Counter = Projection.make("Counter", { from: [Meter], key: "streamId", row: Schema.Struct({ n: Schema.Int }) })\n`
    }
    expect(await ran("", files)).toEqual({ code: 0, err: [] })
  })
})

describe("`separateStores`", () => {
  it("names domains that there are", async () => {
    expect((await ran(', separateStores: ["b", "bb", "shipping"]')).err).toEqual([
      'eventfold.config.ts:1:52 EF0019 `separateStores` names "bb", which is no domain; write "b"',
      'eventfold.config.ts:1:52 EF0019 `separateStores` names "shipping", which is no domain; take it out: the domains are a, b'
    ])
  })
  it.each([
    ['"b"', '"b"'],
    ["[1]", "a list of other things than texts"]
  ])("is no %s", async (value, says) => {
    expect((await ran(`, separateStores: ${value} as never`)).err).toEqual([
      `eventfold.config.ts:1:52 EF0019 \`separateStores\` is ${says}; list the names of domains that have a store of their own, as in \`separateStores: ["billing"]\``
    ])
  })
})
