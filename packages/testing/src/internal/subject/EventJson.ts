/** Events as JSON with their `_tag`, which is how tests print, record and repeat them. */
import { Result, Schema } from "effect"
import type { Codec } from "eventfold/generated"

/** An event in stored form. */
export interface StoredEvent {
  readonly type: string
  readonly data: Schema.Json
}

/** Returns the stored form of an event's JSON. */
export const storedOf = (event: Schema.Json): StoredEvent => {
  const { _tag, ...data } = Object(event) as Schema.JsonObject
  return { type: String(_tag), data }
}

/** Returns the JSON of a stored event. */
export const jsonOf = ({ data, type }: StoredEvent): Schema.Json => ({ _tag: type, ...(data as Schema.JsonObject) })

type Events<Event> = Codec.Codec<Event, unknown>["events"]

/** Makes the function that encodes an event to its JSON. It throws if a value does not fit. */
export const encoder = <Event extends { readonly _tag: string }>(events: Events<Event>) => {
  const encoders = new Map(Array.from(events, ([type, codec]) => [type, Schema.encodeUnknownSync(codec)]))
  return (event: Event): Schema.Json => {
    const encode = encoders.get(event._tag)
    if (encode === undefined) throw new Error(`there is no codec of ${event._tag}`)
    return jsonOf({ type: event._tag, data: encode(event) })
  }
}

/** Makes the function that decodes the JSON of an event; its failure has the problem. */
export const decoder = <Event>(events: Events<Event>) => {
  const decoders = new Map(Array.from(events, ([type, codec]) => [type, Schema.decodeUnknownResult(codec)]))
  return (event: Schema.Json): Result.Result<Event, string> => {
    const { data, type } = storedOf(event)
    const decode = decoders.get(type)
    return decode === undefined
      ? Result.fail(`there is no event ${type}`)
      : Result.mapError(decode(data), ({ message }) => message)
  }
}
