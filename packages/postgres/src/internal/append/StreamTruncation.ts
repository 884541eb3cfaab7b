/** Truncates streams. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import type { EventStoreError } from "eventfold"
import type { StoreService } from "eventfold/store"
import { metadataText } from "./AppendBatch.ts"
import { type Attempt, inSession, isHeld, StreamHeld } from "./HeldStreams.ts"
import type { StoreWork } from "./StoreWork.ts"
import { appendFailed, codeOf, isCollision, type Place, violatedKey } from "../sql/SqlFailure.ts"

/** Maximum number of attempts while other processes append to the stream. */
const maxAttempts = 12

/** Creates `truncate`. `schema` is already quoted. */
export const make = (
  sql: PgClient,
  schema: string,
  place: Place,
  work: StoreWork["run"],
  lastVersion: (stream: string) => Effect.Effect<number, EventStoreError.EventStoreError>
): StoreService.Operations["truncate"] => {
  const text = `select last_version::float8, last_position::float8, truncated
    from ${schema}.truncate_stream($1, $2, $3, $4, $5, $6, $7)`
  const send = Effect.fnUntraced(function* (stream: string, parameters: ReadonlyArray<unknown>, attempt: Attempt) {
    for (let count = 1; ; count++) {
      const statement = sql.unsafe(text, [...parameters, attempt.lockTimeoutMs]).values
      const sent = yield* Effect.result(inSession(sql, attempt, statement))
      if (sent._tag === "Success") {
        const [version, position, truncated] = sent.success[0] ?? []
        if (version === 0) return { end: 0 }
        return { version: Number(version), position: Number(position), repeated: truncated !== true }
      }
      const error = sent.failure
      if (isHeld(error)) return yield* new StreamHeld({ cause: error })
      if (codeOf(error) === "22023") return { end: yield* lastVersion(stream) }
      // An append with an exact expected version was written in between.
      const isOvertaken = isCollision(error) || violatedKey(error) === "events_stream_version"
      if (!isOvertaken || count === maxAttempts) {
        return yield* appendFailed(place, schema)(error)
      }
    }
  })
  return ({ archivedId, before, event, stream, text: data }) => {
    const parameters = [stream, BigInt(before), event.id, data, archivedId, metadataText(event.metadata)]
    return work([stream], (attempt) => send(stream, parameters, attempt))
  }
}
