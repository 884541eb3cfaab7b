/** Transactions that can't write, even if the role may. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import { BeginTransaction } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import type { EventStoreError } from "eventfold"
import { type Place, unavailable } from "../sql/SqlFailure.ts"
import { inTransaction } from "../sql/Transaction.ts"

/**
 * The isolation of a transaction: each statement has its own snapshot, or all statements share one.
 */
export type Isolation = "each statement" | "one snapshot"

const begins: Readonly<Record<Isolation, string>> = {
  "each statement": "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
  "one snapshot": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
}

/** Runs an effect in a transaction that can't write. */
export type ReadOnly = <A, E>(
  isolation: Isolation,
  run: Effect.Effect<A, E>,
  /** A statement that runs before the snapshot is taken. */
  first?: string
) => Effect.Effect<A, E | EventStoreError.EventStoreError>

export const make =
  (sql: PgClient, place: Place): ReadOnly =>
  (isolation, run, first) => {
    // Without statistics, which a new table does not have, the planner estimates that the rest of
    // the log has few rows, and sorts it.
    const settings = sql.unsafe(
      `select set_config(name, 'off', true) from unnest(array['enable_seqscan', 'enable_bitmapscan', 'enable_sort']) name`
    ).values
    const begun = first === undefined ? settings : Effect.andThen(sql.unsafe(first).unprepared, settings)
    return inTransaction(sql, Effect.andThen(begun, run)).pipe(
      Effect.provideService(BeginTransaction, begins[isolation]),
      Effect.mapError((error) => (isSqlError(error) ? unavailable(place)(error) : error))
    )
  }
