/** Transactions that can't write, whatever the role may. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { BeginTransaction } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import type { EventStoreError } from "eventfold"
import { type Place, unavailable } from "../sql/SqlFailure.ts"
import { inTransaction } from "../sql/Transaction.ts"

/** Whether all statements see the log as it was at the first one. */
export type Sight = "each statement" | "one snapshot"

const begins: Readonly<Record<Sight, string>> = {
  "each statement": "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
  "one snapshot": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
}

export type ReadOnly = <A, E>(
  sight: Sight,
  run: Effect.Effect<A, E>,
  /** A statement that comes before anything is seen. */
  first?: string
) => Effect.Effect<A, E | EventStoreError.EventStoreError>

export const make =
  (sql: PgClient, place: Place): ReadOnly =>
  (sight, run, first) => {
    // Without statistics, which a new table has none of, the planner takes all that is left of the log for a few rows, and sorts it.
    const settings = sql.unsafe(
      `select set_config(name, 'off', true) from unnest(array['enable_seqscan', 'enable_bitmapscan', 'enable_sort']) name`
    ).values
    const begun = first === undefined ? settings : Effect.andThen(sql.unsafe(first).unprepared, settings)
    return inTransaction(sql, Effect.andThen(begun, run)).pipe(
      Effect.provideService(BeginTransaction, begins[sight]),
      Effect.mapError((error) => (isSqlError(error) ? unavailable(place)(error) : error))
    )
  }
