/** Encodes events to their stored data. */
import { Result, Schema, SchemaIssue } from "effect"
import * as SafeCodec from "./SafeCodec.ts"

/** Makes the encoder of the events of one aggregate. */
export const make = <Event extends { readonly _tag: string }>(
  events: ReadonlyMap<string, Schema.Codec<Event, Schema.Json>>
): ((event: Event) => Result.Result<Schema.Json, Schema.SchemaError>) => {
  const encoders = new Map(Array.from(events, ([type, codec]) => [type, SafeCodec.encodeResult(codec)]))
  return (event) => {
    const encode = encoders.get(event._tag)
    if (encode !== undefined) return encode(event)
    const message = `it is none of the declared events: ${[...encoders.keys()].join(", ")}`
    return Result.fail(new Schema.SchemaError(new SchemaIssue.InvalidValue({ message }, event._tag)))
  }
}
