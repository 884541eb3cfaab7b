/** A projection's table and indexes: what is generated, and what is refused. */
import { Effect } from "effect"
import type { Projection as Declared } from "eventfold"
import { MemoryEventStore } from "eventfold"
import { describe, expect, it } from "vitest"
import { counter } from "../Counter.ts"
import { Project } from "../Project.ts"

const file = "schemas/a/counter.ts"
const projection = (name: string, row: string, indexes = "{}", key = `"streamId"`): string =>
  `export const ${name} = Projection.make("${name}", {\n  from: [Counter],\n  key: ${key},\n  row: ${row},\n  indexes: ${indexes}\n})\n`

/** Returns the messages of `gen`, and checks that nothing was written. */
const refused = async (text: string): Promise<ReadonlyArray<string>> => {
  const project = new Project({ [file]: counter + text })
  const { code, err } = await project.gen()
  expect(code).toBe(3)
  expect(project.has("examples")).toBe(false)
  return err.slice(0, -1)
}

/** The table generated for a projection called P. */
const tableOf = async (text: string): Promise<Declared.Table> => {
  const project = new Project({ [file]: counter + text })
  expect((await project.gen()).err).toEqual([])
  const { PTable } = await import(`${project.root}/examples/a/src/generated/p.ts`)
  return PTable
}
const columns = async (fields: string) => {
  const table = await tableOf(projection("P", `Schema.Struct({ ${fields} })`))
  return table.columns.slice(1).map(({ name, nullable, type }) => `${name} ${type}${nullable ? "" : " not null"}`)
}

describe("the table of a projection", () => {
  it("has a column for each field, of the type that its stored form has in PostgreSQL", async () => {
    expect(
      await columns(`
        text: Schema.String, branded: Schema.NonEmptyString.pipe(Schema.brand("B")), flag: Schema.Boolean,
        int: Schema.Int, number: Schema.Number, big: Schema.BigInt, decimal: Schema.BigDecimal,
        at: Schema.DateTimeUtc, day: Schema.Date, kind: Schema.Literals(["a", "b"]), one: Schema.Literal("x"),
        mixed: Schema.Literals(["a", 1]), texts: Schema.Union([Schema.String, Schema.Literal("x")]),
        template: Schema.TemplateLiteral(["a-", Schema.Number]), either: Schema.Union([Schema.String, Schema.Int]),
        list: Schema.Array(Schema.String), deep: Schema.Struct({ a: Schema.Int }), option: Schema.Option(Schema.Int)`)
    ).toEqual([
      "text text not null",
      "branded text not null",
      "flag boolean not null",
      "int bigint not null",
      "number double precision not null",
      "big numeric not null",
      "decimal numeric not null",
      "at timestamptz not null",
      "day timestamptz not null",
      "kind text not null",
      "one text not null",
      "mixed jsonb not null",
      "texts text not null",
      "template text not null",
      "either jsonb not null",
      "list jsonb not null",
      "deep jsonb not null",
      "option jsonb not null"
    ])
  })

  it("has null for one way to be nothing, and JSON if the type has two", async () => {
    expect(
      await columns(`
        optional: Schema.optionalKey(Schema.BigInt), orNull: Schema.NullOr(Schema.Int),
        orUndefined: Schema.UndefinedOr(Schema.String), both: Schema.optionalKey(Schema.NullOr(Schema.Int)),
        optionalOrUndefined: Schema.optional(Schema.Int)`)
    ).toEqual(["optional numeric", "or_null bigint", "or_undefined text", "both jsonb", "optional_or_undefined jsonb"])
  })

  it("keeps a field with a transformation of its own as that encodes it", async () => {
    expect(await columns("fromText: Schema.FiniteFromString, bigFromText: Schema.BigIntFromString")).toEqual([
      "from_text text not null",
      "big_from_text text not null"
    ])
  })

  it("has constraints where the row's schema has bounds or choices, no narrower than it", async () => {
    const row = `Schema.Struct({
      kind: Schema.NullOr(Schema.Literals(["a", "b"])), natural: Schema.Natural,
      between: Schema.Number.check(Schema.isBetween({ minimum: 1, maximum: 3 })),
      above: Schema.Number.check(Schema.isGreaterThan(1)), int: Schema.Int })`
    expect((await tableOf(projection("P", row))).constraints).toEqual([
      { kind: "oneOf", name: "kind_check", column: "kind", values: ["a", "b"] },
      { kind: "range", name: "natural_check", column: "natural", minimum: 0 },
      { kind: "range", name: "between_check", column: "between", minimum: 1, maximum: 3 }
    ])
  })

  it("is found by its key: as text if every key is one, otherwise as JSON", async () => {
    const row = "Schema.Struct({ n: Schema.Int })"
    const keyOf = async (key: string) => (await tableOf(projection("P", row, "{}", key))).key
    expect(await keyOf(`"streamId"`)).toBe("text")
    expect(await keyOf(`Schema.NonEmptyString.pipe(Schema.brand("K"))`)).toBe("text")
    expect(await keyOf(`Schema.Literals(["a", "b"])`)).toBe("text")
    expect(await keyOf("Schema.Struct({ a: Schema.Int })")).toBe("json")
    expect(await keyOf("Schema.Union([Schema.String, Schema.Struct({ a: Schema.Int })])")).toBe("json")
    expect(await keyOf("Schema.Int")).toBe("json")
  })

  it("is refused where names are too long for PostgreSQL, or no names of columns", async () => {
    const long = "A".repeat(64)
    const row = `Schema.Struct({ fooBar: Schema.Int, foo_bar: Schema.Int, _key: Schema.Int, ${"é".repeat(32)}: Schema.Int })`
    expect(await refused(projection(long, "Schema.Struct({})") + projection("P", row))).toEqual([
      `${file}:12:1 EF0023 the table of ${long} would be named ${long.toLowerCase()} in PostgreSQL, which truncates names after 63 bytes, and this one has 64; shorten the name of the projection`,
      `${file}:21:44 EF0022 the fields fooBar and foo_bar of P would both be the column foo_bar; rename one of them`,
      `${file}:21:65 EF0022 the field _key of P would be the column _key, but columns that begin with an underscore are reserved; rename the field`,
      `${file}:21:83 EF0022 the column for the field ${"é".repeat(32)} of P would be named ${"é".repeat(32)} in PostgreSQL, which truncates names after 63 bytes, and this one has 64; shorten the name of the field`
    ])
  })

  it("is refused where two projections of a domain would share it", async () => {
    const row = "Schema.Struct({ n: Schema.Int })"
    expect(await refused(projection("PaidOrders", row) + projection("Paid_Orders", row))).toEqual([
      `${file}:18:1 EF0023 the rows of PaidOrders and of Paid_Orders would be in one table, paid_orders; rename one of the projections`
    ])
  })
})

describe("an index of a projection", () => {
  const row = "Schema.Struct({ shop: Schema.String, total: Schema.Int })"

  it("is a method of the generated service, typed by its fields", async () => {
    const project = new Project({
      [file]: counter + projection("P", row, `{ byShop: ["shop"], byShopAndTotal: ["shop", "total"] }`),
      "examples/a/src/p.projection.ts": `import { P, type PRow } from "./generated/p.ts"
export const project = P.project({
  Counted: (row, { by }): PRow => ({ shop: by < 0 ? "refunds" : "sales", total: (row?.total ?? 0) + by })
})
`,
      "examples/a/src/query.ts": `import { Effect } from "effect"
import { PView } from "./generated/p.service.ts"

export const found = Effect.gen(function* () {
  const view = yield* PView
  // @ts-expect-error a total is a number
  void view.byShopAndTotal("sales", "3")
  const rows = yield* view.byShopAndTotal("sales", 3)
  return [rows[0]?.total, (yield* view.byShop("refunds")).length, (yield* view.all).length] as const
})
`
    })
    expect((await project.gen()).code).toBe(0)
    expect(await project.tsc()).toEqual({ code: 0, out: "" })
    const { PView } = await import(`${project.root}/examples/a/src/generated/p.service.ts`)
    const service: Effect.Effect<Declared.Rows<string, unknown>> = PView.pipe(
      Effect.provide(PView.layer),
      Effect.provide(MemoryEventStore.layer)
    )
    expect(Object.keys(await Effect.runPromise(service)).sort()).toEqual([
      "all",
      "byShop",
      "byShopAndTotal",
      "get",
      "page",
      "waitFor"
    ])
  })

  it("is refused where it cannot be: each with its place", async () => {
    const indexes = `{
    byShopp: ["shopp"],
    none: [],
    twice: ["shop", "shop"],
    all: ["total"],
    "by-shop": ["shop"],
    by${"Shop".repeat(20)}: ["shop"]
  }`
    const problems = await refused(
      `${projection("P", row, indexes)}${projection("Q", "Schema.String", `{ a: ["length"] }`)}`
    )
    expect(problems).toEqual([
      `${file}:17:5 EF0021 the index byShopp of P lists the field "shopp", which the row does not have; use fields of the row: shop, total`,
      `${file}:18:5 EF0021 the index none of P lists no fields; list at least one of shop, total`,
      `${file}:19:5 EF0021 the index twice of P lists a field twice; list each field once`,
      `${file}:20:5 EF0021 the index all of P would be a method of that name, which the service already has; rename the index`,
      `${file}:21:5 EF0021 the index by-shop of P would be a method of that name, which is not a valid method name; rename the index`,
      `${file}:22:5 EF0021 the index by${"Shop".repeat(20)} of P would be named p_by${"_shop".repeat(20)} in PostgreSQL, which truncates names after 63 bytes, and this one has 104; shorten the name of the projection or of the index`,
      `${file}:29:14 EF0021 the index a of Q has no fields, because the row is not a struct; make the row a struct, or remove the index`
    ])
  })

  it("of fields that are named like keywords, or like the end of a comment, is code that compiles", async () => {
    const row = `Schema.Struct({ class: Schema.Int, number: Schema.Int, "a*/b": Schema.Int })`
    const indexes = `{ byClass: ["class", "number"], byNumber: ["number"], byOdd: ["a*/b"] }`
    const project = new Project({ [file]: counter + projection("P", row, indexes) })
    await project.gen()
    expect(project.read("examples/a/src/generated/p.service.ts")).toContain("Lookup<[number: number], PRow>")
    expect(await project.tsc()).toEqual({ code: 0, out: "" })
  })

  it("of a field that the row lacks is a type error in the declaration", async () => {
    const project = new Project({ [file]: counter + projection("P", row, `{ byShop: ["shopp"] }`) })
    const { code, out } = await project.tsc()
    expect(code).not.toBe(0)
    expect(out).toContain(`${file}(16,23): error TS2820`)
    expect(out).toContain(`Did you mean '"shop"'?`)
  })
})
