/** Rows as they are stored, or why one can't be: handlers make them, so they may be anything. */
import { Result, type Schema } from "effect"
import * as SafeCodec from "../codec/SafeCodec.ts"

export const make = <Row>(
  codec: Schema.Codec<Row, Schema.Json>
): ((row: Row) => Result.Result<Schema.Json, string>) => {
  const encode = SafeCodec.encodeUnknownResult(codec)
  return (row) => Result.mapError(encode(row), ({ message }) => message)
}
