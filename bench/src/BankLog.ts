/**
 * The bank's real events, with its accounts copied under new ids: a bank about 25 times as large.
 */
import { NodeServices } from "@effect/platform-node"
import * as BankFiles from "bank/src/BankFiles.ts"
import { steps } from "bank/src/BankStep.ts"
import { Accounts } from "bank/src/generated/account.service.ts"
import { Loans } from "bank/src/generated/loan.service.ts"
import * as Import from "bank/src/Import.ts"
import { DateTime, Effect, Layer, Stream } from "effect"
import { AggregateCache, type Event, EventStore, MemoryEventStore } from "eventfold"
import * as path from "node:path"
import type pg from "pg"
import { schema } from "./contenders/Eventfold.ts"
import { attempt, BenchFailed } from "./Database.ts"

const files = path.join(import.meta.dirname, "../../examples/bank/data")

/** Events that the bank's import appends to its accounts, in the order of the log. */
export const original: Effect.Effect<ReadonlyArray<Event.RecordedEvent>, unknown> = Effect.gen(function* () {
  const read = yield* BankFiles.load(files)
  const { refused } = yield* Import.run(steps(read).steps, {
    onRefused: "continue",
    progress: { advance: () => Effect.void }
  })
  if (refused.length > 0) return yield* new BenchFailed({ message: `the bank refused ${refused[0]!.message}` })
  const store = yield* EventStore.EventStore
  return yield* Stream.runCollect(store.readAll({ aggregates: ["Account"], pageSize: 5_000 }))
}).pipe(
  Effect.provide(
    Layer.mergeAll(Accounts.layer, Loans.layer).pipe(
      Layer.provide(AggregateCache.layer({ capacity: 10_000 })),
      Layer.provideMerge(Layer.fresh(MemoryEventStore.layer)),
      Layer.provideMerge(NodeServices.layer)
    )
  )
)

/** Inserts the original events into a staging table, for statements that copy them. */
const stage = async (pool: pg.Pool, events: ReadonlyArray<Event.RecordedEvent>): Promise<void> => {
  await pool.query(`create table if not exists public.bank_events (
    n bigint primary key, stream_id text not null, version bigint not null, type text not null, data text not null,
    occurred_at bigint not null)`)
  await pool.query("truncate public.bank_events")
  await pool.query(
    `insert into public.bank_events select * from unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::bigint[])`,
    [
      events.map((_, n) => n),
      events.map(({ stream }) => stream),
      events.map(({ version }) => version),
      events.map(({ type }) => type),
      events.map(({ data }) => JSON.stringify(data)),
      events.map(({ occurredAt }) => DateTime.toEpochMillis(occurredAt))
    ]
  )
}

/**
 * Rows that copy each event. The copies of an event are next to each other, so that each page of
 * the log has events of many accounts, as in the log of a large bank. Columns: n, copy, and those
 * of the staging table.
 */
const copied = `(select b.n, c.copy, b.stream_id || '-' || c.copy as stream_id, b.version, b.type, b.data, b.occurred_at
  from public.bank_events b cross join generate_series(0, $2::int - 1) c(copy)
  order by b.n, c.copy limit $1)`

/** Fills Eventfold's log with `count` events of copied accounts. */
export const fill = (
  pool: pg.Pool,
  events: ReadonlyArray<Event.RecordedEvent>,
  count: number
): Effect.Effect<void, BenchFailed> =>
  attempt("filling the log with the bank's events", async () => {
    await stage(pool, events)
    await pool.query(
      `insert into ${schema}.events
        (position, version, recorded_at, occurred_at, event_id, schema_version, stream_id, type, data, meta)
      select nextval('${schema}.positions'), e.version, $3::bigint, e.occurred_at,
        -- Ordered like UUIDv7s.
        (lpad(to_hex($3::bigint), 12, '0') || '7000a000' || lpad(to_hex(row_number() over ()), 12, '0'))::uuid,
        1, e.stream_id, e.type, e.data, '{}'
      from ${copied} e`,
      [count, Math.ceil(count / events.length), Date.now()]
    )
    await pool.query(`vacuum analyze ${schema}.events`)
    await pool.query("checkpoint")
  })

/** Fills Emmett's log with the same events, in the form that its `appendToStream` stores. */
export const fillEmmett = (
  pool: pg.Pool,
  events: ReadonlyArray<Event.RecordedEvent>,
  count: number
): Effect.Effect<void, BenchFailed> =>
  attempt("filling Emmett's log with the bank's events", async () => {
    await stage(pool, events)
    await pool.query(
      `insert into emt_messages
        (stream_position, transaction_id, stream_id, message_schema_version, message_id, message_type, message_data, message_metadata, created)
      select e.version, pg_current_xact_id(), e.stream_id, '1', gen_random_uuid()::text, e.type, e.data::jsonb, '{}', now()
      from ${copied} e`,
      [count, Math.ceil(count / events.length)]
    )
    await pool.query("vacuum analyze emt_messages")
    await pool.query("checkpoint")
  })
