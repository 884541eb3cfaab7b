/** Compiled codecs against interpreted ones. */
import { Schema, SchemaTransformation } from "effect"
import { CodecPlan, StoredForm } from "eventfold/generated"
import { LeafTypes } from "eventfold/tables"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { code } from "../../src/declare/Compilation.ts"
import { agreement } from "./codecs/Agreement.ts"
import { compiled } from "./codecs/Compiled.ts"
import { allNames, coveredNames, leaves } from "./codecs/Shapes.ts"

const soak = process.env["EVENTFOLD_SOAK"] !== undefined
const numRuns = soak ? 10_000 : 150
const timeout = soak ? 3_600_000 : 600_000

it("random schemas have a leaf of every type with compiled functions", () => {
  const drawn = new Set(
    Object.values(leaves).map(({ make }) => {
      const { ast }: Schema.Top = make()
      return ast._tag === "Declaration" ? ast.run : undefined
    })
  )
  const runOf = (name: LeafTypes.Row["name"]) => {
    const { ast }: Schema.Top = Schema[name]
    return ast._tag === "Declaration" ? ast.run : undefined
  }
  expect(
    LeafTypes.all
      .filter(({ compiled, name }) => compiled !== undefined && !drawn.has(runOf(name)))
      .map(({ name }) => name)
  ).toEqual([])
})

describe("a compiled codec gives and refuses what the interpreted one does, in the same words", () => {
  it(
    "for all that straight code covers, which it then takes",
    () => {
      const counts = { decoded: 0, encoded: 0, refused: 0 }
      fc.assert(agreement({ leaves: coveredNames, covered: true, counts }), { numRuns })
      expect(Math.min(...Object.values(counts))).toBeGreaterThan(numRuns)
    },
    timeout
  )

  it(
    "for schemas that are left to Effect in part",
    () => fc.assert(agreement({ leaves: allNames, covered: false }), { numRuns }),
    timeout
  )
})

describe("straight code", () => {
  const line = () =>
    Schema.Struct({ sku: Schema.NonEmptyString, price: Schema.BigInt.check(Schema.isGreaterThanBigInt(0n)) })
  const Ordered = (one: Schema.Top, other: Schema.Top) =>
    Schema.TaggedStruct("Ordered", {
      at: Schema.DateTimeUtc,
      line: one,
      next: Schema.optionalKey(other),
      by: Schema.Literals(["web", "phone"])
    })

  it("can be read", () => {
    const { text } = compiled(Schema.Union([Ordered(line(), line())]) as never)
    expect(text.split("\n\n")[2]).toBe(`/** Decodes the data of stored events, with a function for each type. */
const decodeEvents = ([notGreaterThanBigInt, notGreaterThanBigInt2]) => {
  const orderedNext = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const sku = input.sku
    if (typeof sku !== "string" || sku === "") return invalid
    const price = bigint(input.price)
    if (price === invalid || notGreaterThanBigInt2(price)) return invalid
    return { sku, price }
  }
  const orderedLine = (input) => {
    if (typeof input !== "object" || input === null || Array.isArray(input)) return invalid
    const sku = input.sku
    if (typeof sku !== "string" || sku === "") return invalid
    const price = bigint(input.price)
    if (price === invalid || notGreaterThanBigInt(price)) return invalid
    return { sku, price }
  }
  const ordered = (input) => {
    if (Array.isArray(input) || "_tag" in input) return invalid
    const at = dateTimeUtc(input.at)
    if (at === invalid) return invalid
    const line = orderedLine(input.line)
    if (line === invalid) return invalid
    const output = { _tag: "Ordered", at, line }
    const next = input.next
    if (next !== undefined) {
      const made = orderedNext(next)
      if (made === invalid) return invalid
      output.next = made
    } else if ("next" in input) return invalid
    const by = input.by
    if (by !== "web" && by !== "phone") return invalid
    output.by = by
    return output
  }
  return [ordered]
}`)
  })

  it("has one function for a struct that stands in two places", () => {
    const one = line()
    const { text } = compiled(Schema.Union([Ordered(one, one)]) as never)
    expect(text).toContain("const line = orderedLine(input.line)")
    expect(text).toContain("const made = orderedLine(next)")
  })

  it("checks a literal whose key stands before the tag, as that of an integer does", () => {
    const { codecs } = compiled(Schema.Union([Schema.TaggedStruct("Kept", { 1: Schema.Literal("one") })]) as never)
    const kept = codecs.get("Kept")!
    const decode = Schema.decodeUnknownResult(kept)
    expect(decode({ 1: "one" })._tag).toBe("Success")
    expect([decode({ 1: "two" })._tag, decode({})._tag]).toEqual(["Failure", "Failure"])
    expect(Schema.encodeUnknownResult(kept)({ _tag: "Kept", 1: "two" })._tag).toBe("Failure")
  })

  it("is one for both directions if states are stored without a conversion", () => {
    const text = code(CodecPlan.make(new Map(), StoredForm.codec(Schema.Struct({ text: Schema.String }))))
    expect(text).toContain("straight(asts[2], decodeState(checks[2]))\n  straight(asts[3], decodeState(checks[3]))")
    expect(text).not.toContain("encodeState")
  })
})

describe("what straight code leaves to Effect", () => {
  const Kept = Schema.TaggedStruct("Kept", { at: Schema.DateTimeUtc })

  it("is the event that has it, and no other", () => {
    const own = Schema.String.pipe(
      Schema.decode(
        SchemaTransformation.transform({ decode: (a: string) => `${a}!`, encode: (a: string) => a.slice(0, -1) })
      )
    )
    const Own = Schema.TaggedStruct("Own", { text: Schema.Struct({ inner: own }) })
    const { decoding, encoding, text } = compiled(Schema.Union([Kept, Own]) as never)
    for (const { others, root } of [decoding, encoding]) {
      expect(root).toBeDefined()
      expect(others).toEqual([{ member: 1, path: "text.inner", why: "a transformation of your own" }])
    }
    expect(text).toContain("// decodeEvents: Own is left to Effect, for text.inner: a transformation of your own.")
    expect(text).toContain("installEffects([asts[0].types[1], asts[1].types[1]])")
  })

  it("runs once, also where what stands beside it is refused", () => {
    let runs = 0
    const counted = SchemaTransformation.transform<string, string>({
      decode: (text) => {
        runs++
        return text
      },
      encode: (text) => text
    })
    const Own = Schema.TaggedStruct("Own", { text: Schema.String.pipe(Schema.decode(counted)), by: Schema.BigInt })
    const { codecs } = compiled(Schema.Union([Kept, Own]) as never)
    const decode = Schema.decodeUnknownResult(codecs.get("Own")!)
    expect(decode({ text: "a", by: "1" })._tag).toBe("Success")
    expect(runs).toBe(1)
    expect(decode({ text: "a", by: 1 })._tag).toBe("Failure")
    expect(runs).toBe(2)
  })

  it("is all where members are not told apart by a tag: one that fits may not be the first", () => {
    const state = Schema.Union([Schema.Struct({ a: Schema.Trim }), Schema.Struct({ a: Schema.String })])
    const { plans } = CodecPlan.make(new Map(), StoredForm.codec(state))
    expect(plans[2]?.root).toBeUndefined()
  })
})
