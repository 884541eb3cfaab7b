/**
 * The gate: every append enters it before it takes a lock that another append waits for. A switch
 * of rows closes it.
 */
import { assert, it } from "@effect/vitest"
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Fiber, Metric } from "effect"
import type { EventStore, EventStoreError } from "eventfold"
import { StoreMetrics } from "eventfold/store"
import { reasonOf } from "../StoreFixture.ts"
import { client, clientOf, eventually, open, url } from "../StoreOnServer.ts"
import { event, freshSchema } from "../Stores.ts"

/** Runs a transaction on a connection of its own. It ends when `work` returns. */
const transaction = Effect.fnUntraced(function* <A, E>(work: (sql: PgClient) => Effect.Effect<A, E>) {
  const own = yield* clientOf(yield* url)
  const known = { pid: 0 }
  const running = yield* Effect.forkChild(
    own.withTransaction(
      Effect.gen(function* () {
        const [row] = yield* own.unsafe("select pg_backend_pid()").values
        known.pid = Number(row?.[0])
        // After a second the server would reorder waiting transactions, and hide the locks that
        // they wait for.
        yield* own.unsafe("set local deadlock_timeout = '1h'").unprepared
        yield* own.unsafe("set local statement_timeout = '20s'").unprepared
        return yield* work(own)
      })
    )
  )
  yield* eventually(Effect.sync(() => known.pid > 0))
  const sql = yield* client
  const waits = Effect.gen(function* () {
    const exit = running.pollUnsafe()
    if (exit !== undefined) return yield* Effect.andThen(exit, Effect.die("it has ended"))
    const waiting = yield* sql.unsafe("select 1 from pg_stat_activity where pid = $1 and wait_event_type = 'Lock'", [
      known.pid
    ]).values
    return waiting.length > 0
  })
  return { pid: known.pid, running, waits, hasEnded: Effect.sync(() => running.pollUnsafe() !== undefined) }
})

/** Holds the locks of streams until it is released. */
const holding = Effect.fnUntraced(function* (schema: string, streams: ReadonlyArray<string>) {
  const held = { isOver: false, has: false }
  const holder = yield* transaction((sql) =>
    Effect.gen(function* () {
      for (const stream of streams) {
        yield* sql.unsafe(`select pg_advisory_xact_lock("${schema}".lock_space()::int, hashtext($1))`, [stream]).values
      }
      held.has = true
      while (!held.isOver) yield* Effect.sleep("5 millis")
    })
  )
  yield* eventually(Effect.sync(() => held.has))
  yield* Effect.addFinalizer(() => Effect.sync(() => (held.isOver = true)))
  return Effect.suspend(() => {
    held.isOver = true
    return Fiber.join(holder.running)
  })
})

/** Each function that appends, with a call of it for a stream. */
const calls: Readonly<Record<string, (schema: string, stream: string) => readonly [string, ReadonlyArray<unknown>]>> = {
  append_one: (schema, stream) => [
    `select 1 from "${schema}".append_one($1, -1, $2, 'T', 1, '{}', '{}', null)`,
    [stream, event().id]
  ],
  append_many: (schema, stream) => [
    `select 1 from "${schema}".append_many($1, -1, array[$2::uuid], '{T}', '{1}', '{"{}"}', '{"{}"}', '{null}')`,
    [stream, event().id]
  ],
  append_batch: (schema, stream) => [
    `select 1 from "${schema}".append_batch(array[$1], '{-1}', '{1}', array[$2::uuid], '{T}', '{1}', '{"{}"}', '{"{}"}', '{null}')`,
    [stream, event().id]
  ],
  append_all: (schema, stream) => [
    `select 1 from "${schema}".append_all('{1}', array[$1], '{-1}', '{1}', array[$2::uuid], '{T}', '{1}', '{"{}"}', '{"{}"}', '{null}')`,
    [stream, event().id]
  ],
  truncate_stream: (schema, stream) => [
    `select 1 from "${schema}".truncate_stream($1, 1, $2, '{}', $3, '{}')`,
    [stream, event().id, event().id]
  ]
}

it.live("gate: an append that waits for its stream has entered the gate, in every function", () =>
  Effect.gen(function* () {
    const schema = freshSchema()
    yield* open(schema)
    const sql = yield* client
    for (const [name, call] of Object.entries(calls)) {
      const letGo = yield* holding(schema, [`S-${name}`])
      const append = yield* transaction((own) => own.unsafe(...call(schema, `S-${name}`)).values)
      yield* eventually(append.waits)
      const locks = yield* sql.unsafe(
        `select l.mode from pg_locks l where l.pid = $1 and l.granted and l.relation = $2::regclass
          and l.mode = 'RowExclusiveLock'`,
        [append.pid, `"${schema}".events`]
      ).values
      assert.lengthOf(locks, 1, `${name} holds no lock on the events`)
      yield* letGo
      yield* Fiber.join(append.running)
    }
  }).pipe(Effect.scoped)
)

it.live(
  "gate: an append with a stream's lock does not stop at a switch of rows that waits for an append past the gate",
  () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      yield* open(schema)
      const sql = yield* client
      // In the order in which their locks are taken.
      const [first, second] = (yield* sql.unsafe(`select s from unnest('{S-1,S-2}'::text[]) s order by hashtext(s)`)
        .values).map(([stream]) => String(stream)) as [string, string]
      const letGo = yield* holding(schema, [second])
      // It holds the lock of the first stream, and waits for that of the second.
      const append = yield* transaction(
        (own) =>
          own.unsafe(
            `select 1 from "${schema}".append_batch(array[$1, $2], '{-1,-1}', '{1,1}', array[$3::uuid, $4], '{T,T}', '{1,1}', '{"{}","{}"}', '{"{}","{}"}', '{null,null}')`,
            [first, second, event().id, event().id]
          ).values
      )
      yield* eventually(append.waits)
      // Past the gate, it waits for the first stream.
      const inline = yield* transaction((own) =>
        Effect.andThen(
          own.unsafe(`select 1 from "${schema}".enter_inline('{}', '{}', '{}', '{}')`).values,
          own.unsafe(...calls["append_one"]!(schema, first)).values
        )
      )
      yield* eventually(inline.waits)
      // As a switch of rows closes the gate, but without its time limit.
      const closing = yield* transaction(
        (own) => own.unsafe(`lock table "${schema}".events in share row exclusive mode`).unprepared
      )
      yield* eventually(closing.waits)
      assert.isFalse(yield* append.hasEnded)
      yield* letGo
      yield* eventually(append.hasEnded)
      yield* eventually(inline.hasEnded)
      yield* eventually(closing.hasEnded)
      for (const { running } of [append, inline, closing]) yield* Fiber.join(running)
      const rows = yield* sql.unsafe(`select stream_id from "${schema}".events order by position`).values
      assert.deepStrictEqual(rows.flat().toSorted(), [first, first, second].toSorted())
    }).pipe(Effect.scoped)
)

it.live(
  "gate: a lock_timeout at the gate fails the whole batch with that reason, and does not mark streams as held",
  () =>
    Effect.gen(function* () {
      const schema = freshSchema()
      const limited = new URL(yield* url)
      limited.searchParams.set("options", "-c lock_timeout=300ms")
      const store = yield* open(schema, { url: limited.href })
      yield* store.append("Old-1", "any", [event()])
      const sql = yield* client
      const heldBefore = (yield* Metric.value(StoreMetrics.appendsHeld)).count
      const one = (stream: string): EventStore.Append => ({ stream, expected: "any", events: [event()] })
      const ways: ReadonlyArray<Effect.Effect<unknown, EventStoreError.EventStoreError>> = [
        store.append("S-1", "any", [event(), event()]),
        ...Array.from({ length: 200 }, (_, i) => store.append(`Batch-${i}`, i % 2 === 0 ? "any" : 0, [event()])),
        store.appendAll([one("S-2"), one("S-3")]),
        store.projections!.inline!.append([one("S-4")], []),
        store.truncate("Old-1", { before: 2 })
      ]
      yield* sql.withTransaction(
        Effect.gen(function* () {
          yield* sql.unsafe(`lock table "${schema}".events in share row exclusive mode`).unprepared
          const reasons = yield* Effect.forEach(ways, (way) => reasonOf(way), { concurrency: "unbounded" })
          for (const reason of reasons) {
            assert.deepInclude(reason, {
              _tag: "Unavailable",
              problem: `another transaction held the table of events for longer than the lock_timeout of the server at ${limited.host}`,
              retryable: true
            })
          }
        })
      )
      assert.strictEqual((yield* Metric.value(StoreMetrics.appendsHeld)).count, heldBefore)
      for (const way of ways) yield* way
    })
)
