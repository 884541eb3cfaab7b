/**
 * Rows that are far behind: folded from a scan of the log and written for many pages at once, they
 * equal those of a fold page by page.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema, Stream } from "effect"
import { EventStore, Projector } from "eventfold"
import { LiveProjection, ProjectionFold, StoredProjection } from "eventfold/generated"
import type { ProjectionStore } from "eventfold/store"
import { vi } from "vitest"
import { codec, definition, Parcel, projector as bodies, put, Row, sent } from "./Parcels.ts"
import { stores } from "../Stores.ts"

const towns = ["Aš", "Brno", "Cheb", "Děčín", "Eš", "\u{1F40E}"]
const sql = stores.filter(([name]) => ["PGlite", "PostgreSQL"].includes(name))
const encode = Schema.encodeSync(Schema.Array(Schema.toCodecJson(Row)))
const runnable = (...args: Parameters<typeof definition>) => StoredProjection.runnable(definition(...args))

/** No test may fail because the machine is slow. */
const patient = { timeout: "5 minutes" } as const

/**
 * Divides durations by a thousand: on a slow machine, too, only the number of
 * rows makes a write due, not the interval of a second.
 */
const slowClock = Effect.acquireRelease(
  Effect.sync(() => {
    const now = performance.now.bind(performance)
    const start = now()
    return vi.spyOn(performance, "now").mockImplementation(() => start + (now() - start) / 1_000)
  }),
  (spy) => Effect.sync(() => spy.mockRestore())
)

/**
 * Appends parcels for one, two or three towns, some of which come back; returns the last position.
 */
const happen = Effect.fnUntraced(function* (count: number) {
  let last = 0
  for (let i = 0; i < count; i++) {
    const to = towns.filter((_, t) => (i * 7 + t * 5) % 6 < 1 + (i % 3))
    const event = i % 4 === 3 ? ({ _tag: "Returned", to } as const) : sent(to, i)
    last = (yield* put(String(i % 5), event)).position
  }
  return last
})

/** Wraps the store, and records what is saved in it. */
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
  it.live(`on ${name}, rows far behind are written once for many pages, even if few fit into memory`, () =>
    Effect.gen(function* () {
      const last = yield* happen(60)
      const live = encode(yield* (yield* LiveProjection.make(definition())).all)
      // All parcels of one town came back.
      assert.strictEqual(live.length, towns.length - 1)
      for (const cachedRows of [100, 3, 1]) {
        const [projection, table] = [`Towns${cachedRows}`, `towns_${cachedRows}`]
        const rows = yield* StoredProjection.make(definition(projection, bodies, table))
        const { layer, saved } = yield* watched
        const keeping = Projector.layer([runnable(projection, bodies, table)], { pageSize: 4, cachedRows })
        const folded = Effect.provide(rows.waitFor(last, patient), Layer.provide(keeping, layer))
        yield* Effect.scoped(Effect.andThen(slowClock, folded))
        assert.deepStrictEqual(encode(yield* rows.all), live)
        if (cachedRows === 100) assert.deepStrictEqual(saved, [{ from: 0, to: last, rows: towns.length }])
        else assert.isAbove(saved.length, 5)
      }
    }).pipe(Effect.provide(layer()))
  )

  it.live(
    `on ${name}, a handler that throws stops rows far behind before its event, and they continue once it is fixed`,
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
          while ((yield* store.projections!.status("Failing"))?.problem === undefined) yield* Effect.sleep("20 millis")
          const behind = yield* Effect.flip(rows.waitFor(last, { timeout: "1 second" }))
          assert.match(behind.message, /it has stopped: Failing failed at Sent, .*: no such town$/)
          assert.deepStrictEqual(encode(yield* rows.all), before)
          isMended = true
          yield* store.projections!.resume("Failing")
          yield* rows.waitFor(last, patient)
        }).pipe(Effect.provide(keeping))
        assert.deepStrictEqual(encode(yield* rows.all), encode(yield* (yield* LiveProjection.make(definition())).all))
      }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, streams of two aggregates with the same id belong to one row`, () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      yield* happen(30)
      // For vans, only the parcels that they brought count.
      const vans = (yield* Stream.runCollect(store.readAll())).map(({ data, stream, type }) => ({
        stream: stream.replace("Parcel-", "Van-"),
        event: { id: globalThis.crypto.randomUUID(), type, schemaVersion: 1, data, metadata: {} }
      }))
      let last = 0
      for (const { event, stream } of vans) last = (yield* store.append(stream, "any", [event])).position
      const of = (projection: string, table: string): ReturnType<typeof definition> => {
        const base = definition(projection, { ...bodies, keys: (_, { id }) => [id] }, table)
        const van = ProjectionFold.source({ aggregate: "Van", id: Parcel.id, codec, types: ["Sent"] })
        return { ...base, sources: [...base.sources, van], isKeyedByStream: true }
      }
      const live = encode(yield* (yield* LiveProjection.make(of("Live", "live"))).all)
      assert.lengthOf(live, 5)
      for (const [i, cachedRows] of [100, 2].entries()) {
        const one = of(`Both${i}`, `both_${i}`)
        const rows = yield* StoredProjection.make(one)
        const keeping = Projector.layer([StoredProjection.runnable(one)], { pageSize: 4, cachedRows })
        yield* Effect.provide(rows.waitFor(last, patient), keeping)
        assert.deepStrictEqual(encode(yield* rows.all), live)
      }
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, the lease is renewed during the fold of a page that takes longer than the lease`, () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const last = yield* put("1", ...Array.from({ length: 60 }, (_, i) => sent(["Brno"], i)))
      const slow: typeof bodies = {
        ...bodies,
        project: (row, event, origin, key) => {
          for (const since = performance.now(); performance.now() - since < 10;);
          return bodies.project(row, event, origin, key)
        }
      }
      const done: Array<string> = []
      const projections = store.projections!
      const { renew, save } = projections
      const note = (what: string) => Effect.sync(() => done.push(what))
      const watching: ProjectionStore.Service = {
        ...projections,
        renew: (...args) => Effect.tap(renew(...args), note("renew")),
        save: (...args) => Effect.tap(save(...args), note("save"))
      }
      const rows = yield* StoredProjection.make(definition("Slow", slow, "slow"))
      const keeping = Projector.layer([runnable("Slow", slow, "slow")], { pageSize: 50, lease: "200 millis" })
      const layer = Layer.provide(keeping, Layer.succeed(EventStore.EventStore, { ...store, projections: watching }))
      yield* Effect.provide(rows.waitFor(last, patient), layer)
      assert.isAbove(done.indexOf("save"), 2)
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, a projection with few events reads many positions at a time`, () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const ignored = Array.from({ length: 1_000 }, () => ({ _tag: "Ignored" }) as const)
      for (const town of ["Aš", "Brno", "Cheb"]) {
        yield* put(`of ${town}`, sent([town]), ...ignored)
        yield* put(`also of ${town}`, sent([town]), sent([town]))
      }
      const last = yield* put("last", sent(["Eš"]))
      const looked: Array<number> = []
      const projections = store.projections!
      const page: NonNullable<ProjectionStore.Service["scan"]>["page"] = (scan) => {
        looked.push(scan.width)
        return projections.scan!.page(scan)
      }
      const watching = { ...store, projections: { ...projections, scan: { ...projections.scan!, page } } }
      const rows = yield* StoredProjection.make(definition("Few", bodies, "few"))
      const keeping = Projector.layer([runnable("Few", bodies, "few")], { pageSize: 4 })
      const layer = Layer.provide(keeping, Layer.succeed(EventStore.EventStore, watching))
      yield* Effect.provide(rows.waitFor(last, patient), layer)
      assert.deepStrictEqual(encode(yield* rows.all), encode(yield* (yield* LiveProjection.make(definition())).all))
      // As wide as possible while no event is found, and no wider.
      assert.include(looked, 4 * 64)
      assert.strictEqual(Math.max(...looked), 4 * 64)
      assert.isBelow(looked.length, 40)
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, nothing is written from a log that was replaced during the fold`, () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const last = yield* happen(40)
      const projections = store.projections!
      const saved: Array<number> = []
      let asked = 0
      const other: ProjectionStore.Service = {
        ...projections,
        scan: {
          ...projections.scan!,
          checkpoint: (earlier, position) =>
            ++asked === 3 ? Effect.succeed(undefined) : projections.scan!.checkpoint(earlier, position)
        },
        save: (projection, lease, from, to, changes) => {
          saved.push(from.position)
          return projections.save(projection, lease, from, to, changes)
        }
      }
      const rows = yield* StoredProjection.make(definition("Others", bodies, "others"))
      const keeping = Projector.layer([runnable("Others", bodies, "others")], { pageSize: 4 })
      const layer = Layer.provide(keeping, Layer.succeed(EventStore.EventStore, { ...store, projections: other }))
      yield* Effect.provide(rows.waitFor(last, patient), layer)
      // It starts again page by page, which would have reported it.
      assert.strictEqual(asked, 3)
      assert.strictEqual(saved[0], 0)
      assert.isAbove(saved.length, 5)
      assert.deepStrictEqual(encode(yield* rows.all), encode(yield* (yield* LiveProjection.make(definition())).all))
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, a scan returns the same events as pages, and nothing if pages have an error to report`, () =>
    Effect.gen(function* () {
      const { id, pages, projections, truncate } = yield* EventStore.EventStore
      const scan = projections!.scan!
      yield* put("1", sent(["Brno"]), { _tag: "Ignored" }, sent(["Aš"], 2))
      yield* put("2", sent(["Cheb"], 3))
      const filter = { aggregates: ["Parcel"], types: ["Sent", "Returned"] }
      const page = Option.getOrThrow(yield* Stream.runHead(pages({ ...filter, after: 0 })))
      const beginning = { storeId: id, position: 0, eventId: null }
      const asked = { ...filter, after: 0, readable: 0, width: 100, size: 2 }
      const first = (yield* scan.page(asked))!
      // If there were more events than asked for, the scan ends at the last of them; otherwise, at
      // the last position it read.
      assert.deepInclude(first, { isEnd: false, through: first.events.at(-1)!.position })
      const second = (yield* scan.page({ ...asked, after: first.through, readable: first.readable }))!
      assert.deepInclude(second, { isEnd: false, through: first.readable })
      const expected = page.events.map(({ id: _, metadata: __, ...event }) => event)
      assert.deepStrictEqual([...first.events, ...second.events], expected)
      assert.isAbove(first.size, 20)
      assert.deepInclude(yield* scan.page({ ...asked, after: second.through }), { events: [], isEnd: true })

      const narrow: Array<unknown> = []
      for (let at = 0, isEnd = false; !isEnd;) {
        const some = (yield* scan.page({ ...asked, after: at, width: 1, size: 9 }))!
        narrow.push(...some.events)
        isEnd = some.isEnd
        assert.isTrue(isEnd || some.through === at + 1)
        at = some.through
      }
      assert.deepStrictEqual(narrow, expected)

      const place = (yield* scan.checkpoint(beginning, first.through))!
      assert.deepStrictEqual(yield* scan.checkpoint(place, second.events.at(-1)!.position), page.checkpoint)
      const other = { ...place, eventId: globalThis.crypto.randomUUID() }
      assert.isUndefined(yield* scan.checkpoint(other, first.through))
      assert.isUndefined(yield* scan.checkpoint(beginning, first.readable + 1))
      yield* truncate("Parcel-1", { before: 3 })
      assert.isUndefined(yield* scan.page(asked))
    }).pipe(Effect.provide(layer()))
  )
}
