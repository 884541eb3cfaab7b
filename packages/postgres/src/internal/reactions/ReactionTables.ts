/** Reactions and their parked deliveries in tables. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { Checkpoint, type EventStoreError } from "eventfold"
import { type ReactionStore, StoreRefusal, type StoreService } from "eventfold/store"
import * as ParkedDeliveries from "./ParkedDeliveries.ts"
import * as ReactionLease from "./ReactionLease.ts"
import * as ReactionStatuses from "./ReactionStatuses.ts"
import { valuesOf } from "../read/StoredEvent.ts"
import { appendFailed, type Place } from "../sql/SqlFailure.ts"
import { inTransaction } from "../sql/Transaction.ts"

/** `schema` is already quoted. */
export const make = (
  sql: PgClient,
  schema: string,
  storeId: string,
  place: Place
): NonNullable<StoreService.Operations["reactions"]> => {
  const registry = `${schema}.reactions`
  const values = valuesOf(sql, place)
  const { check, status, statuses } = ReactionStatuses.make(values, schema, storeId)

  const head = Effect.map(
    values(`select h.head_position::float8, h.head_id::text from ${schema}.head(0) h`, []),
    ([row]) => ReactionStatuses.checkpointOf(storeId, row?.[0] ?? 0, row?.[1])
  )
  const beforeText = `select e.position::float8, e.event_id::text from ${schema}.events e where e.position <= $1
    order by e.position desc limit 1`
  /** Returns the checkpoint of a start, or the end of the log if the start is beyond it. */
  const checkpointOf = Effect.fnUntraced(function* (start: Parameters<ReactionStore.Service["open"]>[1]) {
    if (typeof start === "object") return start
    if (start === "beginning" || start === 0) return Checkpoint.beginning(storeId)
    const last = yield* head
    if (start === "now") return last
    if (start > last.position) return { end: last.position }
    const [row] = yield* values(beforeText, [BigInt(start)])
    return row === undefined ? Checkpoint.beginning(storeId) : ReactionStatuses.checkpointOf(storeId, row[0], row[1])
  })
  const change = (operation: `reactions.${string}`, name: string, set: string) =>
    Effect.flatMap(values(`update ${registry} r set ${set} where r.name = $1 returning 1`, [name]), ([row]) =>
      row === undefined ? Effect.fail(StoreRefusal.unknown(operation, name)) : Effect.void
    )

  return {
    status,
    statuses,
    ...ReactionLease.make(values, schema, storeId),
    ...ParkedDeliveries.make(values, schema, check),
    open: Effect.fnUntraced(function* (name, start) {
      const before = yield* status(name)
      if (before !== undefined) return before
      const checkpoint = yield* checkpointOf(start)
      if ("end" in checkpoint) return checkpoint
      const { eventId, position } = checkpoint
      yield* values(
        `insert into ${registry} (name, position, event_id) values ($1, $2, $3::uuid) on conflict (name) do nothing`,
        [name, BigInt(position), eventId]
      )
      return (yield* status(name))!
    }),
    inTransaction: <A, E, R>(work: (sql: SqlClient) => Effect.Effect<A, E, R>) =>
      Effect.mapError(
        inTransaction(
          sql,
          Effect.andThen(
            // A client that stops in its transaction would block the next process if both write the
            // same rows.
            sql.unsafe("select set_config('idle_in_transaction_session_timeout', '10s', true)").values,
            Effect.suspend(() => work(sql))
          )
        ),
        (error): E | EventStoreError.EventStoreError => (isSqlError(error) ? appendFailed(place, schema)(error) : error)
      ),
    pause: (name) => change("reactions.pause", name, "is_paused = true"),
    resume: (name) => change("reactions.resume", name, "is_paused = false, problem = null")
  }
}
