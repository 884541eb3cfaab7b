/** Random schemas as data, from which a schema can be built any number of times. */
import { Schema, SchemaTransformation } from "effect"
import * as fc from "fast-check"

/** A leaf: how it is built, and stored values of which most, but not all, are its own. */
interface Leaf {
  readonly make: () => Schema.Top
  readonly stored: ReadonlyArray<unknown>
}

export const texts = ["", "a", "ab", "1", " ", "é", "a\u0000b", "constructor", "__proto__", "toString", "x".repeat(40)]
const numbers = [
  0,
  -0,
  1,
  -1,
  2.5,
  1e21,
  5e-324,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  -(2 ** 53),
  "NaN",
  "Infinity",
  "-Infinity"
]
const digits = [
  "0 -0 1 -1 007 -007 12 999999999999999 1000000000000000 -99999999999999 123456789012345678901234567890".split(" "),
  ["", "-", "+1", "1n", " 1", "1 ", "1\n", "0x10", "1e3", "--1", "-1-", "１", "12a", "9".repeat(400)]
].flat()
const wordy = [
  "first || second && third",
  "so that a line || of conditions && has to be broken",
  'by "words" || `signs`\n'
]
const instants = [
  "1993-03-03T10:11:12.123Z",
  "1970-01-01T00:00:00.000Z",
  "1969-12-31T23:59:59.999Z",
  "2000-02-29T00:00:00.000Z",
  "1900-02-29T00:00:00.000Z",
  "1993-02-30T00:00:00.000Z",
  "1993-04-31T00:00:00.000Z",
  "1993-02-31T24:00:00.000Z",
  "1993-12-31T24:00:00.000Z",
  "1993-12-31T23:59:60.000Z",
  "1993-13-01T00:00:00.000Z",
  "1993-00-01T00:00:00.000Z",
  "1993-01-00T00:00:00.000Z",
  "0000-01-01T00:00:00.000Z",
  "9999-12-31T23:59:59.999Z",
  "+010000-01-01T00:00:00.000Z",
  "-000001-01-01T00:00:00.000Z",
  "1993-03-03T10:11:12.12Z",
  "1993-03-03T10:11:12.1234Z",
  "1993-03-03T10:11:12.123",
  "1993-03-03T10:11:12.123+",
  "1993-03-03 10:11:12.123Z",
  "1993-03-03t10:11:12.123z",
  "1993/03/03T10:11:12.123Z",
  "1993-03-03T10:11:12,123Z",
  "199a-03-03T10:11:12.123Z",
  "1993-03-03T10:11:1a.123Z",
  "1993-03-03T10:11:12.1a3Z",
  "1993-03-03T10:11:12.12aZ",
  "1993-03-03T1/:11:12.123Z",
  "1993-03-03T10:6/:12.123Z",
  "1993-03-03T10:11:12.123+02:00",
  "1993-03-03",
  "1993",
  "3 March 1993",
  "Wed, 03 Mar 1993 10:11:12 GMT",
  "",
  "NaN"
]

const Colour = { Red: "red", Two: 2, None: 0 } as const

export class Point extends Schema.Class<Point>("Point")({ x: Schema.Number, on: Schema.Date }) {}

const small = () => Schema.isBetweenBigInt({ minimum: 0n, maximum: 1_000_000n })
export const leaves = {
  string: { make: () => Schema.String, stored: texts },
  nonEmpty: { make: () => Schema.NonEmptyString, stored: texts },
  own: { make: () => Schema.String.annotate({ description: "its own" }), stored: texts },
  short: { make: () => Schema.String.check(Schema.isMaxLength(3)), stored: texts },
  pattern: {
    make: () => Schema.NonEmptyString.check(Schema.isPattern(/^[a-z0-9]+$/)).pipe(Schema.brand("Id")),
    stored: texts
  },
  group: {
    make: () => Schema.String.check(Schema.makeFilterGroup([Schema.isMinLength(1), Schema.isMaxLength(2)])),
    stored: texts
  },
  number: { make: () => Schema.Number, stored: numbers },
  int: { make: () => Schema.Int, stored: numbers },
  natural: { make: () => Schema.Natural, stored: numbers },
  finite: { make: () => Schema.Finite, stored: numbers },
  positive: { make: () => Schema.Number.check(Schema.isGreaterThan(0)), stored: numbers },
  atLeastZero: { make: () => Schema.Number.check(Schema.isGreaterThanOrEqualTo(0)), stored: numbers },
  boolean: { make: () => Schema.Boolean, stored: [true, false] },
  null: { make: () => Schema.Null, stored: [null] },
  undefined: { make: () => Schema.Undefined, stored: [null] },
  one: { make: () => Schema.Literal("one"), stored: ["one", "two"] },
  literals: { make: () => Schema.Literals(["a", "b", 1, true, 0]), stored: ["a", "b", 1, true, 0, -0, "1", false] },
  enum: { make: () => Schema.Enum(Colour), stored: ["red", 2, 0, -0, "2", "Red"] },
  wordy: { make: () => Schema.Literals(wordy), stored: [...wordy, "first || second"] },
  bigint: { make: () => Schema.BigInt, stored: digits },
  amount: { make: () => Schema.BigInt.pipe(Schema.brand("Amount")).check(small()), stored: digits },
  bigintFromText: { make: () => Schema.BigIntFromString, stored: digits },
  date: { make: () => Schema.Date, stored: instants },
  lateDate: {
    make: () => Schema.Date.check(Schema.isGreaterThanDate(new Date("1980-01-01"))),
    stored: instants
  },
  dateFromText: { make: () => Schema.DateFromString, stored: instants },
  dateFromMillis: { make: () => Schema.DateFromMillis, stored: [0, 1, -1, 1e12, 8.64e15, 9e15, 1.5] },
  dateTime: { make: () => Schema.DateTimeUtc, stored: instants },
  dateTimeFromText: { make: () => Schema.DateTimeUtcFromString, stored: instants },
  semVer: {
    make: () => Schema.SemVer,
    stored: ["0.0.0", "1.2.3-beta.1+build.5", "v1.2.3", " 1.2.3", "1.2", "01.2.3", "1.2.3-01", ""]
  },
  bigDecimal: {
    make: () => Schema.BigDecimal,
    stored: ["0", "-0", "1.50", "1e3", "1e-3", ".5", "5.", "", "-", "1.2.3", "12345678901234567890.123", "x"]
  },
  duration: {
    make: () => Schema.Duration,
    stored: [
      { _tag: "Millis", value: 3 },
      { _tag: "Nanos", value: "7" },
      { _tag: "Infinity" },
      { _tag: "NegativeInfinity" },
      { _tag: "Millis", value: 1.5 },
      { _tag: "Nanos", value: 7 },
      { _tag: "Days", value: 1 }
    ]
  },
  numberFromText: { make: () => Schema.NumberFromString, stored: ["1", "-0", "1.5", "NaN", "", "x", "Infinity"] },
  finiteFromText: { make: () => Schema.FiniteFromString, stored: ["1", "-0", "1.5", "NaN", "", "x", "Infinity"] },
  json: { make: () => Schema.Json, stored: [null, 1, "a", [], {}, { a: [1, { b: null }] }] },
  unknown: { make: () => Schema.Unknown, stored: [null, 1, "a", [], {}, { a: [1, { b: null }] }] },
  any: { make: () => Schema.Any, stored: [null, 1, "a", [], {}, { a: [1, { b: null }] }] },
  empty: { make: () => Schema.Struct({}), stored: [{}, { a: 1 }, [], "a", 0] }
} satisfies Record<string, Leaf>

/** Shapes that straight code leaves to Effect. */
const foreign = {
  trimmed: { make: () => Schema.Trim, stored: texts },
  template: { make: () => Schema.TemplateLiteral(["a", Schema.Number]), stored: ["a1", "a", "1", "a1e3"] },
  bigLiteral: { make: () => Schema.Literals([1n, "a"]), stored: ["1", "a"] },
  class: { make: () => Point, stored: [{ x: 1, on: "1993-03-03T10:11:12.123Z" }, { x: "1" }, {}] },
  url: { make: () => Schema.URL, stored: ["http://a.b/", "a"] },
  map: { make: () => Schema.HashMap(Schema.String, Schema.BigInt), stored: [[], [["a", "1"]], [["a", 1]], {}] },
  oneOf: { make: () => Schema.Union([Schema.String, Schema.NonEmptyString], { mode: "oneOf" }), stored: ["", "a"] },
  doubled: {
    make: () =>
      Schema.Number.pipe(
        Schema.decodeTo(Schema.Number, SchemaTransformation.transform({ decode: (n) => n * 2, encode: (n) => n / 2 }))
      ),
    stored: numbers
  }
} satisfies Record<string, Leaf>

export const all: Readonly<Record<string, Leaf>> = { ...leaves, ...foreign }

export type Shape =
  | { readonly is: "leaf"; readonly name: string }
  | { readonly is: "struct"; readonly fields: ReadonlyArray<Field>; readonly check: boolean; readonly rest?: Shape }
  | { readonly is: "array"; readonly item: Shape; readonly check: "none" | "nonEmpty" | "unique" | "short" }
  | { readonly is: "tuple"; readonly items: ReadonlyArray<Shape>; readonly optional: number; readonly rest?: Shape }
  | { readonly is: "record"; readonly key: "string" | "own" | "nonEmpty" | "short"; readonly value: Shape }
  | { readonly is: "union"; readonly members: ReadonlyArray<Shape>; readonly check: boolean }
  | { readonly is: "tagged"; readonly members: ReadonlyArray<ReadonlyArray<Field>> }
  | { readonly is: "nullOr" | "undefinedOr" | "nullishOr" | "option"; readonly of: Shape }
  | { readonly is: "tree"; readonly fields: ReadonlyArray<Field> }
  /** Nested tree; text outside of one. */
  | { readonly is: "again" }

export interface Field {
  readonly name: string
  readonly shape: Shape
  readonly optional: "no" | "key" | "undefined" | "default"
}

const names = [
  "a",
  "b",
  "note",
  "gift-note",
  "constructor",
  "toString",
  "1",
  "input",
  "invalid",
  "number",
  "é",
  "class",
  "_tag2",
  "length",
  "index",
  "at",
  "date",
  'quo"te',
  "two\nlines",
  "*/ ${1}"
]

/** The events of a random aggregate, by their fields. */
export const shapes = (
  leafNames: ReadonlyArray<string>,
  optionals: ReadonlyArray<Field["optional"]>
): fc.Arbitrary<ReadonlyArray<ReadonlyArray<Field>>> => {
  const { fields } = fc.letrec<{ shape: Shape; fields: ReadonlyArray<Field> }>((tie) => {
    const leaf = fc.constantFrom(...leafNames).map((name): Shape => ({ is: "leaf", name }))
    const field = fc.record({
      name: fc.constantFrom(...names),
      shape: tie("shape"),
      optional: fc.constantFrom(...optionals)
    }) as fc.Arbitrary<Field>
    const fieldsOf = fc.uniqueArray(field, { selector: ({ name }) => name, maxLength: 4 })
    const of = fc.record({
      is: fc.constantFrom("nullOr", "undefinedOr", "nullishOr", "option", "option"),
      of: tie("shape")
    }) as fc.Arbitrary<Shape>
    return {
      fields: fieldsOf,
      shape: fc.oneof(
        { maxDepth: 4, depthIdentifier: "shape" },
        { weight: 8, arbitrary: leaf },
        {
          weight: 2,
          arbitrary: fc.record({ is: fc.constant("struct" as const), fields: fieldsOf, check: fc.boolean() })
        },
        {
          weight: 1,
          arbitrary: fc.record({
            is: fc.constant("struct" as const),
            fields: fieldsOf,
            check: fc.boolean(),
            rest: tie("shape")
          })
        },
        {
          weight: 2,
          arbitrary: fc.record({
            is: fc.constant("array" as const),
            item: tie("shape"),
            check: fc.constantFrom("none", "nonEmpty", "unique", "short")
          })
        },
        {
          weight: 2,
          arbitrary: fc.record(
            {
              is: fc.constant("tuple" as const),
              items: fc.array(tie("shape"), { maxLength: 3 }),
              optional: fc.constantFrom(0, 0, 1, 2),
              rest: tie("shape")
            },
            { requiredKeys: ["is", "items", "optional"] }
          )
        },
        {
          weight: 2,
          arbitrary: fc.record({
            is: fc.constant("record" as const),
            key: fc.constantFrom("string", "own", "nonEmpty", "short"),
            value: tie("shape")
          })
        },
        {
          weight: 2,
          arbitrary: fc.record({
            is: fc.constant("union" as const),
            members: fc.array(tie("shape"), { minLength: 1, maxLength: 3 }),
            check: fc.boolean()
          })
        },
        {
          weight: 1,
          arbitrary: fc.record({
            is: fc.constant("tagged" as const),
            members: fc.array(fieldsOf, { minLength: 1, maxLength: 3 })
          })
        },
        { weight: 2, arbitrary: of },
        { weight: 1, arbitrary: fc.record({ is: fc.constant("tree" as const), fields: fieldsOf }) },
        { weight: 1, arbitrary: fc.constant({ is: "again" as const }) }
      ) as fc.Arbitrary<Shape>
    }
  })
  return fc.array(fields, { minLength: 1, maxLength: 3 })
}

export const coveredNames: ReadonlyArray<string> = Object.keys(leaves)
export const allNames: ReadonlyArray<string> = Object.keys(all)
