/** Transactions whose failures stay failures, even if the connection is lost in them. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Cause, Effect, Option } from "effect"
import { isSqlError, type SqlError } from "effect/sql/SqlError"

/** Runs an effect in a transaction, which is rolled back if the effect fails. */
export const inTransaction = <A, E, R>(sql: PgClient, run: Effect.Effect<A, E, R>): Effect.Effect<A, E | SqlError, R> =>
  Effect.suspend(() => {
    let failure: Option.Option<E> = Option.none()
    const noted = Effect.tapError(run, (error) =>
      Effect.sync(() => {
        failure = Option.some(error)
      })
    )
    return sql.withTransaction(noted).pipe(
      Effect.catchCause((cause): Effect.Effect<never, E | SqlError> => {
        if (Cause.hasInterrupts(cause)) return Effect.failCause(cause)
        // If the connection is lost, the rollback fails too, and Effect turns both failures into
        // defects.
        const lost = cause.reasons.filter(Cause.isDieReason).find(({ defect }) => isSqlError(defect))?.defect
        const found = Cause.findErrorOption(cause)
        if (Option.isSome(found)) return Effect.fail(found.value)
        if (!isSqlError(lost)) return Effect.failCause(cause)
        return Effect.fail(Option.getOrElse(failure, () => lost))
      })
    )
  })
