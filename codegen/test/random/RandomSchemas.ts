/** Random schemas, as the text that a developer would write: all possible fields of an event. */
import * as fc from "fast-check"

/** A value that a schema file exports for other files, and its possible uses. */
export interface Shared {
  /** Reference to it in the file: `V.Money`. */
  readonly reference: string
  /** `true` if its encoded values are texts, so that records and maps may have it as a key. */
  readonly isText: boolean
  /** `true` if it is a choice of literals, which no key may be with a brand. */
  readonly isChoice: boolean
}

const scalars: ReadonlyArray<string> = [
  "Schema.String",
  "Schema.NonEmptyString",
  "Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(9))",
  `Schema.String.check(Schema.isPattern(/^[a-z]{1,4}"?$/))`,
  "Schema.Number",
  "Schema.Finite",
  "Schema.Int",
  "Schema.Natural",
  "Schema.Int.check(Schema.isBetween({ minimum: -3, maximum: 12 }))",
  `Schema.Int.check(Schema.makeFilter((n) => n !== 7, { expected: "any */ number but 7" }))`,
  "Schema.Boolean",
  "Schema.BigInt",
  "Schema.BigInt.check(Schema.isBetweenBigInt({ minimum: -5n, maximum: 5n }))",
  "Schema.BigDecimal",
  "Schema.DateTimeUtc",
  "Schema.SemVer",
  "Schema.Date.check(Schema.isBetweenDate({ minimum: new Date(0), maximum: new Date(1e12) }))",
  "Schema.Duration",
  "Schema.URL",
  "Schema.Uint8Array",
  "Schema.Json",
  "Schema.Null",
  "Schema.Literal(-1)",
  `Schema.Literal("*/ \\"'\`\${x}\\\\ \\u2028 \\ud83d")`,
  `Schema.Literals(["a", "b", ""])`,
  `Schema.Literals([1, "two", true, -3n])`,
  `Schema.Enum({ Up: "up", Down: "down", One: 1 })`,
  `Schema.TemplateLiteral(["no-", Schema.Int, "\\n\`\${", Schema.Literals(["x", "y"])])`,
  "Schema.FiniteFromString",
  "Schema.BigIntFromString",
  "Schema.DateTimeUtcFromString",
  "Schema.DateTimeUtcFromMillis",
  "Schema.Trim",
  "Schema.OptionFromNullOr(Schema.Int)",
  "Schema.fromJsonString(Schema.Struct({ a: Schema.Int }))",
  "Schema.Uint8ArrayFromBase64"
]

/** Schemas of texts, for the keys of records and maps. */
const texts: ReadonlyArray<string> = [
  "Schema.String",
  "Schema.NonEmptyString",
  `Schema.Literals(["web", "in shop", "2nd"])`,
  `Schema.TemplateLiteral(["k-", Schema.Int])`
]

/**
 * Possible names of fields: keywords, names that generated code uses itself, and names that need
 * quotes.
 */
const fieldNames: ReadonlyArray<string> = [
  ...(
    "amount at by class default delete new constructor toString make is fields event state command " +
    "arguments eval then facts type readonly async name length prototype $ _ _row x1 gift-note 1 0x 1.5 π " +
    "čas naïve 日本 a.b it's */"
  ).split(" "),
  "two words",
  'say "so"',
  "a\\b",
  ""
]

/** Those among them that are columns of a table, too. */
export const columnNames: ReadonlyArray<string> = fieldNames.filter((name) => /^[a-z]+$/.test(name))

/** Texts above a declaration that a comment must survive. */
const sentences: ReadonlyArray<string> = [
  "What it was worth.",
  "Closes early *\\/ or not.",
  "Größe, 日本語, 🏦, \u2028 and \u200f.",
  "`code`, ${template}, \\n, C:\\temp\\new, <b>html</b>, a | b, [link](x), --> and ```",
  "{@link Money} of {0}; @deprecated",
  "/* looks like a second one",
  "x = 1 // no",
  "*",
  `A line that goes on and on, ${"and on ".repeat(20)}until it is longer than any line of code should be.`
]

const comment = (indent: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant("") },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.constantFrom(...sentences, ""), { minLength: 1, maxLength: 3 })
        .map((lines) =>
          lines.length === 1
            ? `${indent}/** ${lines[0]} */\n`
            : `${indent}/**\n${lines.map((line) => `${indent} * ${line}\n`).join("")}${indent} */\n`
        )
    }
  )
export { comment }

export const quoted = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name))

type Expressions = {
  readonly any: string
  readonly fields: string
}

/** Schemas that may refer to shared values. */
export const schemas = (shared: ReadonlyArray<Shared>, names = fieldNames) => {
  const keys = fc.constantFrom(...texts, ...shared.filter(({ isText }) => isText).map(({ reference }) => reference))
  const references = shared.map(({ reference }) => reference)
  const leaf =
    references.length === 0
      ? fc.constantFrom(...scalars)
      : fc.oneof(
          { weight: 3, arbitrary: fc.constantFrom(...scalars) },
          { weight: 2, arbitrary: fc.constantFrom(...references) }
        )
  const wrap =
    (text: (inner: string) => string) =>
    (inner: fc.Arbitrary<string>): fc.Arbitrary<string> =>
      inner.map(text)
  const { any, fields } = fc.letrec<Expressions>((tie) => {
    const one = tie("any")
    return {
      any: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        { weight: 8, arbitrary: leaf },
        { weight: 1, arbitrary: wrap((text) => `Schema.Array(${text})`)(one) },
        { weight: 1, arbitrary: wrap((text) => `Schema.mutable(Schema.Array(${text}))`)(one) },
        { weight: 1, arbitrary: wrap((text) => `Schema.NonEmptyArray(${text})`)(one) },
        {
          weight: 1,
          arbitrary: wrap((text) => `Schema.mutable(Schema.Array(${text})).check(Schema.isMaxLength(3))`)(one)
        },
        { weight: 1, arbitrary: wrap((text) => `Schema.Option(${text})`)(one) },
        {
          weight: 1,
          arbitrary: wrap((text) => `Schema.NullOr(${text})`)(
            one.filter((text) => !text.startsWith("Schema.OptionFromNullOr"))
          )
        },
        { weight: 1, arbitrary: wrap((text) => `Schema.Chunk(${text})`)(one) },
        { weight: 1, arbitrary: fc.tuple(one, one).map(([a, b]) => `Schema.Result(${a}, ${b})`) },
        { weight: 1, arbitrary: fc.tuple(one, one).map(([a, b]) => `Schema.Tuple([${a}, Schema.optionalKey(${b})])`) },
        {
          weight: 1,
          arbitrary: fc
            .tuple(one, one, one)
            .map(([a, b, c]) => `Schema.TupleWithRest(Schema.Tuple([${a}]), [${b}, ${c}])`)
        },
        { weight: 1, arbitrary: fc.tuple(keys, one).map(([k, v]) => `Schema.HashMap(${k}, ${v})`) },
        { weight: 1, arbitrary: keys.map((k) => `Schema.HashSet(${k})`) },
        { weight: 1, arbitrary: fc.tuple(keys, one).map(([k, v]) => `Schema.ReadonlyMap(${k}, ${v})`) },
        { weight: 1, arbitrary: keys.map((k) => `Schema.ReadonlySet(${k})`) },
        { weight: 1, arbitrary: fc.tuple(keys, one).map(([k, v]) => `Schema.Record(${k}, ${v})`) },
        { weight: 1, arbitrary: tie("fields").map((text) => `Schema.Struct(${text})`) },
        {
          weight: 1,
          arbitrary: fc
            .tuple(tie("fields"), tie("fields"))
            .map(([a, b]) => `Schema.Union([Schema.TaggedStruct("A", ${a}), Schema.TaggedStruct("B", ${b})])`)
        },
        {
          weight: 1,
          arbitrary: tie("fields").map(
            (text) => `Schema.Struct(${text}).annotate({ title: "A title", description: "Some \\n text */" })`
          )
        },
        {
          weight: 1,
          arbitrary: one.map(
            (text) =>
              `Schema.StructWithRest(Schema.Struct({ first: ${text} }), [Schema.Record(Schema.TemplateLiteral(["x-", Schema.String]), Schema.Int)])`
          )
        }
      ),
      fields: fc
        .uniqueArray(fc.constantFrom(...names), { maxLength: 4 })
        .chain((names) =>
          fc.tuple(
            ...names.map((name) =>
              fc
                .tuple(comment("    "), name in Object.prototype ? one : field(one))
                .map((two) => [name, ...two] as const)
            )
          )
        )
        .map((all) =>
          all.length === 0
            ? "{}"
            : `{\n${all.map(([name, doc, text]) => `${doc}    ${quoted(name)}: ${text}`).join(",\n")}\n  }`
        )
    }
  })
  return { any, fields, keys }
}

const mayBeNull = (text: string): boolean => /^(Schema\.(Null|NullOr|Json|OptionFromNullOr)\b|[VW]\.)/.test(text)

/** A field: a schema, and how it may be left out. */
const field = (schema: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: schema },
    { weight: 1, arbitrary: schema.map((text) => `Schema.optionalKey(${text})`) },
    // As JSON, undefined is null, and so is an option's none if the schema asks for it.
    { weight: 1, arbitrary: schema.filter((text) => !mayBeNull(text)).map((text) => `Schema.optional(${text})`) },
    { weight: 1, arbitrary: schema.map((text) => `Schema.mutableKey(${text})`) },
    { weight: 1, arbitrary: schema.map((text) => `Schema.OptionFromOptionalKey(${text})`) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "Schema.Int.pipe(Schema.withDecodingDefaultKey(Effect.succeed(7)))",
        `Schema.String.pipe(Schema.withDecodingDefault(Effect.succeed("none")))`,
        "Schema.Boolean.pipe(Schema.withConstructorDefault(Effect.succeed(true)))"
      )
    }
  )
