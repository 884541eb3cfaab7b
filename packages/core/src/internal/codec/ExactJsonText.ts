/**
 * JSON in a text field, as `Schema.fromJsonString` has it, to its value without a mistake of the engine. Effect parses it by
 * `JSON.parse`, which can return another key than the text holds: `StoredJson` says when.
 */
import { Effect, type SchemaAST, SchemaGetter, SchemaIssue, SchemaTransformation } from "effect"
import * as StoredJson from "../../store/StoredJson.ts"

type Transformation = SchemaAST.Link["transformation"]

const parse = SchemaGetter.transformEffect<unknown, string>((text, options) =>
  Effect.try({
    try: () => StoredJson.parse(text),
    // As Effect says it.
    catch: () => new SchemaIssue.InvalidValue({ expected: "a valid JSON string" }, text, options)
  })
)

/** Where Effect notes on the encoding of a JSON text whether the text holds the value as it is: no `reviver`, no `replacer`. */
const contentKey = Symbol.for("~effect/Schema/content")

const isPlain = (encode: object): boolean => {
  const content: unknown = Reflect.get(encode, contentKey)
  return (
    typeof content === "object" && content !== null && "preserveSchema" in content && content.preserveSchema === true
  )
}

/** Each use of `fromJsonString` makes its functions anew, of the same text. */
const textOf = ({ decode }: Transformation): string | undefined =>
  "transform" in decode ? String(decode.transform) : undefined
const effects = textOf(SchemaTransformation.fromJsonString())

/**
 * In place of a transformation that `fromJsonString` made without `reviver` and `replacer`; undefined for any other: a `reviver`
 * can't be seen from outside, and what it makes of a value is the schema's own matter.
 */
export const replacing = (transformation: Transformation): Transformation | undefined => {
  if (transformation._tag !== "Transformation" || !isPlain(transformation.encode)) return undefined
  if (textOf(transformation) !== effects) return undefined
  return SchemaTransformation.makeTransformation({ decode: parse, encode: transformation.encode })
}
