/**
 * Two domains with aggregates or projections of one name: one store would take them for the same.
 */
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
    'rename one of them, or, if the domains have separate stores, write in eventfold.config.ts: `separateStores: ["b"]`'
  it("with aggregates or projections of one name are reported, with the possible fixes", async () => {
    expect(await ran("")).toEqual({
      code: 3,
      err: [
        `schemas/b/counter.ts:3:1 EF0029 the domain a also has an aggregate Counter, at schemas/a/counter.ts:3:1: in one store, both would write to the streams Counter-…; ${fix}`,
        `schemas/b/counter.ts:11:1 EF0029 the domain a also has a projection Totals, at schemas/a/counter.ts:11:1: a store has only one projection of each name; ${fix}`
      ]
    })
  })
  it("that have stores of their own may have names in common", async () => {
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
      'eventfold.config.ts:1:52 EF0019 `separateStores` lists "bb", which is not a domain; write "b"',
      'eventfold.config.ts:1:52 EF0019 `separateStores` lists "shipping", which is not a domain; remove it: the domains are a, b'
    ])
  })
  it.each([
    ['"b"', '"b", not an array of strings'],
    ["[1]", "an array with other values than strings, not an array of strings"]
  ])("is no %s", async (value, says) => {
    expect((await ran(`, separateStores: ${value} as never`)).err).toEqual([
      `eventfold.config.ts:1:52 EF0019 \`separateStores\` is ${says}; list the names of the domains with a separate store, as in \`separateStores: ["billing"]\``
    ])
  })
})
