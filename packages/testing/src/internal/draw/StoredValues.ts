/**
 * Values of Effect's own transformations whose stored form represents only some values of the type:
 * whole milliseconds for `DurationFromMillis`, whole seconds for `DateTimeUtcFromHttpDate`. Only
 * those are drawn, because only those are ever read from storage.
 *
 * For transformations of a declaration, all values of the type are drawn: the laws check that
 * decoding reverses them.
 */
import { Arbitrary, Effect, Option, Result, Schema, type SchemaAST, SchemaGetter } from "effect"

const own: ReadonlySet<unknown> = new Set(
  Object.values(Schema).flatMap((value) =>
    Schema.isSchema(value) ? (value.ast.encoding ?? []).map(({ transformation }) => transformation) : []
  )
)

/**
 * Minimum number of storable values in a sample: with fewer, too few lists of values would be
 * storable.
 */
const sampleSize = { all: 50, minStored: 45 } as const

/**
 * Returns the schema that draws the storable values of `from`, or of `likelier` if few values of
 * `from` can be stored: years after 9999 by `DateTimeUtcFromHttpDate`. Returns `undefined` if the
 * schema is no transformation of Effect.
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
      // A transformation threw, as `encodeURIComponent` does for half of a surrogate pair.
      return Option.none()
    }
  }
  const sampled = Effect.runSync(
    Effect.result(Arbitrary.sampleEffect(Arbitrary.schema(Schema.make(from)), { count: sampleSize.all, seed: 1 }))
  )
  const isLikely =
    Result.isSuccess(sampled) &&
    sampled.success.filter((value) => Option.isSome(stored(value))).length >= sampleSize.minStored
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
