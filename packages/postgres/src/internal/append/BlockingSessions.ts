/** Finds the sessions that block another session. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import * as LockHolder from "../sql/LockHolder.ts"
import { pause } from "../sql/SystemTimer.ts"

/** The time between two looks at the locks of the server. */
const lookIntervalMs = 10

/**
 * The sessions that block session $1 and hold the lock that it waits for. `pg_blocking_pids`
 * returns 0 for a prepared transaction, whose pid is null in `pg_locks`.
 */
const holdersText = `select ${LockHolder.columns}
  from pg_locks w
  join pg_locks l on l.granted and l.locktype = w.locktype and l.database is not distinct from w.database
    and l.relation is not distinct from w.relation and l.page is not distinct from w.page
    and l.tuple is not distinct from w.tuple and l.virtualxid is not distinct from w.virtualxid
    and l.transactionid is not distinct from w.transactionid and l.classid is not distinct from w.classid
    and l.objid is not distinct from w.objid and l.objsubid is not distinct from w.objsubid
  ${LockHolder.joins}
  where w.pid = $1 and not w.granted and coalesce(l.pid, 0) = any(pg_blocking_pids($1))
  order by a.xact_start, l.pid limit 3`

const timeoutText = `select name, setting::float8 from pg_settings
  where name in ('lock_timeout', 'statement_timeout') and setting::float8 > 0 order by 2 limit 1`

/** Waits until another session blocks session `pid`, and describes it as `role` may see it. */
export const find = (
  sql: PgClient,
  pid: number,
  role: string
): Effect.Effect<ReadonlyArray<LockHolder.LockHolder>, SqlError> =>
  Effect.gen(function* () {
    for (;;) {
      const rows = yield* sql.unsafe(holdersText, [pid]).values
      if (rows.length > 0) return rows.map((row) => LockHolder.describe(row, role))
      yield* pause(lookIntervalMs)
    }
  })

/** A timeout of the server for a statement that waits. */
export interface ServerTimeout {
  readonly name: string
  readonly millis: number
}

/**
 * Reads the shortest timeout of the server for a statement that waits; `undefined` if that fails.
 */
export const serverTimeout = (sql: PgClient): Effect.Effect<ServerTimeout | undefined> =>
  Effect.map(sql.unsafe(timeoutText).values, ([row]) => ({
    name: String(row?.[0]),
    millis: row === undefined ? Infinity : Number(row[1])
  })).pipe(Effect.orElseSucceed(() => undefined))
