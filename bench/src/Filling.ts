/** Fills a log with events faster than appends could, by the server itself. */
import { Effect } from "effect"
import type pg from "pg"
import { schema } from "./contenders/Eventfold.ts"
import { attempt, type BenchFailed } from "./Database.ts"
import { payload } from "./Payload.ts"

/** Events of a stream that is filled in. */
const perStream = 100

/** Adds events to the log until it has so many, in streams of 100, and lets the server look at its statistics and write it all out. */
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
          -- Ordered, as UUIDv7s are.
          (lpad(to_hex($4::bigint), 12, '0') || '7000a000' || lpad(to_hex(n), 12, '0'))::uuid,
          1, 'Account-filled-' || n / $3, $5, $6, '{}'
        from generate_series($1::bigint, $2::bigint - 1) n`,
        [from, Math.min(from + step, target), perStream, Date.now(), type, JSON.stringify(data)]
      )
    }
    await pool.query(`vacuum analyze ${schema}.events`)
    // Else the disk is busy with what was filled in while something is measured.
    await pool.query("checkpoint")
  })
