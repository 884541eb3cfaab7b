/** Fills a log with events by SQL on the server, which is faster than appends. */
import { Effect } from "effect"
import type pg from "pg"
import { schema } from "./contenders/Eventfold.ts"
import { attempt, type BenchFailed } from "./Database.ts"
import { payload } from "./Payload.ts"

/** Number of events of each filled stream. */
const eventsPerStream = 100

/**
 * Adds events to the log until it has `target` events, in streams of 100. Then updates the
 * statistics of the server and writes a checkpoint.
 */
export const fillLog = (pool: pg.Pool, target: number): Effect.Effect<void, BenchFailed> =>
  attempt("filling the log", async () => {
    const { type, data } = payload(1)
    const step = 200_000
    const { rows } = await pool.query<{ readonly count: number }>(`select count(*)::int as count from ${schema}.events`)
    for (let from = rows[0]?.count ?? 0; from < target; from += step) {
      await pool.query(
        `insert into ${schema}.events
          (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
        select nextval('${schema}.positions'), 1 + n % $3, $4::bigint, $4::bigint,
          -- Ordered like UUIDv7s.
          (lpad(to_hex($4::bigint), 12, '0') || '7000a000' || lpad(to_hex(n), 12, '0'))::uuid,
          1, 'Account-filled-' || n / $3, $5, $6, '{}'
        from generate_series($1::bigint, $2::bigint - 1) n`,
        [from, Math.min(from + step, target), eventsPerStream, Date.now(), type, JSON.stringify(data)]
      )
    }
    await pool.query(`vacuum analyze ${schema}.events`)
    // Otherwise the disk would still write the filled events during a measurement.
    await pool.query("checkpoint")
  })
