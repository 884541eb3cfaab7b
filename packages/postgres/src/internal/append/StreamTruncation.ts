/** Truncates streams. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { Event, EventId, type EventStore, EventStoreError } from "eventfold"
import { StoreRequest, StreamLifecycle } from "eventfold/store"
import { metadataText } from "./AppendBatch.ts"
import { type Attempt, inSession, isHeld, StreamHeld } from "./HeldStreams.ts"
import type { StoreWork } from "./StoreWork.ts"
import { appendFailed, codeOf, isCollision, type Place, violatedKey } from "../sql/SqlFailure.ts"

/** Maximum number of attempts while other processes append to the stream. */
const maxAttempts = 12

/**
 * Creates `truncate`. It refuses invalid requests before it starts any `work`. `schema` is already
 * quoted.
 */
export const make = (
  sql: PgClient,
  schema: string,
  place: Place,
  work: StoreWork["run"],
  lastVersion: (stream: string) => Effect.Effect<number, EventStoreError.EventStoreError>
): EventStore.Service["truncate"] => {
  const text = `select last_version::float8, last_position::float8, truncated
    from ${schema}.truncate_stream($1, $2, $3, $4, $5, $6, $7)`
  const send = Effect.fnUntraced(function* (
    stream: string,
    options: EventStore.TruncateOptions,
    parameters: ReadonlyArray<unknown>,
    attempt: Attempt
  ) {
    for (let count = 1; ; count++) {
      const statement = sql.unsafe(text, [...parameters, attempt.lockTimeoutMs]).values
      const sent = yield* Effect.result(inSession(sql, attempt, statement))
      if (sent._tag === "Success") {
        const [version, position, truncated] = sent.success[0] ?? []
        if (version === 0) {
          return yield* EventStoreError.EventStoreError.versionConflict({ stream, expected: "streamExists", actual: 0 })
        }
        return { version: Number(version), position: Number(position), repeated: truncated !== true }
      }
      const error = sent.failure
      if (isHeld(error)) return yield* new StreamHeld({ cause: error })
      if (codeOf(error) === "22023") {
        return yield* StoreRequest.beyondEnd(stream, options.before, yield* lastVersion(stream))
      }
      // An append with an exact expected version was written in between.
      const isOvertaken = isCollision(error) || violatedKey(error) === "events_stream_version"
      if (!isOvertaken || count === maxAttempts) {
        return yield* StreamLifecycle.callAgain("truncate", appendFailed(place, schema)(error))
      }
    }
  })
  return Effect.fnUntraced(function* (stream, options) {
    const invalid = StoreRequest.checkLifecycle("truncate", stream, options)
    if (invalid !== undefined) return yield* invalid
    const event = yield* StreamLifecycle.event("truncate", Event.truncated, options)
    const parameters = [
      stream,
      BigInt(options.before),
      event.id,
      JSON.stringify(event.data),
      yield* EventId.make,
      metadataText(event.metadata)
    ]
    return yield* work([stream], (attempt) => send(stream, options, parameters, attempt))
  })
}
