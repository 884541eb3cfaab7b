/** Errors for readers of a stream whose beginning was truncated. */
import { Effect } from "effect"
import { EventStoreError } from "eventfold"
import type { Values } from "./StoredEvent.ts"

export interface TruncatedStream {
  /** Returns the version of the first event that has content. */
  readonly firstVersion: (stream: string) => Effect.Effect<number, EventStoreError.EventStoreError>
  /** Fails with `StreamTruncated`. */
  readonly fail: (stream: string) => Effect.Effect<never, EventStoreError.EventStoreError>
}

/** `schema` is already quoted. */
export const make = (values: Values, schema: string): TruncatedStream => {
  const firstText = `select t.first_version::float8 from ${schema}.truncations t where t.stream_id = $1`
  const firstVersion = (stream: string) => Effect.map(values(firstText, [stream]), ([row]) => Number(row?.[0] ?? 1))
  const fail: TruncatedStream["fail"] = Effect.fnUntraced(function* (stream: string) {
    return yield* EventStoreError.EventStoreError.streamTruncated({ stream, firstVersion: yield* firstVersion(stream) })
  })

  return { firstVersion, fail }
}
