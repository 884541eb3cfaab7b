/**
 * Inline = asynchronous = live = rebuilt: the same events give the same rows in every kind of
 * projection. Random histories by two programs at a time, random pages, caches and partitions,
 * projectors that start and end, and rebuilds. 2 rounds; 20 with EVENTFOLD_SOAK=1.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Layer, Random, Scope } from "effect"
import { EventStore, InlineProjections, Projector } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { happen, sameRows } from "./Histories.ts"
import { definition, projector, put, sent } from "./Parcels.ts"
import { stores } from "../Stores.ts"

const rounds = process.env["EVENTFOLD_SOAK"] === undefined ? 2 : 20
const [inline, anew, kept] = ["Inline", "Anew", "Kept"].map((name) => definition(name, projector, name.toLowerCase()))

const from = <A>(all: ReadonlyArray<A>) => Effect.map(Random.nextIntBetween(0, all.length - 1), (i) => all[i]!)

for (const [name, layer] of stores) {
  it.live(
    `on ${name}, inline, asynchronous, live and rebuilt rows are equal`,
    () =>
      Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        const plain = Layer.succeed(EventStore.EventStore, store)
        const { rebuild, stages } = store.projections!
        yield* happen(20)
        const program = Layer.provide(InlineProjections.layer([StoredProjection.runnable(inline!)]), plain)
        const programs = [yield* Layer.build(program), yield* Layer.build(Layer.fresh(program))]
        /** Runs projectors with random pages and caches for a while. */
        const keeping = Effect.gen(function* () {
          const scope = yield* Scope.make()
          const options = {
            lease: "300 millis",
            pageSize: yield* from([1, 2, 7, 1_000]),
            cachedRows: yield* from([1, 3, 10_000]),
            partitions: yield* from([1, 2, 3, 5])
          } as const
          const runnables = [anew!, kept!].map((one) => StoredProjection.runnable(one))
          yield* Layer.buildWithScope(Layer.provide(Projector.layer(runnables, options), plain), scope)
          return Scope.close(scope, Exit.void)
        })
        const rows = yield* Effect.forEach([inline!, anew!, kept!], (one) => StoredProjection.make(one))
        const live = yield* LiveProjection.make(definition())
        for (let round = 0; round < rounds; round++) {
          const ends = [yield* keeping, yield* keeping]
          yield* rebuild(round % 2 === 0 ? "Anew" : "Inline")
          yield* Effect.forEach(programs, (context) => Effect.provide(happen(25), context), {
            concurrency: "unbounded"
          })
          yield* ends[round % 2]!
          yield* Effect.provide(happen(10), programs[0]!)
          const last = yield* Effect.provide(put("last", sent(["Brno"])), programs[1]!)
          for (const one of rows) yield* one.waitFor(last, { timeout: "5 minutes" })
          for (const one of rows) yield* sameRows(one, live)
          for (let i = 0; ; i++) {
            const all = [...(yield* stages("Anew")), ...(yield* stages("Inline"))]
            if (!all.some(({ isRebuildAsked, stage }) => isRebuildAsked || stage === "next")) break
            assert.isBelow(i, 500, "not rebuilt")
            yield* Effect.sleep("20 millis")
          }
          for (const one of rows) yield* sameRows(one, live)
          yield* ends[(round + 1) % 2]!
        }
        assert.isAbove((yield* live.all).length, 2)
      }).pipe(Effect.provide(layer())),
    600_000 + rounds * 15_000
  )
}
