import { DateTime, Duration, Option, Schema, SchemaAST } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as CodecPlan from "../../src/generated/CodecPlan.ts"
import * as StoredForm from "../../src/generated/StoredForm.ts"
import * as SchemaPlan from "../../src/internal/codec/SchemaPlan.ts"

const codec = StoredForm.codec(Schema.DateTimeZoned)
const encode = Schema.encodeSync(codec)
const decode = Schema.decodeUnknownSync(codec)

const zoned = (time: number | string, timeZone: string | number): DateTime.Zoned =>
  DateTime.makeZonedUnsafe(time, {
    timeZone: typeof timeZone === "number" ? DateTime.zoneMakeOffset(timeZone) : DateTime.zoneMakeNamedUnsafe(timeZone)
  })
const facts = ({ epochMilliseconds, zone }: DateTime.Zoned) => ({
  epochMilliseconds,
  zone: zone._tag === "Named" ? zone.id : zone.offset
})

describe("the stored form of a zoned time", () => {
  it.each([
    [zoned("2024-07-01T00:00:00Z", 90_000), "2024-07-01T00:01:30.000+00:01:30"],
    [zoned("2024-07-01T00:00:00Z", -1), "2024-06-30T23:59:59.999-00:00:00.001"],
    [zoned("2024-07-01T00:00:00Z", 59_999), "2024-07-01T00:00:59.999+00:00:59.999"],
    [zoned("2024-07-01T00:00:00Z", 20_700_000), "2024-07-01T05:45:00.000+05:45"],
    [zoned("2024-07-01T00:00:00Z", 360_000_000), "2024-07-05T04:00:00.000+100:00"],
    [zoned("1960-01-01T00:00:00Z", "Africa/Monrovia"), "1959-12-31T23:15:30.000-00:44:30[Africa/Monrovia]"],
    [zoned("2024-07-01T00:00:00Z", "Europe/Prague"), "2024-07-01T02:00:00.000+02:00[Europe/Prague]"],
    [zoned(1, "UTC"), "1970-01-01T00:00:00.001+00:00[UTC]"],
    [zoned(1, "+01:00"), "1970-01-01T01:00:00.001+01:00[+01:00]"],
    [zoned("-000753-04-21T00:00:00Z", 90_000), "-000753-04-21T00:01:30.000+00:01:30"]
  ])("keeps its instant and its zone: %s", (value, text) => {
    expect(encode(value)).toBe(text)
    expect(facts(decode(text))).toEqual(facts(value))
  })

  it("is that of Effect for offsets of whole minutes", () => {
    const offset = fc.integer({ min: -14 * 60, max: 14 * 60 }).map((minutes) => minutes * 60_000)
    const effects = Schema.toCodecJson(Schema.DateTimeZoned)
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), offset, (date, minutes) => {
        const value = DateTime.makeZoned(date, { timeZone: DateTime.zoneMakeOffset(minutes) })
        if (Option.isNone(value) || Number.isNaN(new Date(date.getTime() + minutes).getTime())) return
        expect(encode(value.value)).toBe(Schema.encodeSync(effects)(value.value))
        expect(facts(decode(encode(value.value)))).toEqual(facts(value.value))
      })
    )
  })

  it("is exact for every instant of 400 years in named zones, and for every offset", () => {
    const zones = ["Europe/Amsterdam", "America/New_York", "Africa/Monrovia", "Asia/Kathmandu", "Australia/Lord_Howe"]
    const zone = fc.oneof(fc.constantFrom(...zones), fc.integer({ min: -1e9, max: 1e9 }))
    const time = fc.integer({ min: Date.UTC(1800), max: Date.UTC(2200) })
    fc.assert(
      fc.property(time, zone, (epoch, where) => {
        const value = zoned(epoch, where)
        expect(facts(decode(encode(value)))).toEqual(facts(value))
      }),
      { numRuns: 300 }
    )
  })

  it("is decoded from every text that Effect decodes", () => {
    for (const text of [
      "2024-07-01T02:00:00+0200",
      "2024-07-01T00:00:00.000Z[Europe/Prague]",
      "2024-07-01 02:00:00+02:00"
    ]) {
      const effects = Schema.decodeUnknownSync(Schema.toCodecJson(Schema.DateTimeZoned))(text)
      expect(facts(decode(text))).toEqual(facts(effects))
    }
    for (const text of [
      "",
      "2024-07-01",
      "2024-13-01T00:00:00.000+00:00:30",
      "2024-07-01T00:00:00.000+00:99",
      "2024-07-01T00:00:00.000+00:00:60",
      "2024-07-01T00:00:00.000+00:00[Nowhere]"
    ]) {
      expect(() => decode(text)).toThrow(/valid Zoned DateTime string/)
    }
  })

  it("is refused with a reason if an offset is not a whole number of milliseconds, or a local time is outside the range of Date", () => {
    expect(() => encode(zoned(0, 0.5))).toThrow(/whose offset is a whole number of milliseconds/)
    expect(() => encode(zoned(8.64e15 - 90_000_000, 360_000_000))).toThrow(/whose local time a Date can hold/)
  })

  it("is refused for a time that was moved out of the range that can be decoded", () => {
    const [first, last] = [-8.64e15 + 43_200_000, 8.64e15 - 50_400_000]
    for (const [edge, away] of [
      [first, -1],
      [last, 1]
    ] as const) {
      for (const zone of [0, "Europe/Prague"]) {
        const value = zoned(edge, zone)
        expect(facts(decode(encode(value)))).toEqual(facts(value))
        expect(() => encode(DateTime.add(value, { milliseconds: away }))).toThrow(/from the year -271821 to 275760/)
      }
    }
  })
})

it("the stored form of a duration in milliseconds is exact, or refused", () => {
  const durations = StoredForm.codec(Schema.Struct({ took: Schema.DurationFromMillis }))
  const back = (took: Duration.Duration) =>
    Schema.decodeUnknownSync(durations)(Schema.encodeSync(durations)({ took })).took
  for (const took of [Duration.zero, Duration.millis(8_589_934_592), Duration.nanos(1n), Duration.infinity]) {
    expect(Duration.equals(back(took), took)).toBe(true)
  }
  const odd = Duration.nanos(8_589_934_592_655_520n)
  expect(() => back(odd)).toThrow(/a duration that a number of milliseconds holds exactly/)
})

it("the stored form of a time zone keeps offsets to the millisecond", () => {
  const zones = StoredForm.codec(Schema.TimeZone)
  for (const offset of [0, 90_000, -90_000, 1, -3_599_999, 20_700_000]) {
    const zone = DateTime.zoneMakeOffset(offset)
    expect(Schema.decodeUnknownSync(zones)(Schema.encodeSync(zones)(zone))).toEqual(zone)
  }
  for (const [id, text] of [
    ["Europe/Prague", "Europe/Prague"],
    // Without brackets, its name would be an offset.
    ["+05:00", "[+05:00]"]
  ] as const) {
    const named = DateTime.zoneMakeNamedUnsafe(id)
    expect(Schema.encodeSync(zones)(named)).toBe(text)
    expect(Schema.decodeUnknownSync(zones)(text)).toMatchObject({ _tag: "Named", id })
  }
  expect(() => Schema.decodeUnknownSync(zones)("[Nowhere]")).toThrow(/time zone/)
})

describe("JSON in a text field", () => {
  let texts = 0
  /**
   * Returns the text of an object whose second key is `"`, after the engine has parsed one with a
   * backslash there: from then on, it confuses the two, until an object with both keys is made.
   * Each object has its own first key.
   */
  const hostile = (): { readonly text: string; readonly first: string } => {
    const first = `first${++texts}`
    JSON.parse(`{"${first}":0,"\\\\":1}`)
    return { text: `{"${first}":0,"\\"":1}`, first }
  }
  const Scores = Schema.Record(Schema.String, Schema.Int)
  class Sheet extends Schema.Class<Sheet>("Sheet")({ scores: Schema.fromJsonString(Scores) }) {}

  it.each<[string, Schema.Codec<unknown, unknown>, (text: string) => unknown, (scores: object) => unknown]>([
    [
      "a field",
      Schema.Struct({ scores: Schema.fromJsonString(Scores) }),
      (text) => ({ scores: text }),
      (scores) => ({ scores })
    ],
    ["an element", Schema.Array(Schema.fromJsonString(Scores)), (text) => [text], (scores) => [scores]],
    [
      "an option",
      Schema.Option(Schema.fromJsonString(Scores)),
      (value) => ({ _tag: "Some", value }),
      (scores) => Option.some(scores)
    ],
    ["a class", Sheet, (text) => ({ scores: text }), (scores) => new Sheet({ scores: { ...scores } })],
    [
      "text within text",
      Schema.fromJsonString(Schema.fromJsonString(Scores)),
      (text) => JSON.stringify(text),
      (scores) => scores
    ],
    ["a value of any kind", Schema.fromJsonString(Schema.Unknown), (text) => text, (scores) => scores]
  ])("is decoded with its own keys: %s", (_, schema, stored, value) => {
    const codec = StoredForm.codec(schema)
    const { first, text } = hostile()
    const decoded = Schema.decodeUnknownSync(codec)(stored(text))
    const expected = value({ [first]: 0, '"': 1 })
    expect(decoded).toEqual(expected)
    expect(Schema.encodeUnknownSync(codec)(expected)).toEqual(stored(text))
  })

  it("is decoded with its own keys beside compiled fields", () => {
    const event = Schema.Union([
      Schema.TaggedStruct("Scored", { scores: Schema.fromJsonString(Scores) }),
      Schema.TaggedStruct("Ended", { at: Schema.DateTimeUtc })
    ])
    const codec = StoredForm.codec(event)
    expect(SchemaPlan.make(codec.ast).others).toEqual([
      { member: 0, path: "scores", why: "a transformation of your own" }
    ])
    const { first, text } = hostile()
    const { scores } = Schema.decodeUnknownSync(codec)({ _tag: "Scored", scores: text }) as { readonly scores: object }
    expect(Object.keys(scores)).toEqual([first, '"'])
  })

  it("is encoded with the indent of its schema", () => {
    const codec = StoredForm.codec(Schema.fromJsonString(Scores, { space: 2 }))
    expect(Schema.encodeSync(codec)({ a: 1 })).toBe('{\n  "a": 1\n}')
    const { first, text } = hostile()
    expect(Object.keys(Schema.decodeUnknownSync(codec)(text))).toEqual([first, '"'])
  })

  it("is refused with the error of Effect", () => {
    const schema = Schema.Struct({ scores: Schema.fromJsonString(Scores) })
    for (const scores of ["{", '{"a":"b"}', 1]) {
      const message = (codec: Schema.Codec<unknown, unknown>) => {
        try {
          return Schema.decodeUnknownSync(codec)({ scores })
        } catch (error) {
          return String(error)
        }
      }
      expect(message(StoredForm.codec(schema))).toBe(message(Schema.toCodecJson(schema)))
      expect(message(StoredForm.codec(schema))).toMatch(/scores/)
    }
  })

  it("uses its reviver and its replacer", () => {
    const both = Schema.fromJsonString(Scores, {
      reviver: (_, value: unknown) => (typeof value === "string" ? Number(value) : value),
      replacer: (_, value: unknown) => (typeof value === "number" ? String(value) : value)
    })
    const codec = StoredForm.codec(both)
    expect(Schema.encodeSync(codec)({ a: 1 })).toBe('{"a":"1"}')
    expect(Schema.decodeUnknownSync(codec)('{"a":"1"}')).toEqual({ a: 1 })
  })
})

describe("a codec", () => {
  class Visit extends Schema.Class<Visit>("Visit")({ at: Schema.DateTimeZoned }) {}
  interface Tree {
    readonly at: DateTime.Zoned
    readonly trees: ReadonlyArray<Tree>
  }
  const Tree: Schema.Codec<Tree, unknown> = Schema.Struct({
    at: Schema.DateTimeZoned,
    trees: Schema.Array(Schema.suspend((): Schema.Codec<Tree, unknown> => Tree))
  })
  const at = zoned("1930-01-01T00:00:00Z", 90_000)
  const text = "1930-01-01T00:01:30.000+00:01:30"
  const checked = Schema.DateTimeZoned.check(Schema.makeFilter(() => true))

  it.each<[string, Schema.Codec<unknown, unknown>, unknown, unknown]>([
    ["a field", Schema.Struct({ at: Schema.DateTimeZoned }), { at }, { at: text }],
    ["an optional field", Schema.Struct({ at: Schema.optionalKey(checked) }), { at }, { at: text }],
    ["an element", Schema.Array(Schema.DateTimeZoned), [at], [text]],
    ["a tuple", Schema.Tuple([Schema.Int, Schema.DateTimeZoned]), [1, at], [1, text]],
    ["a record", Schema.Record(Schema.String, Schema.DateTimeZoned), { a: at }, { a: text }],
    ["a member of a union", Schema.NullOr(Schema.DateTimeZoned), at, text],
    ["an option", Schema.Option(Schema.DateTimeZoned), Option.some(at), { _tag: "Some", value: text }],
    ["a class", Visit, new Visit({ at }), { at: text }],
    ["a recursion", Tree, { at, trees: [{ at, trees: [] }] }, { at: text, trees: [{ at: text, trees: [] }] }],
    ["a form from strings", Schema.DateTimeZonedFromString, at, text],
    [
      "an option of a form from strings",
      Schema.Option(Schema.DateTimeZonedFromString),
      Option.some(at),
      { _tag: "Some", value: text }
    ],
    [
      "a map of forms from strings",
      Schema.ReadonlyMap(Schema.String, Schema.Struct({ at: Schema.optionalKey(Schema.DateTimeZonedFromString) })),
      new Map([["a", { at }]]),
      [["a", { at: text }]]
    ]
  ])("keeps zoned times exactly in %s", (_, schema, value, stored) => {
    const codec = StoredForm.codec(schema)
    expect(Schema.encodeUnknownSync(codec)(value)).toEqual(stored)
    const back = Schema.decodeUnknownSync(codec)(stored)
    expect(Schema.toEquivalence(schema)(back, value)).toBe(true)
    expect(Schema.encodeUnknownSync(codec)(back)).toEqual(stored)
  })

  it("is the same object as that of Effect if a schema has no zone", () => {
    const schema = Schema.Struct({ at: Schema.DateTimeUtc, visits: Schema.Array(Schema.Struct({ n: Schema.Int })) })
    expect(StoredForm.codec(schema).ast).toBe(Schema.toCodecJson(schema).ast)
    expect(StoredForm.codec(Tree).ast).toBe(StoredForm.codec(Tree).ast)
  })

  it("keeps the shape by which compiled decoders are found", () => {
    const shapeOf = (ast: SchemaAST.AST) => CodecPlan.shape([ast, SchemaAST.flip(ast)])
    expect(shapeOf(StoredForm.codec(Tree).ast)).toBe(shapeOf(Schema.toCodecJson(Tree).ast))
  })
})
