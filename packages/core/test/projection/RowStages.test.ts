/** Rebuild, rollback and discard of rows, on every store, while they are read and written. */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Metric, Scope } from "effect"
import { EventStore, InlineProjections, Projector } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { StoreMetrics } from "eventfold/store"
import { definition, projector as bodies, put, type Row, sent } from "./Parcels.ts"
import { stores } from "../Stores.ts"

const brief = ({ parcels, town, weight }: Row) => [town, parcels, weight]
const quick = { lease: "200 millis", pageSize: 20 } as const

/** Counts every parcel twice, like the second release. */
const doubled: typeof bodies = {
  ...bodies,
  project: (row, event, origin, key) => {
    const next = bodies.project(row, event, origin, key)
    return next === undefined || event._tag !== "Sent" ? next : { ...next, weight: next.weight + event.weight }
  }
}
const [first, second] = [definition(), definition("Towns", doubled, "towns", "two")]

const running = Effect.fnUntraced(function* (
  one: typeof first,
  options: Parameters<typeof Projector.layer>[1] = quick
) {
  const store = yield* EventStore.EventStore
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(
    Layer.provide(
      Projector.layer([StoredProjection.runnable(one)], options),
      Layer.succeed(EventStore.EventStore, store)
    ),
    scope
  )
  return Scope.close(scope, Exit.void)
})

/** No test may fail because the machine is slow. */
const patient = { timeout: "5 minutes" } as const

const until = Effect.fnUntraced(function* <E, R>(isSo: Effect.Effect<boolean, E, R>) {
  for (let i = 0; !(yield* isSo); i++) {
    assert.isBelow(i, 30_000, "never so")
    yield* Effect.sleep("10 millis")
  }
})

const projectionsOf = Effect.map(EventStore.EventStore, ({ projections }) => projections!)

for (const [name, layer] of stores.filter(([name]) => name !== "PostgreSQL 15")) {
  it.live(`on ${name}, rows are rebuilt, rolled back and discarded under readers and appends`, () =>
    Effect.gen(function* () {
      const { drop, rebuild, rollback, stages, status } = yield* projectionsOf
      const rows = yield* StoredProjection.make(first)
      const live = yield* LiveProjection.make(first)
      const refusals = [
        [yield* Effect.flip(rollback("Towns")), /there are no rows of Towns to go back to/],
        [yield* Effect.flip(rebuild("Cities")), /there is no projection "Cities" in this store/],
        [yield* Effect.flip(rollback("Cities")), /there is no projection "Cities"/],
        [yield* Effect.flip(drop("Cities", "old")), /there is no projection "Cities"/]
      ] as const
      for (const [error, says] of refusals) assert.match(error.message, says)
      assert.isFalse(yield* drop("Towns", "old"))
      for (let i = 0; i < 60; i++) yield* put(String(i % 3), sent(["Brno", "Aš"], i))
      const end = yield* running(first)
      yield* rows.waitFor(yield* put("1", sent(["Brno"])), patient)

      // A row only grows, no matter from which table it is read.
      const over = new AbortController()
      let reads = 0
      const reading = yield* Effect.forkChild(
        Effect.gen(function* () {
          let most = 0
          while (!over.signal.aborted) {
            const { parcels } = (yield* rows.get("Brno"))!
            assert.isAtLeast(parcels, most)
            most = parcels
            reads++
            yield* Effect.sleep(name === "PGlite" ? "5 millis" : "1 millis")
          }
        })
      )
      const appending = yield* Effect.forkChild(
        Effect.gen(function* () {
          while (!over.signal.aborted) {
            yield* put("1", sent(["Brno"]))
            yield* Effect.sleep(name === "PGlite" ? "10 millis" : "2 millis")
          }
        })
      )
      const shape = Effect.map(stages("Towns"), (all) => all.map(({ fingerprint, stage }) => `${stage} ${fingerprint}`))
      for (let turn = 0; turn < (name === "PGlite" ? 1 : name === "PostgreSQL" ? 10 : 3); turn++) {
        yield* rebuild("Towns")
        const asked = yield* Effect.flip(rollback("Towns"))
        assert.match(asked.message, /^[^:]*: the rows of Towns are being rebuilt: wait .* rebuild Towns --cancel/)
        yield* until(
          Effect.map(
            stages("Towns"),
            (all) => !all.some(({ isRebuildAsked, stage }) => isRebuildAsked || stage === "next")
          )
        )
        assert.deepStrictEqual(yield* shape, ["serving one", "old one"])
        assert.strictEqual(yield* drop("Towns", "old"), true)
        assert.deepStrictEqual(yield* shape, ["serving one"])
      }
      yield* until(Effect.sync(() => reads > 5))
      over.abort()
      yield* Fiber.join(reading)
      yield* Fiber.join(appending)
      const agree = Effect.gen(function* () {
        yield* rows.waitFor(yield* put("1", sent(["Aš"])), patient)
        assert.deepStrictEqual((yield* rows.all).map(brief), (yield* live.all).map(brief))
      })
      yield* agree

      // The next release makes its own rows; then the operator goes back to the first.
      const endSecond = yield* running(second)
      yield* until(Effect.map(status("Towns"), (one) => one?.fingerprint === "two"))
      yield* (yield* StoredProjection.make(second)).waitFor(yield* put("1", sent(["Aš"])), patient)
      const before = yield* shape
      assert.deepStrictEqual(before, ["serving two", "old one"])
      // A reader reads the rows all the time.
      const read = yield* Effect.forkChild(
        Effect.forever(
          Effect.andThen(
            Effect.map(rows.all, (all) => assert.lengthOf(all, 2)),
            Effect.sleep("5 millis")
          )
        )
      )
      const back = yield* rollback("Towns")
      assert.deepInclude(back, { stage: "serving", fingerprint: "one" })
      // Its projector, which still runs, brings them up to date; that of the other release does not
      // change them.
      yield* agree
      yield* Effect.sleep("300 millis")
      assert.deepStrictEqual(yield* shape, ["serving one", "old two"])
      yield* rollback("Towns")
      assert.deepStrictEqual(yield* shape, ["serving two", "old one"])
      const twice = yield* LiveProjection.make(second)
      const now = yield* StoredProjection.make(second)
      yield* now.waitFor(yield* put("1", sent(["Aš"])), patient)
      assert.deepStrictEqual((yield* now.all).map(brief), (yield* twice.all).map(brief))
      assert.isUndefined(read.pollUnsafe(), "a reader has failed")
      yield* Fiber.interrupt(read)
      yield* endSecond
      yield* end

      // Cancelled before the rebuild has begun, and after.
      yield* rebuild("Towns")
      assert.isTrue(yield* drop("Towns", "next"))
      assert.isFalse(yield* drop("Towns", "next"))
      const { begin } = yield* projectionsOf
      assert.strictEqual((yield* begin(StoredProjection.runnable(first))).stage, "serving", "an older release begins")
      yield* rebuild("Towns")
      yield* begin(StoredProjection.runnable(second))
      assert.match((yield* Effect.flip(rebuild("Towns"))).message, /the rows of Towns are being rebuilt/)
      assert.isTrue(yield* drop("Towns", "next"))
      yield* rollback("Towns")
      assert.deepStrictEqual(yield* shape, ["serving one", "old two"])
      // It ends the leases of both stages. No projector runs that could take one now.
      const { acquire } = yield* projectionsOf
      assert.isDefined(yield* acquire(StoredProjection.runnable(first), "serving", "a", 60_000))
      assert.deepInclude(yield* rollback("Towns"), { stage: "serving", fingerprint: "two", owner: undefined })
      assert.deepInclude(yield* rollback("Towns"), { stage: "serving", fingerprint: "one", owner: undefined })
    }).pipe(Effect.provide(layer()))
  )
}

for (const [name, layer] of stores.filter(([name]) => ["memory", "PostgreSQL"].includes(name))) {
  it.live(`on ${name}, a paused projection is not rebuilt, and a stopped rebuild begins again`, () =>
    Effect.gen(function* () {
      const { pause, rebuild, resume, stages, status } = yield* projectionsOf
      let isBroken = false
      const one = {
        ...first,
        bodies: {
          ...bodies,
          project: (...args: Parameters<typeof bodies.project>) => {
            if (isBroken) throw new Error("broken")
            return bodies.project(...args)
          }
        }
      }
      const end = yield* running(one, { ...quick, retries: 0 })
      const rows = yield* StoredProjection.make(one)
      yield* rows.waitFor(yield* put("1", sent(["Brno"])), patient)
      yield* pause("Towns")
      yield* rebuild("Towns")
      yield* Effect.sleep("200 millis")
      assert.isUndefined((yield* stages("Towns")).find(({ stage }) => stage === "old"))
      isBroken = true
      yield* resume("Towns")
      const nextOf = Effect.map(stages("Towns"), (all) => all.find(({ stage }) => stage === "next"))
      yield* until(Effect.map(nextOf, (next) => next?.problem !== undefined))
      isBroken = false
      yield* rebuild("Towns")
      yield* until(Effect.map(stages("Towns"), (all) => all.some(({ stage }) => stage === "old")))
      assert.isUndefined(yield* nextOf)
      assert.isFalse((yield* status("Towns"))?.isRebuildAsked)
      yield* rows.waitFor(yield* put("1", sent(["Brno"])), patient)
      assert.strictEqual((yield* rows.get("Brno"))?.parcels, 2)
      yield* end
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, two domains cannot have a projection with one name, until its rows are removed`, () =>
    Effect.gen(function* () {
      const { inline, remove, status, statuses } = yield* projectionsOf
      const moved = { ...first, table: { ...first.table, domain: "shop" } }
      const rows = yield* StoredProjection.make(first)
      for (let i = 0; i < 5; i++) yield* put("1", sent(["Brno"]))
      const end = yield* running(first)
      yield* rows.waitFor(5, patient)
      for (const refused of [running(moved), Effect.asVoid(StoredProjection.make(moved))]) {
        const error = yield* Effect.flip(Effect.asVoid(refused))
        assert.strictEqual(error.reason._tag, "StoreRefused")
        assert.include(
          error.message,
          'the rows of Towns in this store are those of domain "depot", and this program has a projection of that name in domain "shop". Give one of the two another name. If that of "depot" was moved, or is gone, remove its rows: eventfold projections remove Towns'
        )
      }
      assert.match((yield* Effect.flip(remove("Cities"))).message, /there is no projection "Cities"/)
      yield* end
      yield* Layer.build(
        Layer.provide(
          InlineProjections.layer([StoredProjection.runnable(first)]),
          Layer.succeed(EventStore.EventStore, yield* EventStore.EventStore)
        )
      )
      assert.match(
        (yield* Effect.flip(remove("Towns"))).message,
        /the rows of Towns are inline: .* projections discharge Towns/
      )
      yield* inline!.discharge("Towns")
      yield* remove("Towns")
      assert.deepStrictEqual(yield* statuses, [])
      // As if it had never existed.
      yield* running(moved)
      const again = yield* StoredProjection.make(moved)
      yield* again.waitFor(5, patient)
      assert.strictEqual((yield* again.get("Brno"))?.parcels, 5)
      assert.strictEqual((yield* status("Towns"))?.parked, 0)
    }).pipe(Effect.scoped, Effect.provide(layer()))
  )

  it.live(`on ${name}, the lag of rows is in the status, in events and in seconds, and is measured`, () =>
    Effect.gen(function* () {
      const { open, pause, status } = yield* projectionsOf
      const one = definition("Late", bodies, "late")
      yield* open(StoredProjection.runnable(one))
      assert.deepStrictEqual((yield* status("Late"))?.lag, { events: 0, seconds: 0 })
      const before = performance.now()
      yield* put("1", sent(["Brno"]), sent(["Brno"]))
      yield* Effect.sleep("120 millis")
      const behind = (yield* status("Late"))!.lag
      assert.strictEqual(behind.events, 2)
      assert.isAtLeast(behind.seconds, 0.1)
      // The clocks of the process and of the server can differ by a few milliseconds.
      assert.isAtMost(behind.seconds, (performance.now() - before) / 1_000 + 1)
      const end = yield* running(one)
      yield* until(Effect.map(status("Late"), (now) => now?.lag.events === 0))
      assert.strictEqual((yield* status("Late"))?.lag.seconds, 0)
      const gauge = (metric: typeof StoreMetrics.projectionLagEvents) =>
        Effect.map(
          Metric.value(Metric.withAttributes(metric, { projection: "Late", stage: "serving" })),
          ({ value }) => value
        )
      yield* pause("Late")
      yield* put("1", sent(["Brno"]), sent(["Brno"]), sent(["Brno"]))
      yield* until(Effect.map(gauge(StoreMetrics.projectionLagEvents), (events) => events === 3))
      yield* until(Effect.map(gauge(StoreMetrics.projectionLagSeconds), (seconds) => seconds > 0.1))
      yield* end
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, a lease of rows that are no longer served does not fit the served ones`, () =>
    Effect.gen(function* () {
      const { acquire, begin, open, release, renew, rollback, serve } = yield* projectionsOf
      const [one, two] = [StoredProjection.runnable(first), StoredProjection.runnable(second)]
      yield* open(one)
      yield* begin(two)
      const made = (yield* acquire(two, "next", "a", 60_000))!
      assert.strictEqual(yield* serve(two, made), "served")
      const before = (yield* acquire(two, "serving", "a", 60_000))!
      yield* rollback("Towns")
      // Both have had the same number of leases.
      for (let i = 0; i < 2; i++) {
        const now = (yield* acquire(one, "serving", "b", 60_000))!
        assert.isFalse(yield* renew(before, 60_000))
        assert.isTrue(yield* renew(now, 60_000))
        yield* release(now)
      }
    }).pipe(Effect.provide(layer()))
  )
}
