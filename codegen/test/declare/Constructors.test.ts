/**
 * Parts of declarations besides types, in generated code: constructor defaults, descriptions, and
 * names of templates.
 */
import { BigDecimal, DateTime, Duration, Effect, Option, Schema } from "effect"
import { describe, expect, it } from "vitest"
import * as ConstructorDefault from "../../src/declare/types/ConstructorDefault.ts"
import { Project } from "../Project.ts"

const declared = `import { BigDecimal, DateTime, Effect, Option, Schema } from "effect"
import { Aggregate } from "eventfold"

export const Cents = Schema.Int.pipe(Schema.brand("Cents"))
/** The number that is printed on a card. */
export const CardNumber = Schema.TemplateLiteral(["card-", Schema.Number])
export const Address = Schema.Struct({
  city: Schema.String.annotate({ description: "As the post writes it." })
}).annotate({ description: "Where a parcel goes." })

export const Card = Aggregate.make("Card", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({ number: Schema.NullOr(CardNumber), byNumber: Schema.Record(CardNumber, Schema.Int) }),
  initial: { number: null, byNumber: {} },
  events: {
    Issued: {
      number: CardNumber,
      address: Schema.optionalKey(Address),
      /** The comment wins. */
      amount: Cents.annotate({ description: "The description loses." }).pipe(Schema.withConstructorDefault(Effect.succeed(Cents.make(5)))),
      tags: Schema.Array(Schema.String).annotate({ description: "Never empty." }).pipe(Schema.withConstructorDefault(Effect.succeed(["new"]))),
      at: Schema.DateTimeUtc.pipe(Schema.withConstructorDefault(Effect.succeed(DateTime.makeUnsafe(0)))),
      rate: Schema.BigDecimal.pipe(Schema.withConstructorDefault(Effect.succeed(BigDecimal.fromStringUnsafe("1.5")))),
      shop: Schema.Option(Schema.String).pipe(Schema.withConstructorDefault(Effect.succeed(Option.none()))),
      local: Schema.DateTimeZoned.pipe(Schema.withConstructorDefault(Effect.succeed(DateTime.makeZonedUnsafe(0, { timeZone: "Europe/Prague" }))))
    }
  },
  errors: { Refused: { why: Schema.String.pipe(Schema.withConstructorDefault(Effect.succeed("closed"))) } },
  commands: {
    Issue: {
      payload: { number: CardNumber, note: Schema.optionalKey(Schema.String).pipe(Schema.withConstructorDefault(Effect.succeed("none"))) },
      emits: ["Issued"],
      fails: ["Refused"]
    }
  }
})
`

const use = `import { Option } from "effect"
import { Issue, Issued, Refused } from "./generated/card.ts"
import type { CardNumber, Cents } from "./generated/values.ts"

const number: CardNumber = "card-7"
export const made = [Issued.make({ number }), Issued.make({ number, tags: [], amount: 7 as Cents, shop: Option.some("x") }), Refused.make(), Issue.make({ number })] as const
// @ts-expect-error a field without a default must be given
Issued.make({})
// @ts-expect-error a template is more than a string
Issue.make({ number: "7" })
`

describe("a generated contract", () => {
  it("fills in constructor defaults, shows descriptions, and names exported templates", async () => {
    const project = new Project({ "schemas/shop/card.ts": declared, "examples/shop/src/use.ts": use })
    expect((await project.gen()).err).toEqual([])
    expect(await project.tsc()).toEqual({ code: 0, out: "" })
    const contract = project.read("examples/shop/src/generated/card.ts")
    const values = project.read("examples/shop/src/generated/values.ts")
    expect(contract).toContain("  readonly number: CardNumber\n")
    expect(contract).toContain("  /** Never empty. */\n  readonly tags: ReadonlyArray<string>\n")
    expect(contract).toContain("  /** The comment wins. */\n  readonly amount: Cents\n")
    expect(contract).not.toContain("The description loses")
    expect(contract).toContain("{ readonly [x: `card-${number}`]: number }")
    // The type says it, and each field of it need not.
    expect(contract).not.toContain("Where a parcel goes")
    expect(values).toContain(
      "/** Where a parcel goes. */\nexport interface Address {\n  /** As the post writes it. */\n  readonly city: string\n}\n"
    )
    expect(values).toContain(
      "/** The number that is printed on a card. */\nexport type CardNumber = `card-${number}`\n"
    )
    const local = DateTime.makeZonedUnsafe(0, { timeZone: "Europe/Prague" })
    const { made } = await import(`${project.root}/examples/shop/src/use.ts`)
    expect(made).toEqual([
      {
        _tag: "Issued",
        number: "card-7",
        amount: 5,
        tags: ["new"],
        at: DateTime.makeUnsafe(0),
        rate: BigDecimal.fromStringUnsafe("1.5"),
        shop: Option.none(),
        local
      },
      {
        _tag: "Issued",
        number: "card-7",
        amount: 7,
        tags: [],
        at: DateTime.makeUnsafe(0),
        rate: BigDecimal.fromStringUnsafe("1.5"),
        shop: Option.some("x"),
        local
      },
      { _tag: "Refused", why: "closed" },
      { _tag: "Issue", number: "card-7", note: "none" }
    ])
  })
})

describe("a constructor default", () => {
  const by = <A>(value: A) => Effect.succeed(value)
  const zoned = (timeZone: string | number) => DateTime.makeZonedUnsafe(5, { timeZone })

  it.each<[string, Schema.Top, string]>([
    ["text", Schema.String.pipe(Schema.withConstructorDefault(by('say "so"'))), '"say \\"so\\""'],
    ["a number", Schema.Number.pipe(Schema.withConstructorDefault(by(-0))), "-0"],
    ["a bigint", Schema.BigInt.pipe(Schema.withConstructorDefault(by(5n))), "5n"],
    ["null", Schema.Null.pipe(Schema.withConstructorDefault(by(null))), "null"],
    ["a date", Schema.Date.pipe(Schema.withConstructorDefault(by(new Date(5)))), "new Date(5)"],
    [
      "a struct",
      Schema.Struct({ "a-b": Schema.Int }).pipe(Schema.withConstructorDefault(by({ "a-b": 1 }))),
      '{ "a-b": 1 }'
    ],
    [
      "a record with a key that JavaScript takes for the prototype",
      Schema.Record(Schema.String, Schema.Int).pipe(
        Schema.withConstructorDefault(by(Object.fromEntries([["__proto__", 3]])))
      ),
      '{ ["__proto__"]: 3 }'
    ],
    ["an option", Schema.Option(Schema.Int).pipe(Schema.withConstructorDefault(by(Option.some(1)))), "Option.some(1)"],
    [
      "a duration",
      Schema.Duration.pipe(Schema.withConstructorDefault(by(Duration.millis(2)))),
      "Duration.nanos(2000000n)"
    ],
    ["no end", Schema.Duration.pipe(Schema.withConstructorDefault(by(Duration.infinity))), "Duration.infinity"],
    [
      "a time in a named zone",
      Schema.DateTimeZoned.pipe(Schema.withConstructorDefault(by(zoned("Europe/Prague")))),
      'DateTime.makeZonedUnsafe(5, { timeZone: DateTime.zoneMakeNamedUnsafe("Europe/Prague") })'
    ],
    [
      "a time at an offset",
      Schema.DateTimeZoned.pipe(Schema.withConstructorDefault(by(zoned(5_400_000)))),
      "DateTime.makeZonedUnsafe(5, { timeZone: DateTime.zoneMakeOffset(5400000) })"
    ]
  ])("is written as an expression: %s", (_, field, text) => {
    expect(ConstructorDefault.of(field)).toMatchObject({ text })
  })

  it.each<[string, Schema.Top, RegExp]>([
    ["is computed", Schema.Int.pipe(Schema.withConstructorDefault(Effect.sync(() => 1))), /computed at each call/],
    ["does not fit", Schema.Natural.pipe(Schema.withConstructorDefault(by(-1))), /does not match its own schema/],
    [
      "has no expression",
      Schema.URL.pipe(Schema.withConstructorDefault(by(new URL("https://example.org")))),
      /can't write as an expression/
    ]
  ])("is refused if it %s", (_, field, why) => {
    expect(ConstructorDefault.of(field)).toMatchObject({ message: expect.stringMatching(why) })
  })

  it("is none for a field that has none", () => {
    expect(ConstructorDefault.of(Schema.Int)).toBeUndefined()
  })
})
