/** Rows as they are stored, or why one can't be: handlers make them, so they may be anything. */
import { Cause, Predicate, Result, Schema } from "effect"
import * as Thrown from "./Thrown.ts"

export const make = <Row>(
  codec: Schema.Codec<Row, Schema.Json>
): ((row: Row) => Result.Result<Schema.Json, string>) => {
  const encode = Schema.encodeUnknownResult(codec)
  return (row) => {
    try {
      const encoded = encode(row)
      return Result.isSuccess(encoded) ? Result.succeed(encoded.success) : Result.fail(encoded.failure.message)
    } catch (thrown) {
      // A field that is computed when it is read, and throws then: Schema throws what holds it as its cause.
      const cause = Predicate.hasProperty(thrown, "cause") && Cause.isCause(thrown.cause) ? thrown.cause : undefined
      return Result.fail(Thrown.textOf(cause === undefined ? thrown : Cause.squash(cause)))
    }
  }
}
