/** Snapshots in a table of their own. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { EventStoreError, type Snapshots } from "eventfold"
import { firstAttempt, isHeld } from "../append/HeldStreams.ts"
import { type Place, unavailable } from "../sql/SqlFailure.ts"

/** `schema` is already quoted. */
export const make = (sql: PgClient, schema: string, place: Place): Snapshots.Service => {
  const values = (text: string, parameters: ReadonlyArray<unknown>) =>
    Effect.mapError(sql.unsafe(text, parameters).values, unavailable(place))
  const latestText = `select s.version::float8, s.event_id::text, s.state
    from ${schema}.snapshots s where s.stream_id = $1 and s.fingerprint = $2`
  const saveText = `select from ${schema}.save_snapshot($1, $2, $3, $4, $5, $6, $7)`
  /**
   * Returns the error of a held stream: a snapshot can be taken again at any time, so it does not
   * wait.
   */
  const heldBy = (stream: string, cause: unknown) =>
    EventStoreError.EventStoreError.unavailable({
      problem: `another transaction holds stream ${JSON.stringify(stream)}`,
      retryable: true,
      cause
    })
  const dropText = `select ${schema}.drop_snapshots($1, $2)::float8`
  return {
    latest: (stream, fingerprint) =>
      Effect.map(values(latestText, [stream, fingerprint]), ([row]) =>
        row === undefined
          ? undefined
          : { stream, fingerprint, version: Number(row[0]), eventId: String(row[1]), state: String(row[2]) }
      ),
    save: ({ eventId, fingerprint, state, stream, version }, options) => {
      const replace = options?.replace ?? false
      const parameters = [stream, fingerprint, BigInt(version), eventId, state, replace, firstAttempt.lockTimeoutMs]
      return Effect.asVoid(
        Effect.mapError(sql.unsafe(saveText, parameters).values, (error) =>
          isHeld(error) ? heldBy(stream, error) : unavailable(place)(error)
        )
      )
    },
    drop: (which) => {
      const [stream, prefix] =
        which === "all" ? [null, null] : "stream" in which ? [which.stream, null] : [null, `${which.aggregate}-`]
      return Effect.map(values(dropText, [stream, prefix]), ([row]) => Number(row?.[0] ?? 0))
    }
  }
}
