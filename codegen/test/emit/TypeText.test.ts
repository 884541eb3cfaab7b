import { Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Imports } from "../../src/emit/text/Text.ts"
import { flat } from "../../src/emit/text/TypeText.ts"
import { TypeReader } from "../../src/declare/types/TypeReader.ts"

/** Printed form of a schema, and the value types that remain in it. */
const print = (schema: Schema.Top, names: ReadonlyArray<readonly [Schema.Top, string]> = [], stored = true) => {
  const reader = new TypeReader({
    names: new Map(names),
    classes: new Map(),
    byAst: new Map(names.map(([one]) => [one.ast, one])),
    packaged: new Map()
  })
  const imports = new Imports()
  const scope = { imports, values: undefined, schema: (file: string) => file }
  const text = flat(reader.read(schema, [], stored), scope)
  const values = reader.values().map(({ brands, name, type }) => [name, [flat(type, scope), ...brands].join(" & ")])
  return { text, values: Object.fromEntries(values), imports: imports.render(), problems: reader.problems }
}

const Money = Schema.BigInt.pipe(Schema.brand("Money"))
const Amount = Money.check(Schema.isGreaterThanBigInt(0n))

describe("the type of", () => {
  const Tree = Schema.Struct({ below: Schema.Array(Schema.suspend((): Schema.Codec<unknown> => Tree)) })
  const cases: ReadonlyArray<readonly [string, Schema.Top, string]> = [
    ["a brand, by its name", Money, "Money"],
    ["a checked brand, by the brand's name", Amount, "Money"],
    ["a described brand, by the brand's name", Amount.annotate({ description: "x" }), "Money"],
    ["a brand on a brand", Amount.pipe(Schema.brand("Cash")), "Cash"],
    ["literals", Schema.Literals(["a", 1, false, 2n]), '"a" | 1 | false | 2n'],
    ["a literal with quotes", Schema.Literal('say "so"'), '"say \\"so\\""'],
    ["null and undefined", Schema.NullishOr(Money), "Money | null | undefined"],
    ["a union in a union", Schema.Union([Schema.String, Schema.Union([Schema.String, Money])]), "string | Money"],
    ["an array of a union", Schema.Array(Schema.NullOr(Money)), "ReadonlyArray<Money | null>"],
    ["a mutable array", Schema.mutable(Schema.Array(Money)), "Array<Money>"],
    ["an array that is not empty", Schema.NonEmptyArray(Money), "readonly [Money, ...ReadonlyArray<Money>]"],
    ["an optional element", Schema.Tuple([Schema.String, Schema.optionalKey(Money)]), "readonly [string, Money?]"],
    ["a transformation: where it goes", Schema.FiniteFromString, "number"],
    ["a transformation onto a brand", Schema.BigIntFromString.pipe(Schema.decodeTo(Money)), "Money"],
    [
      "a template",
      Schema.TemplateLiteral(["a`-", Schema.Number, Schema.Literals(["x", "y"])]),
      '`a\\`-${number}${"x" | "y"}`'
    ],
    [
      "a struct of checked parts",
      Schema.Struct({ a: Amount }).check(Schema.makeFilter(() => true)),
      "{ readonly a: Money }"
    ],
    ["a key that is no identifier", Schema.Struct({ "a-b": Money }), '{ readonly "a-b": Money }'],
    ["an optional key", Schema.Struct({ a: Schema.optionalKey(Money) }), "{ readonly a?: Money }"],
    ["an optional value", Schema.Struct({ a: Schema.optional(Money) }), "{ readonly a?: Money | undefined }"],
    ["a mutable key", Schema.Struct({ a: Schema.mutableKey(Money) }), "{ a: Money }"],
    [
      "a default when decoding",
      Schema.Struct({ a: Money.pipe(Schema.withDecodingDefaultKey(Effect.succeed(1n))) }),
      "{ readonly a: Money }"
    ],
    ["renamed keys", Schema.Struct({ a: Money }).pipe(Schema.encodeKeys({ a: "c" })), "{ readonly a: Money }"],
    ["an empty struct", Schema.Struct({}), "{}"],
    ["a recursive struct", Tree, "Tree"],
    ["what is encoded", Schema.toEncoded(Schema.FiniteFromString), "string"]
  ]
  it.each(cases)("%s", (_, schema, text) => {
    // What is not stored, such as an error's fields, may be undefined or null.
    const printed = print(schema, [[Tree, "Tree"]], text !== "Money | null | undefined")
    expect(printed.problems).toEqual([])
    expect(printed.text).toBe(text)
  })
})

it("writes each brand out once, with all brands below it", () => {
  expect(print(Schema.Tuple([Amount, Money, Amount.pipe(Schema.brand("Cash"))])).values).toEqual({
    Cash: "bigint & Money & Cash",
    Money: "bigint & Money"
  })
})

it("imports Effect's modules for their types, each once", () => {
  const { imports, text } = print(Schema.Option(Schema.HashMap(Schema.String, Schema.Option(Schema.DateTimeUtc))))
  expect(text).toBe("Option.Option<HashMap.HashMap<string, Option.Option<DateTime.Utc>>>")
  expect(imports).toBe('import type { DateTime, HashMap, Option } from "effect"')
})
