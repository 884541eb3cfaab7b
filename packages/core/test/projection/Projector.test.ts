/** Projector on every store: its rows equal the fold in memory, through restarts and failures. */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { EventStore, Projector } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { happen, sameRows } from "./Histories.ts"
import { definition, projector as bodies, put, sent } from "./Parcels.ts"
import { stores } from "../Stores.ts"

const quick = { lease: "400 millis" } as const

/** Starts a projector; the returned effect ends it. */
const running = Effect.fnUntraced(function* (
  runnables: ReadonlyArray<StoredProjection.Runnable>,
  options: Parameters<typeof Projector.layer>[1] = quick
) {
  const store = yield* EventStore.EventStore
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(
    Layer.provide(Projector.layer(runnables, options), Layer.succeed(EventStore.EventStore, store)),
    scope
  )
  return Scope.close(scope, Exit.void)
})

const runnable = (...args: Parameters<typeof definition>) => StoredProjection.runnable(definition(...args))

for (const [name, layer] of stores) {
  it.live(
    `on ${name}, rows equal the fold in memory, with any pages, restarts and concurrent projectors`,
    () =>
      Effect.gen(function* () {
        const live = yield* LiveProjection.make(definition())
        const stored = yield* StoredProjection.make(definition())
        for (const options of [
          { pageSize: 1 },
          { pageSize: 3, cachedRows: 2 },
          { pageSize: 1_000, cachedRows: 1 },
          {}
        ]) {
          const ends = [
            yield* running([runnable()], { ...quick, ...options }),
            yield* running([runnable()], { ...quick, ...options })
          ]
          yield* happen(40)
          // One of the two ends, and the other continues.
          yield* ends.pop()!
          yield* happen(40)
          yield* stored.waitFor((yield* put("last", sent(["Brno"]))).position)
          yield* sameRows(stored, live)
          yield* ends.pop()!
        }
        assert.isAbove((yield* live.all).length, 3)
      }).pipe(Effect.provide(layer())),
    600_000
  )

  it.live(`on ${name}, a handler that throws stops its projection before the event, and no other projection`, () =>
    Effect.gen(function* () {
      let isMended = false
      const failing: typeof bodies = {
        ...bodies,
        project: (row, event, origin, key) => {
          if (key === "Cheb" && !isMended) throw new Error("no such town")
          return bodies.project(row, event, origin, key)
        }
      }
      const store = yield* EventStore.EventStore
      const bad = yield* StoredProjection.make(definition("Failing", failing, "failing"))
      const good = yield* StoredProjection.make(definition())
      const end = yield* running([runnable("Failing", failing, "failing"), runnable()])
      yield* put("1", sent(["Brno"]), sent(["Aš"]), sent(["Brno", "Cheb"]), sent(["Brno"]))
      const { position } = yield* put("2", sent(["Aš"]))
      yield* good.waitFor(position)
      const behind = yield* Effect.flip(bad.waitFor(position, { timeout: "1 second" }))
      assert.match(
        behind.message,
        /^Failing had not reached position \d+ after 1000 ms: it has stopped: Failing failed at Sent, version 3 of stream "Parcel-1": no such town$/
      )
      assert.deepStrictEqual(
        (yield* bad.all).map(({ parcels, town }) => [town, parcels]),
        [
          ["Aš", 1],
          ["Brno", 1]
        ]
      )
      isMended = true
      yield* store.projections!.resume("Failing")
      yield* bad.waitFor(position)
      assert.deepStrictEqual(yield* bad.all, yield* good.all)
      yield* end
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, a paused projection waits, and its status shows it`, () =>
    Effect.gen(function* () {
      const { projections } = yield* EventStore.EventStore
      const rows = yield* StoredProjection.make(definition())
      const first = yield* put("1", sent(["Brno"]))
      const notRun = yield* Effect.flip(rows.waitFor(first, { timeout: "50 millis" }))
      assert.match(notRun.message, /: no projector runs it$/)
      const end = yield* running([runnable()])
      yield* rows.waitFor(first)
      yield* projections!.pause("Towns")
      const second = yield* put("1", sent(["Brno"]))
      const paused = yield* Effect.flip(rows.waitFor(second, { timeout: "700 millis" }))
      assert.match(paused.message, /: it is paused$/)
      yield* projections!.resume("Towns")
      yield* rows.waitFor(second)
      const [status] = yield* projections!.statuses
      assert.deepInclude(status, { name: "Towns", fingerprint: "one", isPaused: false, problem: undefined })
      assert.strictEqual(status?.checkpoint.position, second.position)
      assert.isDefined(status?.owner)
      yield* end
      assert.isUndefined((yield* projections!.status("Towns"))?.owner)
      const none = yield* Effect.flip(projections!.pause("Nothing"))
      assert.match(none.message, /there is no projection "Nothing" in this store/)
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, changed handlers rebuild the rows, while the existing ones are served`, () =>
    Effect.gen(function* () {
      const { projections } = yield* EventStore.EventStore
      const doubled: typeof bodies = {
        ...bodies,
        project: (row, event, origin, key) => {
          const next = bodies.project(row, event, origin, key)
          return next === undefined || event._tag !== "Sent" ? next : { ...next, weight: next.weight + event.weight }
        }
      }
      const [before, after] = [definition(), definition("Towns", doubled, "towns", "two")]
      const [runBefore, runAfter] = [StoredProjection.runnable(before), StoredProjection.runnable(after)]
      const rows = yield* StoredProjection.make(before)
      const endBefore = yield* running([runBefore])
      yield* happen(80)
      yield* rows.waitFor(yield* put("1", sent(["Brno"], 3)))
      const served = yield* rows.all
      assert.isAbove(served.length, 0)

      const refused = yield* Effect.flip(running([runAfter], { onChange: "refuse" }))
      assert.match(
        refused.message,
        /the rows of Towns were made by other handlers \(one\) than those of this program \(two\)/
      )
      const endStale = yield* running([runAfter], { ...quick, onChange: "stale" })
      yield* rows.waitFor(yield* put("1", sent(["Brno"], 3)))
      yield* endStale

      // The old handlers continue until the new rows have caught up.
      const slow = { ...quick, pageSize: 1 }
      const endAfter = yield* running([runAfter], slow)
      const live = yield* LiveProjection.make(after)
      const servedBy = Effect.map(projections!.status("Towns"), (status) => status?.fingerprint)
      for (let i = 0; (yield* servedBy) !== "two"; i++) {
        assert.isBelow(i, 1_000, "never served")
        yield* put("1", sent(["Cheb"]))
        yield* Effect.sleep("5 millis")
      }
      const now = yield* StoredProjection.make(after)
      yield* now.waitFor(yield* put("1", sent(["Brno"], 3)))
      yield* sameRows(now, live)
      const stages = (yield* projections!.statuses).map(({ fingerprint, stage }) => [stage, fingerprint])
      assert.deepStrictEqual(stages, [
        ["serving", "two"],
        ["old", "one"]
      ])
      yield* endBefore
      yield* endAfter

      // A restarted process of the earlier release restores nothing.
      const endAgain = yield* running([runBefore])
      yield* Effect.sleep("500 millis")
      assert.strictEqual(yield* servedBy, "two")
      yield* endAgain
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, a process that has lost the lease writes nothing`, () =>
    Effect.gen(function* () {
      const { id, projections } = yield* EventStore.EventStore
      const { acquire, open, page, renew, save } = projections!
      const described = runnable()
      yield* open(described)
      const first = (yield* acquire(described, "serving", "first", 60))!
      assert.isUndefined(yield* acquire(described, "serving", "second", 60))
      assert.isTrue(yield* renew(first, 60))
      yield* Effect.sleep("100 millis")
      const second = (yield* acquire(described, "serving", "second", 60_000))!
      assert.isAbove(second.token, first.token)
      const { position } = yield* put("1", sent(["Brno"]))
      const to = { storeId: id, position, eventId: globalThis.crypto.randomUUID() }
      const row = JSON.parse(
        `{"town":"x","parcels":1,"mean":1,"weight":"1","price":"1","heavy":true,"last":"1993-03-01T12:00:00.000Z","notes":[],"via":null,"first":{"_tag":"None"}}`
      )
      const change = [{ key: "x", row }]
      assert.isFalse(yield* renew(first, 60))
      assert.isFalse(yield* save(described, first, first.checkpoint, to, change))
      assert.deepStrictEqual(yield* page(described, undefined, 10), [])
      assert.isTrue(yield* save(described, second, second.checkpoint, to, change))
      // A page that was written is not written again from its first checkpoint.
      assert.isFalse(yield* save(described, second, second.checkpoint, to, change))
      assert.deepStrictEqual(yield* page(described, undefined, 10), [{ key: "x", row }])
    }).pipe(Effect.provide(layer()))
  )
}
