/**
 * Leases of dead processes, after the clock of the server was set back: they end within their own
 * length, on every store.
 */
import { assert, it, layer } from "@effect/vitest"
import type { PgClient } from "@effect/sql-pg/PgClient"
import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
import { Clock, Effect, type Scope } from "effect"
import { EventStore, MemoryEventStore } from "eventfold"
import { StoredProjection } from "eventfold/generated"
import { quote } from "../../src/internal/schema/StoreSchema.ts"
import { definition } from "../../../core/test/projection/Parcels.ts"
import { serverUrl, serverUrlOf } from "../server/serverUrl.ts"
import { clientOf } from "../StoreOnServer.ts"
import { freshSchema, SharedPglite, sharedPglite } from "../Stores.ts"

const [day, minute, brief] = [86_400_000, 60_000, 300]

type Test = Effect.Effect<void, unknown, EventStore.EventStore | Scope.Scope>
/** A test, with a function that sets the store's clock back by a day, once. */
type Clocked = (setBack: Effect.Effect<void>) => Test

const projectionsOf = Effect.map(EventStore.EventStore, ({ projections }) => projections!)
const reactionsOf = Effect.map(EventStore.EventStore, ({ reactions }) => reactions!)
const towns = StoredProjection.runnable(definition())

const claims: Readonly<Record<string, Clocked>> = {
  "a projection of a dead process is taken over within its lease, and its status shows no owner": (setBack) =>
    Effect.gen(function* () {
      const { acquire, open, status } = yield* projectionsOf
      yield* open(towns)
      const dead = (yield* acquire(towns, "serving", "dead", brief))!
      yield* setBack
      assert.isUndefined((yield* status("Towns"))?.owner)
      assert.isUndefined(yield* acquire(towns, "serving", "next", minute), "taken from one that may be alive")
      yield* Effect.sleep(brief + 100)
      const next = yield* acquire(towns, "serving", "next", minute)
      assert.isAbove(next?.token ?? 0, dead.token)
      assert.strictEqual((yield* status("Towns"))?.owner, "next")
    }),
  "a process that is alive keeps its lease": (setBack) =>
    Effect.gen(function* () {
      const { acquire, open, renew, status } = yield* projectionsOf
      yield* open(towns)
      const alive = (yield* acquire(towns, "serving", "alive", minute))!
      yield* setBack
      for (let i = 0; i < 3; i++) {
        // A shorter lease does not shorten a longer one.
        assert.isUndefined(yield* acquire(towns, "serving", "other", brief))
        yield* Effect.sleep(brief + 100)
        assert.isTrue(yield* renew(alive, minute))
        assert.strictEqual((yield* status("Towns"))?.owner, "alive")
      }
    }),
  "partitions of a dead process are taken over, and it has no share of them any more": (setBack) =>
    Effect.gen(function* () {
      const { acquire, open } = yield* projectionsOf
      yield* open(towns, 4)
      for (const owner of ["dead", "alive", "dead", "alive"]) yield* acquire(towns, "serving", owner, brief)
      yield* setBack
      const kept = new Set<number>()
      const take = Effect.gen(function* () {
        for (let i = 0; i < 4; i++) {
          const lease = yield* acquire(towns, "serving", "alive", minute)
          if (lease !== undefined) kept.add(lease.partition.index)
        }
      })
      yield* take
      yield* Effect.sleep(brief + 100)
      yield* take
      assert.deepStrictEqual([...kept].toSorted(), [0, 1, 2, 3])
    }),
  "a reaction of a dead process is taken over within its lease": (setBack) =>
    Effect.gen(function* () {
      const { acquire, open, renew, status } = yield* reactionsOf
      yield* open("Letters", "beginning")
      const dead = (yield* acquire("Letters", "dead", brief))!
      yield* setBack
      assert.isUndefined((yield* status("Letters"))?.owner)
      assert.isUndefined(yield* acquire("Letters", "next", minute), "taken from one that may be alive")
      yield* Effect.sleep(brief + 100)
      const next = (yield* acquire("Letters", "next", minute))!
      assert.isAbove(next.token, dead.token)
      assert.isUndefined(yield* renew(dead, minute))
      assert.isDefined(yield* renew(next, minute))
      assert.strictEqual((yield* status("Letters"))?.owner, "next")
    })
}

/** Moves the ends of leases forward, which is the same for them as setting the clock back. */
const endsAhead = (sql: PgClient, schema: string) =>
  Effect.gen(function* () {
    for (const [table, column] of [
      ["projection_partitions", "leased_until"],
      ["projectors", "present_until"],
      ["reactions", "leased_until"]
    ]) {
      yield* sql.unsafe(`update ${quote(schema)}.${table} set ${column} = ${column} + $1`, [BigInt(day)]).values
    }
  }).pipe(Effect.orDie)

const onServer = (ask: () => Promise<string>) =>
  Effect.fnUntraced(function* (test: Clocked) {
    const [url, schema] = [yield* Effect.promise(ask), freshSchema()]
    const sql = yield* clientOf(url)
    yield* Effect.provide(test(endsAhead(sql, schema)), PgEventStore.layer({ url, schema }))
  }, Effect.scoped)

const onMemory = Effect.fnUntraced(function* (test: Clocked) {
  const real = yield* Clock.Clock
  let back = 0
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: () => real.currentTimeMillisUnsafe() - back,
    currentTimeMillis: Effect.sync(() => clock.currentTimeMillisUnsafe()),
    currentTimeNanosUnsafe: () => BigInt(clock.currentTimeMillisUnsafe()) * 1_000_000n,
    currentTimeNanos: Effect.sync(() => clock.currentTimeNanosUnsafe()),
    monotonicTimeNanosUnsafe: () => real.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: real.monotonicTimeNanos,
    sleep: (duration) => real.sleep(duration)
  }
  const setBack = Effect.sync(() => {
    back = day
  })
  yield* test(setBack).pipe(Effect.provide(MemoryEventStore.layer), Effect.provideService(Clock.Clock, clock))
}, Effect.scoped)

for (const [name, on] of [
  ["memory", onMemory],
  ["PostgreSQL", onServer(serverUrl)],
  ["PostgreSQL 15", onServer(() => serverUrlOf(15))]
] as const) {
  for (const [claim, test] of Object.entries(claims)) {
    it.live(`leases: on ${name}, after the clock was set back, ${claim}`, () => on(test))
  }
}

layer(sharedPglite, { excludeTestServices: true, timeout: "10 minutes" })(
  "on PGlite, after the clock was set back,",
  (it) => {
    for (const [claim, test] of Object.entries(claims)) {
      it.effect(claim, () =>
        Effect.gen(function* () {
          const [connector, schema] = [yield* SharedPglite, freshSchema()]
          const store = yield* SqlEventStore.make(connector, { schema })
          yield* Effect.provideService(test(endsAhead(connector.client, schema)), EventStore.EventStore, store)
        })
      )
    }
  }
)
