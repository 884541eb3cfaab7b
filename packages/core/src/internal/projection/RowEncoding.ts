/** Encodes rows to their stored form. A handler can return any value, so encoding can fail. */
import { Result, type Schema } from "effect"
import * as SafeCodec from "../codec/SafeCodec.ts"

/** Makes the encoder of a projection's rows; it fails with the problem of a row. */
export const make = <Row>(
  codec: Schema.Codec<Row, Schema.Json>
): ((row: Row) => Result.Result<Schema.Json, string>) => {
  const encode = SafeCodec.encodeUnknownResult(codec)
  return (row) => Result.mapError(encode(row), ({ message }) => message)
}
