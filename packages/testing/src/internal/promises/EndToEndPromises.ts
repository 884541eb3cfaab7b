/**
 * Promises end to end: rows equal the fold in memory in every way of writing them, and every event
 * is delivered.
 */
import { Effect, Layer } from "effect"
import { EventStore, InlineProjections, type Projection, Projector, Reaction } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import * as fc from "fast-check"
import { expect } from "vitest"
import { promise, type Promises, readAll, reasonOf, store } from "./Fixture.ts"
import { type Definition, encoded, fresh, moved, type Row, until } from "./RowsFixture.ts"

const placeNames = ["", "Aš", "Brno", "ﬀ", "🐎"]
const Move = fc.record({
  box: fc.constantFrom("1", "2", "3"),
  to: fc.subarray(placeNames),
  by: fc.integer({ min: -9, max: 9 })
})
type Moves = ReadonlyArray<{ readonly box: string; readonly to: ReadonlyArray<string>; readonly by: number }>

const happen = (of: { readonly aggregate: string }, moves: Moves) =>
  Effect.forEach(moves, ({ box, by, to }) => moved(of, box, to, by))

const textOf = (rows: ReadonlyArray<Row>) => rows.map((row) => JSON.stringify(encoded(row)))

const same = Effect.fnUntraced(function* (one: Definition, how: string) {
  const [stored, live] = [yield* StoredProjection.make(one), yield* LiveProjection.make(one)]
  const position = (yield* readAll({ aggregates: one.sources.map(({ aggregate }) => aggregate) })).at(-1)?.position ?? 0
  const waited: Effect.Effect<void, Projection.QueryError | { readonly message: string }> = stored.waitFor(position, {
    // Only ends a test that hangs: a machine can be slow.
    timeout: "5 minutes"
  })
  yield* waited
  const expected = yield* live.all
  expect([how, textOf(yield* stored.all)]).toEqual([how, textOf(expected)])
  for (const { isFar, memo, via } of expected) {
    expect([how, textOf(yield* stored.byVia(via))]).toEqual([how, textOf(yield* live.byVia(via))])
    const [found, meant] = [yield* stored.byMemoAndFar(memo, isFar), yield* live.byMemoAndFar(memo, isFar)]
    expect([how, textOf(found)]).toEqual([how, textOf(meant)])
  }
})

/** Runs an effect while a layer over the store runs. */
const beside = <A, E, R>(layer: Layer.Layer<never, unknown, EventStore.EventStore>, effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(store, (here) =>
    Effect.scoped(
      Effect.andThen(
        Effect.orDie(Layer.build(Layer.provide(layer, Layer.succeed(EventStore.EventStore, here)))),
        effect
      )
    )
  )

const sameRowsByProjector = (runs: number, seed: number | undefined) =>
  Effect.gen(function* () {
    const histories = fc.sample(
      fc.tuple(
        fc.array(Move, { maxLength: 30 }),
        fc.array(Move, { maxLength: 15 }),
        fc.constantFrom(1, 7, 1_000),
        fc.constantFrom(1, 3)
      ),
      { numRuns: runs, ...(seed === undefined ? {} : { seed }) }
    )
    for (const [before, after, pageSize, partitions] of histories) {
      const how = JSON.stringify([before, after, pageSize, partitions])
      const one = fresh()
      const keeping = Projector.layer([StoredProjection.runnable(one)], {
        lease: "300 millis",
        pageSize,
        partitions,
        cachedRows: 2
      })
      yield* happen(one, before)
      yield* beside(keeping, same(one, how))
      yield* happen(one, after)
      const { rebuild, stages } = (yield* store).projections!
      const again = Effect.gen(function* () {
        yield* same(one, how)
        yield* rebuild(one.name)
        yield* until(
          Effect.map(stages(one.name), (all) => all.map(({ stage }) => stage).join() === "serving,old"),
          `the rows were not rebuilt: ${how}`
        )
        yield* same(one, how)
        const [serving] = yield* stages(one.name)
        if (serving?.compared !== undefined) expect([how, serving.compared.differing]).toEqual([how, 0])
      })
      yield* beside(keeping, again)
    }
  })

const sameRowsInline = (seed: number | undefined) =>
  Effect.gen(function* () {
    const here = yield* store
    if (here.projections?.inline === undefined) return
    const one = fresh()
    yield* happen(one, fc.sample(Move, { numRuns: 5, ...(seed === undefined ? {} : { seed }) }))
    const base = Layer.succeed(EventStore.EventStore, here)
    const inline = InlineProjections.layer([StoredProjection.runnable(one)])
    const programs = yield* Effect.all([1, 2].map(() => Layer.build(Layer.provide(inline, base))))
    const moves = fc.sample(Move, { numRuns: 20, ...(seed === undefined ? {} : { seed }) })
    yield* Effect.forEach(programs, (program) => Effect.provide(happen(one, moves), program), {
      concurrency: "unbounded"
    })
    yield* same(one, "with the events")
    expect((yield* reasonOf(moved(one, "1", ["Brno"])))._tag).toBe("StoreRefused")
    yield* here.projections.inline.discharge(one.name)
    yield* moved(one, "1", ["Brno"])
    yield* beside(Projector.layer([StoredProjection.runnable(one)]), same(one, "discharged"))
  })

const deliveredInOrder = Effect.gen(function* () {
  const one = fresh()
  const delivered: Array<number> = []
  const reaction = Reaction.make(one.name, {
    start: "beginning",
    aggregates: [one.aggregate],
    handle: ({ recorded }) => Effect.sync(() => delivered.push(recorded.position))
  })
  // The lease of the reaction is long, because a slow machine must not let it end and deliver an
  // event again.
  const layer = Layer.merge(
    Reaction.layer([reaction], { lease: "5 minutes", pageSize: 3 }),
    Projector.layer([StoredProjection.runnable(one)], { lease: "300 millis" })
  )
  const expected: Array<number> = []
  // Waits until the checkpoint is written too. Otherwise, the next start would deliver the event
  // again.
  const reached = until(
    Effect.flatMap(store, ({ reactions }) =>
      Effect.map(
        reactions!.status(one.name),
        (found) => delivered.length >= expected.length && (found?.checkpoint.position ?? 0) >= expected.at(-1)!
      )
    ),
    "the events were not delivered"
  )
  for (let turn = 0; turn < 2; turn++) {
    yield* beside(
      layer,
      Effect.gen(function* () {
        for (let i = 0; i < 8; i++) expected.push((yield* moved(one, `${i % 3}`, ["a"])).position)
        yield* reached
        yield* same(one, "beside a reaction")
        yield* (yield* store).projections!.rebuild(one.name)
        yield* until(
          Effect.map(
            (yield* store).projections!.stages(one.name),
            (all) => all.map(({ stage }) => stage).join() === "serving,old"
          ),
          "the rows were not rebuilt"
        )
      })
    )
  }
  expect(delivered).toEqual(expected)
})

export const endToEnd = (runs: number, seed: number | undefined): Promises => [
  promise(
    "rows: rows of a projector equal the fold in memory, in partitions, after restarts and after a rebuild",
    sameRowsByProjector(runs, seed)
  ),
  promise(
    "rows: inline rows are written with the events by every program, and a program that does not write them is refused",
    sameRowsInline(seed)
  ),
  promise(
    "reactions: every event is delivered in the order of the log, and a rebuild delivers no event again",
    deliveredInOrder
  )
]
