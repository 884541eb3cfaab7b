/**
 * Parking on every store: an event that fails is parked for its key. All other rows equal the fold
 * in memory, and a retried key gets its events in order, from its unchanged row. No event is
 * skipped.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { EventStore, InlineProjections } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import * as fc from "fast-check"
import { type ParcelEvent, projector as bodies, put, type Row, sent } from "./Parcels.ts"
import {
  type Definition,
  happened,
  parkedKeys,
  parking,
  type Poison,
  projectionsOf,
  quick,
  retried,
  running
} from "./ParkingProjections.ts"
import { stores } from "../Stores.ts"

const brief = ({ notes, parcels, town, weight }: Row) => [town, parcels, weight, notes]

const towns = ["", "Aš", "Brno", "Cheb", "\u{1F40E}"]

type Step = ParcelEvent | "restart"

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(fc.subarray(towns), fc.integer({ min: 0, max: 40 }), fc.constantFrom("a", "b", "c", "d"))
      .map(([to, weight, note]) => sent(to, weight, note))
  },
  { weight: 4, arbitrary: fc.subarray(towns).map((to) => ({ _tag: "Returned", to }) as const) },
  { weight: 1, arbitrary: fc.constant("restart" as const) }
)

interface History {
  readonly steps: ReadonlyArray<Step>
  readonly later: ReadonlyArray<Step>
  readonly poison: ReadonlyArray<string>
  readonly mended: ReadonlyArray<string>
  readonly pageSize: number
}

const marks = towns.flatMap((town) => ["a", "b", "returned"].map((note) => `${town} ${note}`))

const history: fc.Arbitrary<History> = fc.record({
  steps: fc.array(step, { maxLength: 25 }),
  later: fc.array(step, { maxLength: 15 }),
  poison: fc.subarray(marks, { maxLength: 5 }),
  mended: fc.subarray(marks, { minLength: 5 }),
  pageSize: fc.constantFrom(1, 2, 7, 1_000)
})

const isLawful = Effect.fnUntraced(function* ({ later, mended, pageSize, poison, steps }: History) {
  const broken: Poison = new Set(poison)
  const { failing, name, sound } = parking(broken)
  let end = yield* running(failing, { ...quick, pageSize })
  const happen = Effect.fnUntraced(function* (steps: ReadonlyArray<Step>) {
    for (const one of steps) {
      if (one === "restart") {
        yield* end
        end = yield* running(failing, { ...quick, pageSize })
      } else yield* put("1", one)
    }
  })
  /**
   * Asserts that rows equal those of a fold that parks the same keys; healthy ones, those of a fold
   * without failures.
   */
  const agree = Effect.gen(function* () {
    const stored = yield* happened(failing)
    const [parked, whole] = [yield* LiveProjection.make(failing), yield* LiveProjection.make(sound)]
    const rows = yield* stored.all
    const behind = new Set(yield* parkedKeys(name))
    assert.deepStrictEqual(rows.map(brief), (yield* parked.all).map(brief))
    const healthy = (rows: ReadonlyArray<Row>) => rows.filter(({ town }) => !behind.has(town)).map(brief)
    assert.deepStrictEqual(healthy(rows), healthy(yield* whole.all))
    for (const town of towns) {
      const [one, other] = [yield* Effect.result(stored.get(town)), yield* Effect.result(parked.get(town))]
      assert.strictEqual(one._tag, other._tag)
      assert.strictEqual(one._tag === "Failure", behind.has(town))
    }
    return behind
  })
  yield* happen(steps)
  const before = yield* agree
  for (const mark of mended) broken.delete(mark)
  yield* happen(later)
  yield* happened(failing)
  assert.includeMembers(yield* parkedKeys(name), [...before])
  yield* retried(name)
  yield* agree
  broken.clear()
  yield* happen(later)
  yield* happened(failing)
  yield* retried(name)
  assert.deepStrictEqual([...(yield* agree)], [])
  yield* end
})

for (const [name, layer] of stores) {
  const runs = name === "memory" ? 15 : name === "PostgreSQL" ? 3 : 1
  it.live(
    `on ${name}, healthy keys are folded and parked ones stay in order: random histories with random failures`,
    () =>
      Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(history, (one) =>
              Effect.runPromise(Effect.provideService(isLawful(one), EventStore.EventStore, store))
            ),
            { numRuns: runs * (process.env["EVENTFOLD_SOAK"] === undefined ? 1 : 40), interruptAfterTimeLimit: 240_000 }
          )
        )
      }).pipe(Effect.provide(layer())),
    300_000
  )

  it.live(`on ${name}, a row that cannot be stored is parked, and other rows of its event are written`, () =>
    Effect.gen(function* () {
      const { parked } = yield* projectionsOf
      const { failing, name: projection } = parking(new Set())
      const long = Array.from({ length: 6_000 }, (_, i) => String.fromCharCode(0x4e00 + ((i * 7_919) % 20_000))).join(
        ""
      )
      const one: Definition = {
        ...failing,
        bodies: {
          ...bodies,
          project: (row, event, origin, key) => {
            const next = bodies.project(row, event, origin, key)
            if (next === undefined) return next
            if (key === "negative") return { ...next, parcels: -1 }
            if (key === "no integer") return { ...next, parcels: 0.5 }
            return { ...next, via: key === "NUL" ? "\0" : key === "long" ? long : key }
          }
        }
      }
      const end = yield* running(one)
      yield* put("1", sent(["Aš", "NUL", "long", "negative", "no integer", "key\0", "half \ud800", "Brno"]))
      const rows = yield* happened(one)
      const why = new Map((yield* parked(projection)).keys.map(({ error, key }) => [key, error]))
      assert.match(why.get("no integer") ?? "", /does not fit its schema/)
      if (name !== "memory") {
        assert.match(why.get("NUL") ?? "", /column via can't hold a NUL character/)
        assert.match(why.get("long") ?? "", /can't store the row: index row/)
        assert.match(why.get("negative") ?? "", /can't store the row: .*parcels_check/)
        assert.match(why.get("key\0") ?? "", /PostgreSQL can't store the key/)
        assert.match(why.get("half \ud800") ?? "", /PostgreSQL can't store the key/)
        assert.deepStrictEqual(
          (yield* rows.all).map(({ town }) => town),
          ["Aš", "Brno"]
        )
        assert.strictEqual(why.size, 6)
        assert.strictEqual((yield* Effect.flip(rows.get("key\0")))._tag, "ProjectionFailed")
        assert.strictEqual(yield* retried(projection), 6)
        assert.deepInclude((yield* parked(projection)).keys[0], { attempts: 2 })
      } else assert.strictEqual(why.size, 1)
      yield* end
    }).pipe(Effect.provide(layer()))
  )
}

for (const [name, layer] of stores.filter(([name]) => ["memory", "PostgreSQL"].includes(name))) {
  it.live(`on ${name}, a parked key has its error, and is retried on request`, () =>
    Effect.gen(function* () {
      const { parked, retry, status } = yield* projectionsOf
      const poison: Poison = new Set(["Brno bad"])
      const { failing, name } = parking(poison)
      const end = yield* running(failing)
      yield* put("1", sent(["Aš", "Brno"], 1, "good"), sent(["Brno", "Aš"], 2, "bad"), sent(["Brno"], 3, "good"))
      const rows = yield* happened(failing)
      assert.deepStrictEqual((yield* rows.all).map(brief), [
        ["Aš", 2, 3n, ["good", "bad"]],
        ["Brno", 1, 1n, ["good"]]
      ])
      const { keys, next } = yield* parked(name)
      assert.isUndefined(next)
      assert.lengthOf(keys, 1)
      assert.deepInclude(keys[0], {
        stage: "serving",
        key: "Brno",
        type: "Sent",
        stream: "Parcel-1",
        version: 2,
        error: "no bad in Brno",
        attempts: 1,
        events: 2,
        isDue: false
      })
      assert.strictEqual((yield* status(name))?.parked, 1)
      const failure = yield* Effect.flip(rows.get("Brno"))
      assert.match(
        failure.message,
        /^Parking\d+ failed at Sent, version 2 of stream "Parcel-1": it is parked: no bad in Brno$/
      )
      assert.strictEqual((yield* rows.get("Aš"))?.parcels, 2)

      assert.match((yield* Effect.flip(retry(name, "Aš"))).message, /no key "Aš" of Parking\d+ is parked/)
      assert.match((yield* Effect.flip(retry("Nothing"))).message, /there is no projection "Nothing" in this store/)
      assert.strictEqual(yield* retried(name, "Brno"), 1)
      assert.deepInclude((yield* parked(name)).keys[0], { attempts: 2, events: 2, error: "no bad in Brno" })
      // The next event fails, and those before it are kept.
      poison.clear()
      poison.add("Brno worse")
      yield* put("1", sent(["Brno"], 4, "worse"), sent(["Brno"], 5, "good"))
      yield* happened(failing)
      yield* retried(name)
      assert.deepInclude((yield* parked(name)).keys[0], {
        attempts: 1,
        events: 2,
        error: "no worse in Brno",
        version: 4
      })
      assert.deepStrictEqual(brief((yield* rows.all)[1]!), ["Brno", 3, 6n, ["good", "bad", "good"]])
      poison.clear()
      yield* retried(name)
      assert.strictEqual((yield* status(name))?.parked, 0)
      assert.deepStrictEqual(brief((yield* rows.get("Brno"))!), ["Brno", 5, 15n, ["good", "worse", "good"]])
      assert.strictEqual(yield* retry(name), 0)
      yield* end
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, keys are listed page by page, and too many of them stop the projection`, () =>
    Effect.gen(function* () {
      const { parked, resume, status } = yield* projectionsOf
      const poison: Poison = new Set(["d bad", "b bad", "a bad", "c bad", "e bad"])
      const { failing, name } = parking(poison)
      const end = yield* running(failing, { ...quick, maxParked: 4 })
      yield* put("1", sent(["d"], 1, "bad"), sent(["b", "a", "c"], 1, "bad"))
      yield* happened(failing)
      const first = yield* parked(name, { limit: 2 })
      assert.deepStrictEqual(
        first.keys.map(({ key }) => key),
        ["d", "a"]
      )
      const second = yield* parked(name, { limit: 3, after: first.next! })
      assert.deepStrictEqual([second.keys.map(({ key }) => key), second.next], [["b", "c"], undefined])
      const wrong = yield* Effect.flip(parked(name, { after: "x" }))
      assert.match(wrong.message, /after is "x", not what a page gave as next/)

      const { position } = yield* put("1", sent(["e"], 1, "bad"))
      const rows = yield* StoredProjection.make(failing)
      const behind = yield* Effect.flip(rows.waitFor(position, { timeout: "600 millis" }))
      assert.match(
        behind.message,
        /it has stopped: .*: 5 keys would be parked, more than the maximum of 4 \(maxParked\); the last one: no bad in e$/
      )
      assert.strictEqual((yield* status(name))?.parked, 4)
      poison.delete("e bad")
      yield* resume(name)
      yield* rows.waitFor(position)
      yield* end
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, a key function that throws stops a projection that parks`, () =>
    Effect.gen(function* () {
      const { failing } = parking(new Set())
      const keys = () => {
        throw new Error("whose?")
      }
      const one = { ...failing, bodies: { ...bodies, keys } }
      const end = yield* running(one)
      const { position } = yield* put("1", sent(["Brno"]))
      const rows = yield* StoredProjection.make(one)
      const behind = yield* Effect.flip(rows.waitFor(position, { timeout: "400 millis" }))
      assert.match(
        behind.message,
        /it has stopped: Parking\d+ failed at Sent, version 1 of stream "Parcel-1": whose\?$/
      )
      yield* end
    }).pipe(Effect.provide(layer()))
  )

  it.live(
    `on ${name}, rebuilt rows have their own parked keys, and are not promoted if the served rows have fewer`,
    () =>
      Effect.gen(function* () {
        const { parked, resume, stages, status } = yield* projectionsOf
        const poison: Poison = new Set(["Aš bad"])
        const { again, failing, name } = parking(poison)
        const endFirst = yield* running(failing)
        yield* put("1", sent(["Aš", "Brno"], 1, "bad"), sent(["Aš", "Brno"], 1, "good"))
        yield* happened(failing)
        assert.deepStrictEqual(yield* parkedKeys(name), ["Aš"])
        yield* endFirst

        const next = again("two")
        poison.add("Brno good")
        const end = yield* running(next)
        const until = Effect.fnUntraced(function* (isSo: Effect.Effect<boolean, unknown, EventStore.EventStore>) {
          for (let i = 0; !(yield* Effect.orDie(isSo)); i++) {
            assert.isBelow(i, 15_000, "never so")
            yield* Effect.sleep("10 millis")
          }
        })
        const nextOf = Effect.map(stages(name), (all) => all.find(({ stage }) => stage === "next"))
        yield* until(Effect.map(nextOf, (one) => one?.problem !== undefined))
        assert.match(
          (yield* nextOf)?.problem ?? "",
          /rebuilt rows of Parking\d+ are not promoted: they have parked keys .*resume Parking\d+ --accept-parked$/
        )
        assert.strictEqual((yield* status(name))?.fingerprint, "one")
        assert.deepStrictEqual(
          (yield* parked(name, { stage: "next" })).keys.map(({ key }) => key),
          ["Aš", "Brno"]
        )
        // Resuming without --accept-parked does not help.
        yield* resume(name)
        yield* until(Effect.map(nextOf, (one) => one?.problem !== undefined))
        yield* resume(name, { acceptParked: true })
        yield* until(Effect.map(status(name), (one) => one?.fingerprint === "two"))
        assert.deepStrictEqual(yield* parkedKeys(name), ["Aš", "Brno"])
        assert.deepStrictEqual(
          (yield* parked(name, { stage: "old" })).keys.map(({ key }) => key),
          ["Aš"]
        )
        poison.clear()
        yield* retried(name)
        const rows = yield* happened(next)
        assert.deepStrictEqual(
          (yield* rows.all).map(({ parcels }) => parcels),
          [2, 2]
        )
        yield* end
      }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, a process without the lease neither parks nor unparks`, () =>
    Effect.gen(function* () {
      const { id, projections } = yield* EventStore.EventStore
      const { acquire, open, parked, retry, row, save, unpark, waiting } = projections!
      const { failing, name } = parking(new Set())
      const described = StoredProjection.runnable(failing)
      yield* open(described)
      const { position } = yield* put("1", sent(["Brno"]))
      const next = yield* put("1", sent(["Aš"]))
      const eventId = globalThis.crypto.randomUUID()
      const to = { storeId: id, position, eventId }
      const one = { key: "Brno", position, eventId, type: "Sent", error: "bad" }
      const first = (yield* acquire(described, "serving", "first", 60_000))!
      assert.isTrue(yield* save(described, first, first.checkpoint, to, [], [one]))
      assert.strictEqual(yield* retry(name), 1)
      // That has ended the lease.
      const second = (yield* acquire(described, "serving", "second", 60_000))!
      assert.isAbove(second.token, first.token)
      const later = { ...to, position: next.position }
      assert.isFalse(yield* save(described, first, to, later, [], [{ ...one, key: "Aš", position: next.position }]))
      const done = { key: "Brno", change: undefined, through: position, head: undefined }
      assert.isFalse(yield* unpark(described, first, done))
      assert.deepStrictEqual(
        (yield* parked(name)).keys.map(({ isDue, key }) => [key, isDue]),
        [["Brno", true]]
      )
      assert.lengthOf(yield* waiting(second, "Brno", 10), 1)
      assert.isTrue(yield* unpark(described, second, done))
      assert.deepStrictEqual(yield* row(described, "Brno"), { row: undefined, parked: undefined })
      assert.lengthOf(yield* waiting(second, "Brno", 10), 0)
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, a projection with parked keys does not become inline until they are folded`, () =>
    Effect.gen(function* () {
      const poison: Poison = new Set(["Brno bad"])
      const { failing, name } = parking(poison)
      const end = yield* running(failing)
      yield* put("1", sent(["Brno"], 1, "bad"))
      yield* happened(failing)
      yield* end
      const store = yield* EventStore.EventStore
      const inline = Layer.build(
        Layer.provide(
          InlineProjections.layer([StoredProjection.runnable(failing)]),
          Layer.succeed(EventStore.EventStore, store)
        )
      )
      const refused = yield* Effect.flip(Effect.scoped(inline))
      assert.match(
        refused.message,
        /keys of Parking\d+ are parked, so its rows cannot be written inline\. .* retry Parking/
      )
      // The inline projection parks nothing either, and starts once they are folded.
      poison.clear()
      yield* store.projections!.retry(name)
      yield* Effect.scoped(inline)
      assert.deepInclude(yield* store.projections!.status(name), {
        isInline: true,
        parked: 0,
        lag: { events: 0, seconds: 0 }
      })
      assert.match(
        (yield* Effect.flip(store.projections!.rollback(name))).message,
        /the rows of Parking\d+ are inline: .* discharge Parking/
      )
    }).pipe(Effect.provide(layer()))
  )
}
