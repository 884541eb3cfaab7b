/**
 * Parses JSON in a text field (`Schema.fromJsonString`) without a bug of the engine: Effect uses
 * `JSON.parse`, which can return another key than the text contains. `StoredJson` describes when.
 */
import { Effect, type SchemaAST, SchemaGetter, SchemaIssue, SchemaTransformation } from "effect"
import * as StoredJson from "../../store/StoredJson.ts"

type Transformation = SchemaAST.Link["transformation"]

const parse = SchemaGetter.transformEffect<unknown, string>((text, options) =>
  Effect.try({
    try: () => StoredJson.parse(text),
    // The message of Effect.
    catch: () => new SchemaIssue.InvalidValue({ expected: "a valid JSON string" }, text, options)
  })
)

/**
 * Annotation of Effect on the encoding of a JSON text that has neither a `reviver` nor a
 * `replacer`.
 */
const contentKey = Symbol.for("~effect/Schema/content")

const isPlain = (encode: object): boolean => {
  const content: unknown = Reflect.get(encode, contentKey)
  return (
    typeof content === "object" && content !== null && "preserveSchema" in content && content.preserveSchema === true
  )
}

/** Source text of the functions of `fromJsonString`, which each use creates again. */
const textOf = ({ decode }: Transformation): string | undefined =>
  "transform" in decode ? String(decode.transform) : undefined
const effects = textOf(SchemaTransformation.fromJsonString())

/**
 * Returns the replacement of a transformation that `fromJsonString` made without `reviver` and
 * `replacer`; undefined for any other, because a `reviver` cannot be read from outside, and its
 * result is up to the schema.
 */
export const replacing = (transformation: Transformation): Transformation | undefined => {
  if (transformation._tag !== "Transformation" || !isPlain(transformation.encode)) return undefined
  if (textOf(transformation) !== effects) return undefined
  return SchemaTransformation.makeTransformation({ decode: parse, encode: transformation.encode })
}
