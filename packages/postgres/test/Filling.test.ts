/** Rows that are far behind: folded from a scan of the log and written for many pages at once, they are what they would be page by page. */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema, Stream } from "effect"
import { EventStore, LiveProjection, type ProjectionStore, Projector, StoredProjection } from "eventfold"
import { definition, projector as bodies, put, Row, sent } from "./Parcels.ts"
import { stores } from "./Stores.ts"

const towns = ["Aš", "Brno", "Cheb", "Děčín", "Eš", "\u{1F40E}"]
const sql = stores.filter(([name]) => ["PGlite", "PostgreSQL"].includes(name))
const encode = Schema.encodeSync(Schema.Array(Schema.toCodecJson(Row)))
const runnable = (...args: Parameters<typeof definition>) => StoredProjection.runnable(definition(...args))

/** Parcels for one, two or three towns, some of which come back; gives the last position. */
const happen = Effect.fnUntraced(function* (count: number) {
  let last = 0
  for (let i = 0; i < count; i++) {
    const to = towns.filter((_, t) => (i * 7 + t * 5) % 6 < 1 + (i % 3))
    const event = i % 4 === 3 ? ({ _tag: "Returned", to } as const) : sent(to, i)
    last = (yield* put(String(i % 5), event)).position
  }
  return last
})

/** The store, and what was saved in it. */
const watched = Effect.map(EventStore.EventStore, (store) => {
  const saved: Array<{ readonly from: number; readonly to: number; readonly rows: number }> = []
  const projections: ProjectionStore.Service = {
    ...store.projections!,
    save: (projection, lease, from, to, changes) => {
      saved.push({ from: from.position, to: to.position, rows: changes.length })
      return store.projections!.save(projection, lease, from, to, changes)
    }
  }
  return { saved, layer: Layer.succeed(EventStore.EventStore, { ...store, projections }) }
})

for (const [name, layer] of sql) {
  it.live(`on ${name}, rows far behind are written once for many pages, however few fit into memory`, () =>
    Effect.gen(function* () {
      const last = yield* happen(60)
      const live = encode(yield* (yield* LiveProjection.make(definition())).all)
      // All parcels of one came back.
      assert.strictEqual(live.length, towns.length - 1)
      for (const cachedRows of [100, 3, 1]) {
        const [projection, table] = [`Towns${cachedRows}`, `towns_${cachedRows}`]
        const rows = yield* StoredProjection.make(definition(projection, bodies, table))
        const { layer, saved } = yield* watched
        const keeping = Projector.layer([runnable(projection, bodies, table)], { pageSize: 4, cachedRows })
        yield* Effect.provide(rows.waitFor(last), Layer.provide(keeping, layer))
        assert.deepStrictEqual(encode(yield* rows.all), live)
        if (cachedRows === 100) assert.deepStrictEqual(saved, [{ from: 0, to: last, rows: towns.length }])
        else assert.isAbove(saved.length, 5)
      }
    }).pipe(Effect.provide(layer()))
  )

  it.live(
    `on ${name}, rows far behind that meet a handler that throws stop before its event, and go on once it is mended`,
    () =>
      Effect.gen(function* () {
        let isMended = false
        const failing: typeof bodies = {
          ...bodies,
          project: (row, event, origin, key) => {
            if (key === "Loket" && !isMended) throw new Error("no such town")
            return bodies.project(row, event, origin, key)
          }
        }
        const store = yield* EventStore.EventStore
        yield* happen(21)
        const before = encode(yield* (yield* LiveProjection.make(definition())).all)
        yield* put("1", sent(["Loket"]))
        const last = yield* happen(21)
        const rows = yield* StoredProjection.make(definition("Failing", failing, "failing"))
        const keeping = Projector.layer([runnable("Failing", failing, "failing")], {
          lease: "400 millis",
          pageSize: 4,
          retries: 0
        })
        yield* Effect.gen(function* () {
          const behind = yield* Effect.flip(rows.waitFor(last, { timeout: "1 second" }))
          assert.match(behind.message, /it has stopped: Failing failed at Sent, .*: no such town$/)
          assert.deepStrictEqual(encode(yield* rows.all), before)
          isMended = true
          yield* store.projections!.resume("Failing")
          yield* rows.waitFor(last)
        }).pipe(Effect.provide(keeping))
        assert.deepStrictEqual(encode(yield* rows.all), encode(yield* (yield* LiveProjection.make(definition())).all))
      }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, a scan gives what pages give, and nothing where these have something to tell`, () =>
    Effect.gen(function* () {
      const { id, pages, projections, truncate } = yield* EventStore.EventStore
      const scan = projections!.scan!
      yield* put("1", sent(["Brno"]), { _tag: "Ignored" }, sent(["Aš"], 2))
      yield* put("2", sent(["Cheb"], 3))
      const filter = { aggregates: ["Parcel"], types: ["Sent", "Returned"] }
      const page = Option.getOrThrow(yield* Stream.runHead(pages({ ...filter, after: 0 })))
      const beginning = { storeId: id, position: 0, eventId: null }
      const asked = { ...filter, after: beginning, readable: 0, size: 2 }
      const first = (yield* scan(asked))!
      const second = (yield* scan({ ...asked, after: first.checkpoint, readable: first.readable }))!
      assert.deepStrictEqual(
        [...first.events, ...second.events],
        page.events.map(({ id: _, metadata: __, ...event }) => event)
      )
      assert.deepStrictEqual(second.checkpoint, page.checkpoint)
      assert.isAbove(first.size, 20)
      assert.deepStrictEqual((yield* scan({ ...asked, after: second.checkpoint }))!.events, [])
      const other = { ...first.checkpoint, eventId: globalThis.crypto.randomUUID() }
      assert.isUndefined(yield* scan({ ...asked, after: other }))
      yield* truncate("Parcel-1", { before: 3 })
      assert.isUndefined(yield* scan(asked))
    }).pipe(Effect.provide(layer()))
  )
}
