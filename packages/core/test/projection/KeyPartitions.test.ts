/**
 * Partitions of keys: they are shared out evenly, taken over, and rebuilt, and rows always equal
 * those of the fold.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { EventStore, Projector } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { KeyPartition } from "eventfold/store"
import * as fc from "fast-check"
import { happen, sameRows, towns } from "./Histories.ts"
import { definition, projector, put, sent } from "./Parcels.ts"
import { connectOnce, stores } from "../Stores.ts"

const lease = "200 millis"
const some = stores.filter(([name]) => ["memory", "PGlite", "PostgreSQL"].includes(name))
const one = definition()
const byStream: typeof one = {
  ...definition("Senders", { ...projector, keys: (_, { id }) => [id] }, "senders"),
  isKeyedByStream: true
}

/** Starts a projector; the returned effect ends it. */
const keeping = Effect.fnUntraced(function* (options: Parameters<typeof Projector.layer>[1], of = one) {
  const store = yield* EventStore.EventStore
  const scope = yield* Scope.make()
  const layer = Projector.layer([StoredProjection.runnable(of)], { lease, ...options })
  yield* Layer.buildWithScope(Layer.provide(layer, Layer.succeed(EventStore.EventStore, store)), scope)
  return Scope.close(scope, Exit.void)
})

const statusOf = (name: string) =>
  Effect.map(
    Effect.flatMap(EventStore.EventStore, ({ projections }) => projections!.status(name)),
    (status) => status!
  )

/** Waits until each owner holds a number of partitions, lowest first. */
const shared = Effect.fnUntraced(function* (name: string, ...shares: ReadonlyArray<number>) {
  let held: ReadonlyArray<number> = []
  for (let i = 0; i < 15_000; i++) {
    const owners = new Map<string, number>()
    for (const { owner } of (yield* statusOf(name)).partitions) {
      if (owner !== undefined) owners.set(owner, (owners.get(owner) ?? 0) + 1)
    }
    held = [...owners.values()].sort((a, b) => a - b)
    if (String(held) === String(shares)) return
    yield* Effect.sleep("20 millis")
  }
  assert.deepStrictEqual(held, shares)
})

for (const [name, layer] of some) {
  it.live(
    `on ${name}, partitions are shared out evenly, and taken over from a process that leaves`,
    () =>
      Effect.gen(function* () {
        // A reader that opens the rows first does not set the number of partitions.
        const rows = yield* StoredProjection.make(one)
        const live = yield* LiveProjection.make(one)
        yield* happen(10)
        const first = yield* keeping({ partitions: 4 })
        yield* shared("Towns", 4)
        const second = yield* keeping({ partitions: 4 })
        yield* shared("Towns", 2, 2)
        const third = yield* keeping({ partitions: 1 })
        yield* Effect.all([shared("Towns", 1, 1, 2), happen(20)], { concurrency: "unbounded" })
        yield* first
        yield* shared("Towns", 2, 2)
        yield* Effect.all([second, happen(20)], { concurrency: "unbounded" })
        yield* shared("Towns", 4)
        yield* rows.waitFor(yield* put("last", sent(["Brno"])))
        yield* sameRows(rows, live)
        yield* third
        assert.deepInclude(yield* statusOf("Towns"), { owner: undefined, isPaused: false })
      }).pipe(Effect.provide(layer())),
    600_000
  )

  it.live(
    `on ${name}, a rebuild changes the number of partitions, and its rows are compared with the served ones`,
    () =>
      Effect.gen(function* () {
        const { projections } = yield* EventStore.EventStore
        for (const of of [one, byStream]) {
          const rows = yield* StoredProjection.make(of)
          const live = yield* LiveProjection.make(of)
          yield* happen(30)
          let end = yield* keeping({}, of)
          for (const [partitions, pageSize] of [
            [3, 1],
            [5, 4],
            [2, 1_000]
          ] as const) {
            yield* rows.waitFor(yield* put("last", sent(["Brno"])))
            yield* end
            end = yield* keeping({ partitions, pageSize, cachedRows: 2 }, of)
            yield* projections!.rebuild(of.name)
            for (let i = 0; (yield* statusOf(of.name)).partitions.length !== partitions; i++) {
              assert.isBelow(i, 15_000, JSON.stringify(yield* projections!.stages(of.name)))
              if (i % 5 === 0) yield* happen(2)
              yield* Effect.sleep("20 millis")
            }
            assert.deepInclude((yield* statusOf(of.name)).compared, { differing: 0, keys: [] })
            yield* rows.waitFor(yield* put("last", sent(["Cheb"])))
            yield* sameRows(rows, live)
          }
          yield* end
        }
      }).pipe(Effect.provide(layer())),
    600_000
  )

  it.live(
    `on ${name}, a pause ends all partitions at once, and a partition that stops stops all`,
    () =>
      Effect.gen(function* () {
        const { projections } = yield* EventStore.EventStore
        const failing: typeof projector = {
          ...projector,
          project: (row, event, origin, key) => {
            if (event._tag === "Sent" && event.note === "poison") throw new Error("no")
            return projector.project(row, event, origin, key)
          }
        }
        const of = definition("Towns", failing)
        const rows = yield* StoredProjection.make(of)
        yield* keeping({ partitions: 3, retries: 0 }, of)
        const before = yield* put("1", sent(towns))
        yield* rows.waitFor(before)
        yield* projections!.pause("Towns")
        assert.deepStrictEqual(
          (yield* statusOf("Towns")).partitions.map(({ owner }) => owner),
          [undefined, undefined, undefined]
        )
        yield* put("1", sent(towns))
        yield* Effect.sleep("300 millis")
        assert.isTrue((yield* statusOf("Towns")).partitions.every(({ position }) => position === before.position))
        yield* projections!.resume("Towns")
        yield* put("1", sent(["Brno"], 1, "poison"))
        for (let i = 0; (yield* statusOf("Towns")).problem === undefined; i++) {
          assert.isBelow(i, 15_000, "not stopped")
          yield* Effect.sleep("10 millis")
        }
        yield* Effect.sleep("300 millis")
        assert.isUndefined((yield* statusOf("Towns")).owner)
      }).pipe(Effect.scoped, Effect.provide(layer())),
    600_000
  )
}

it.live("a scan of a partition returns only the events of its streams", () =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    const ids = ["1", "Žďár", "a-b", "a", "of more than one block of bytes", "\u{1F40E}"]
    for (const id of ids) yield* put(id, sent(["Brno"]), sent(["Cheb"]))
    const filter = { aggregates: ["Parcel"], types: ["Sent"] }
    const scan = (partition: KeyPartition.KeyPartition) =>
      store.projections!.scan!.page({ ...filter, after: 0, readable: 0, width: 1_000, size: 100, partition })
    const found: Array<string> = []
    for (let index = 0; index < 3; index++) {
      const owns = KeyPartition.owner({ index, of: 3 })!
      const scanned = (yield* scan({ index, of: 3 }))!
      assert.isTrue(scanned.isPartitioned)
      const own = scanned.events.map(({ stream }) => stream.slice("Parcel-".length))
      assert.deepStrictEqual(
        own,
        ids.filter(owns).flatMap((id) => [id, id])
      )
      found.push(...own)
    }
    assert.deepStrictEqual([...new Set(found)].sort(), ids.toSorted())
    assert.lengthOf((yield* scan({ index: 0, of: 1 }))!.events, 2 * ids.length)
  }).pipe(Effect.provide(stores.find(([name]) => name === "PostgreSQL")![1]()))
)

it.live("KeyPartition: hashes keys like the server", () =>
  Effect.gen(function* () {
    const { client: sql } = yield* connectOnce
    const texts = fc.sample(
      fc.string({ unit: "binary", maxLength: 60 }).map((text) => text.replaceAll("\0", "")),
      500
    )
    const rows = yield* sql.unsafe(
      `select hashtext(t collate "C") from unnest($1::text[]) with ordinality u(t, i) order by i`,
      [texts]
    ).values
    assert.deepStrictEqual(
      rows.map(([hash]) => hash),
      texts.map(KeyPartition.hash)
    )
  }).pipe(Effect.scoped)
)

it.live("an invalid number of partitions is refused", () =>
  Effect.gen(function* () {
    for (const partitions of [0, -1, 1.5, NaN, 257]) {
      const error = yield* Effect.flip(Effect.scoped(keeping({ partitions })))
      assert.strictEqual(error.reason._tag, "InvalidRequest")
      assert.include(error.message, `partitions is ${partitions}; it is a whole number from 1 to 256`)
    }
  }).pipe(Effect.provide(some[0]![1]()))
)
