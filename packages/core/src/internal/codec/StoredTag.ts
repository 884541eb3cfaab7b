/**
 * The `_tag` of an event in its stored form: the type of the stored event says it, so its data does
 * not.
 */
import { Effect, Schema, type SchemaAST, SchemaGetter } from "effect"

/** Leaves the tag out. Planners recognise the field of a tag by this object. */
const leftOut: SchemaGetter.Getter<never, unknown> = SchemaGetter.omit()

/** Returns the field of a tag: decoding an event adds it, encoding leaves it out. */
export const field = (tag: string): SchemaAST.AST => {
  const literal = Schema.Literal(tag)
  const given = Schema.optionalKey(literal).pipe(
    Schema.decodeTo(literal, { decode: SchemaGetter.withDefault(Effect.succeed(tag)), encode: leftOut })
  )
  return given.ast
}

/**
 * Returns what happens to a field of this type: a tag is given by the decoder, or dropped by the
 * encoder; undefined for other fields.
 */
export const actionOf = (type: SchemaAST.AST): "dropped" | "given" | undefined => {
  const { encoding } = type
  if (encoding?.length !== 1) return undefined
  const { transformation } = encoding[0]
  if (transformation._tag !== "Transformation") return undefined
  if (transformation.encode === leftOut) return "given"
  return transformation.decode === leftOut ? "dropped" : undefined
}
