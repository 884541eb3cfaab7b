/**
 * Values of Effect's own transformations whose stored form holds only some values of their type: whole milliseconds, of
 * `DurationFromMillis`, or whole seconds, of `DateTimeUtcFromHttpDate`. Only those are drawn: they are what comes out of storage.
 *
 * Transformations of a declaration are drawn from whatever their type lets pass: that decoding undoes them is for the laws to show.
 */
import { Arbitrary, Effect, Option, Result, Schema, type SchemaAST, SchemaGetter } from "effect"

const own: ReadonlySet<unknown> = new Set(
  Object.values(Schema).flatMap((value) =>
    Schema.isSchema(value) ? (value.ast.encoding ?? []).map(({ transformation }) => transformation) : []
  )
)

/** Of so many values, so many are stored at least: of fewer, none would be found for a list of them. */
const samples = { all: 50, stored: 45 } as const

/**
 * The schema to draw from in place of `from`, which draws for a node of this schema, or of `likelier`, if few of those can be stored, as
 * years after 9999 by `DateTimeUtcFromHttpDate`; undefined if the schema is none of Effect's transformations.
 */
export const of = (
  ast: SchemaAST.AST,
  from: SchemaAST.AST,
  likelier: () => SchemaAST.AST
): SchemaAST.AST | undefined => {
  if (ast.encoding === undefined || !ast.encoding.every(({ transformation }) => own.has(transformation)))
    return undefined
  const schema = Schema.make<Schema.Codec<unknown, unknown>>(ast)
  const codec = Schema.toCodecJson(schema)
  const [encode, decode] = [Schema.encodeUnknownResult(codec), Schema.decodeUnknownResult(codec)]
  const stored = (value: unknown): Option.Option<unknown> => {
    try {
      return Option.flatMap(Result.getSuccess(encode(value)), (json) => Result.getSuccess(decode(json)))
    } catch {
      // Such as `encodeURIComponent` at half of a surrogate pair.
      return Option.none()
    }
  }
  const sampled = Effect.runSync(
    Effect.result(Arbitrary.sampleEffect(Arbitrary.schema(Schema.make(from)), { count: samples.all, seed: 1 }))
  )
  const isLikely =
    Result.isSuccess(sampled) &&
    sampled.success.filter((value) => Option.isSome(stored(value))).length >= samples.stored
  const source = Schema.make<Schema.Codec<unknown>>(isLikely ? from : likelier())
  const isOwn = Schema.is(Schema.toType(schema))
  return Schema.declare(isOwn, {
    toCodecArbitrary: () =>
      Schema.link<unknown>()(source, {
        decode: SchemaGetter.transformOptional(Option.flatMap(stored)),
        encode: SchemaGetter.forbidden(() => "values are only drawn")
      })
  }).ast
}
