/** Warnings that name the append whose transaction holds back readers of the log. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import * as LockHolder from "../sql/LockHolder.ts"
import type { Place } from "../sql/SqlFailure.ts"

/** The state of the log at one look. */
export interface LogState {
  /** `true` if more can be read than at the last look. */
  readonly isNews: boolean
  /** The position up to which the log can be read. */
  readonly readable: number
  /** The number of positions from there to the last event. */
  readonly behind: number
}

/** Warns about readers that are held back for too long. */
export interface StalledAppends {
  /** Takes the state of the log at each look. */
  readonly note: (state: LogState) => Effect.Effect<void>
}

/** Creates the warnings, the first after `afterMillis`. `schema` is already quoted. */
export const make = (
  sql: PgClient,
  schema: string,
  place: Place,
  afterMillis: number,
  isReplica: boolean
): StalledAppends => {
  const holdersText = `select ${LockHolder.columns}
  from pg_locks l ${LockHolder.joins}
  where l.locktype = 'advisory' and l.objsubid = 1 and l.mode = 'ShareLock' and l.granted
    and (l.classid::bigint >> 16) = ${schema}.lock_space()
    and l.database = (select d.oid from pg_database d where d.datname = current_database())
  order by ((l.classid::bigint << 32) | l.objid::bigint) & ((1::bigint << 48) - 1), l.pid limit 3`

  let since: number | undefined
  /**
   * Milliseconds after which the next warning is due: doubled each time, so that warnings do not
   * fill the disk.
   */
  let due = afterMillis

  const warn = Effect.fnUntraced(
    function* (waited: number, { behind, readable }: LogState) {
      if (isReplica) {
        return yield* Effect.logWarning(
          `subscriptionStalled: for ${LockHolder.seconds(waited / 1000)} the replica's log could be read up to position ${readable} only, its last event is ${behind} further: the primary does not publish how far it can be read; a store opened there with forReplicas: true does`
        ).pipe(Effect.annotateLogs({ event: "subscriptionStalled", readable, horizonLag: behind }))
      }
      const rows = yield* sql.unsafe(holdersText).values
      const holders = rows.map((row) => LockHolder.describe(row, place.user))
      if (holders.length === 0) return
      yield* Effect.logWarning(
        `subscriptionStalled: for ${LockHolder.seconds(waited / 1000)} the log could be read up to position ${readable} only, its last event is ${behind} further; an append has not ended. It is held by ${holders.map(({ text }) => text).join("; and by ")}`
      ).pipe(Effect.annotateLogs({ event: "subscriptionStalled", readable, horizonLag: behind, ...holders[0]?.facts }))
    },
    (effect) => Effect.ignore(effect)
  )

  return {
    note: (state) =>
      Effect.suspend(() => {
        if (state.isNews || state.behind === 0) {
          since = undefined
          return Effect.void
        }
        if (since === undefined) {
          since = performance.now()
          due = afterMillis
        }
        const waited = performance.now() - since
        if (waited < due) return Effect.void
        due *= 2
        return warn(waited, state)
      })
  }
}
