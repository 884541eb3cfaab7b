/**
 * Inline projections on every store: events and rows are written together or not at all, no matter
 * which process appends.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Schema, Scope, Stream } from "effect"
import { EventId, EventStore, type EventStoreError, InlineProjections, Projector } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { happen, sameRows } from "./Histories.ts"
import { codec, definition, projector as bodies, put, sent, times } from "./Parcels.ts"
import { stores } from "../Stores.ts"

const runnable = (...args: Parameters<typeof definition>) => StoredProjection.runnable(definition(...args))

/** Starts a program with inline projections, which runs until the test ends. */
const inline = (
  runnables: ReadonlyArray<StoredProjection.Runnable>,
  options: Parameters<typeof InlineProjections.layer>[1] = {}
) =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    const context = yield* Layer.build(
      Layer.provide(InlineProjections.layer(runnables, options), Layer.succeed(EventStore.EventStore, store))
    )
    return <A, E>(effect: Effect.Effect<A, E, EventStore.EventStore>) => Effect.provide(effect, context)
  })

const logged = EventStore.EventStore.use((store) => Stream.runCollect(store.readAll()))

const reason = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError, EventStore.EventStore>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

/** Keys that are known only when the event has a position. */
const placed: typeof bodies = { ...bodies, keys: (_, { version }) => [version % 2 === 0 ? "even" : "odd"] }

for (const [name, layer] of stores) {
  it.live(
    `on ${name}, rows can be read after the append and equal the fold in memory, while other processes append`,
    () =>
      Effect.gen(function* () {
        const [towns, byPlace] = [definition(), definition("Placed", placed, "placed")]
        yield* happen(20)
        // Without other projections, only its keys make appends wait for each other.
        for (const all of [[towns], [towns, byPlace]]) {
          const runnables = all.map((one) => StoredProjection.runnable(one))
          const programs = [yield* inline(runnables), yield* inline(runnables)]
          for (let round = 0; round < 3; round++) {
            // Concurrently, on the same parcels and towns.
            yield* Effect.forEach(programs, (program) => program(happen(30)), { concurrency: "unbounded" })
            for (const one of all) yield* sameRows(yield* StoredProjection.make(one), yield* LiveProjection.make(one))
          }
        }
        const program = yield* inline([towns, byPlace].map((one) => StoredProjection.runnable(one)))
        const stored = yield* StoredProjection.make(towns)
        const before = (yield* stored.get("Brno"))?.parcels ?? 0
        const appended = yield* program(put("now", sent(["Brno", "Cheb"]), sent(["Brno"])))
        // There is nothing to wait for, though no projector runs.
        yield* stored.waitFor(appended)
        assert.strictEqual((yield* stored.get("Brno"))?.parcels, before + 2)
      }).pipe(Effect.provide(layer())),
    600_000
  )

  it.live(`on ${name}, rebuilt rows of a projector are not promoted over those of an inline projection`, () =>
    Effect.gen(function* () {
      const one = definition()
      const two = { ...one, fingerprint: "two" }
      const store = yield* EventStore.EventStore
      const rows = store.projections!
      yield* rows.open(one)
      yield* rows.begin(two)
      yield* inline([StoredProjection.runnable(one)])
      const next = (yield* rows.acquire(two, "next", "a projector", 60_000))!
      const { checkpoint } = (yield* rows.status(one.name))!
      assert.isTrue(yield* rows.save(two, next, next.checkpoint, checkpoint, []))
      assert.strictEqual(yield* rows.serve(two, next), "lost")
      const served = yield* rows.status(one.name)
      assert.deepStrictEqual([served?.fingerprint, served?.isInline], [one.fingerprint, true])
    }).pipe(Effect.provide(layer()))
  )

  it.live(
    `on ${name}, a handler that throws, or a row that cannot be stored, fails the append and writes nothing`,
    () =>
      Effect.gen(function* () {
        const failing: typeof bodies = {
          ...bodies,
          project: (row, event, origin, key) => {
            if (key === "Cheb") throw new Error("no such town")
            return bodies.project(key === "Aš" ? undefined : row, event, origin, key)
          }
        }
        const stored = yield* StoredProjection.make(definition("Towns", failing))
        const program = yield* inline([runnable("Towns", failing)])
        yield* program(put("1", sent(["Brno"])))
        const before = yield* logged
        const failed = yield* reason(program(put("1", sent(["Brno"]), sent(["Brno", "Cheb"]))))
        assert.strictEqual(failed._tag, "InlineFailed")
        assert.match(
          failed.message,
          /^nothing was appended, as the rows of Towns are written with the events: Towns failed at Sent, version 3 of stream "Parcel-1": no such town$/
        )
        if (name !== "memory") {
          const [unfit] = [yield* reason(program(put("1", sent(["Brno", "a\u0000b"]))))]
          assert.strictEqual(unfit._tag, "InlineFailed")
          assert.include(unfit.message, "PostgreSQL can't store the key")
        }
        assert.deepStrictEqual(yield* logged, before)
        assert.strictEqual((yield* stored.get("Brno"))?.parcels, 1)
        yield* program(put("1", sent(["Brno"])))
        assert.strictEqual((yield* stored.get("Brno"))?.parcels, 2)
      }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, repeated and conflicting appends do not change rows`, () =>
    Effect.gen(function* () {
      const program = yield* inline([runnable()])
      const stored = yield* StoredProjection.make(definition())
      const event = {
        id: yield* EventId.make,
        type: "Sent",
        schemaVersion: 1,
        data: Schema.encodeSync(codec.events.get("Sent")!)(sent(["Brno"])),
        metadata: {}
      }
      const append = (expected: EventStore.ExpectedVersion, stream = "Parcel-1") =>
        program(EventStore.EventStore.use((store) => store.append(stream, expected, [event])))
      const first = yield* append("noStream")
      assert.deepStrictEqual(yield* append("noStream"), { ...first, repeated: true })
      const other = { ...event, id: yield* EventId.make }
      const conflict = yield* reason(
        program(EventStore.EventStore.use((store) => store.append("Parcel-1", 7, [other])))
      )
      assert.strictEqual(conflict._tag, "VersionConflict")
      // One of the two conflicts, so neither is written.
      const both = yield* reason(
        program(
          EventStore.EventStore.use((store) =>
            store.appendAll([
              { stream: "Parcel-2", expected: "any", events: [other] },
              {
                stream: "Parcel-1",
                expected: "noStream",
                events: [{ ...event, id: "0192f0c1-7e2a-7b3c-8d4e-5f6071829304" }]
              }
            ])
          )
        )
      )
      assert.strictEqual(both._tag, "VersionConflict")
      assert.strictEqual((yield* stored.get("Brno"))?.parcels, 1)
      const invalid = yield* reason(program(EventStore.EventStore.use((store) => store.append("", "any", [other]))))
      assert.strictEqual(invalid._tag, "InvalidRequest")
    }).pipe(Effect.provide(layer()))
  )

  it.live(`on ${name}, nested layers write the rows of all projections once`, () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const all = (["Towns", "Again"] as const).map((one) => definition(one, bodies, one.toLowerCase()))
      const [first, second] = all.map((one) => StoredProjection.runnable(one)) as [
        StoredProjection.Runnable,
        StoredProjection.Runnable
      ]
      const base = Layer.succeed(EventStore.EventStore, store)
      const beneath = Layer.provide(InlineProjections.layer([second]), base)
      const over = yield* Layer.build(Layer.provide(InlineProjections.layer([first]), beneath))
      yield* Effect.provide(put("1", sent(["Brno"])), over)
      for (const one of all) {
        const rows = yield* StoredProjection.make(one)
        assert.strictEqual((yield* rows.get("Brno"))?.parcels, 1, one.name)
      }
      // Both would fold the event into the same row.
      for (const twice of [
        InlineProjections.layer([first, first]).pipe(Layer.provide(base)),
        InlineProjections.layer([second]).pipe(Layer.provide(beneath)),
        Layer.provide(Projector.layer([first, second, first]), base)
      ]) {
        const error = yield* Effect.flip(Layer.build(Layer.merge(twice, Layer.empty)))
        assert.strictEqual(error.reason._tag, "InvalidRequest")
        assert.match(error.message, /\.layer: the projection \w+ is listed twice: list each once/)
      }
    }).pipe(Effect.scoped, Effect.provide(layer()))
  )

  it.live(`on ${name}, a program that appends without the inline rows is refused, and no other`, () =>
    Effect.gen(function* () {
      const program = yield* inline([runnable()])
      const stored = yield* StoredProjection.make(definition())
      yield* program(put("1", sent(["Brno"])))
      // Concurrently, so that the store can send them together: events that no projection folds are
      // written.
      const outcomes = yield* Effect.forEach(
        ["a", "b", "c"],
        (id) => Effect.result(put(id, id === "b" ? sent(["Brno"]) : { _tag: "Ignored" })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(
        outcomes.map(({ _tag }) => _tag),
        ["Success", "Failure", "Success"]
      )
      const refused = yield* reason(put("d", sent(["Brno"])))
      assert.strictEqual(refused._tag, "StoreRefused")
      assert.match(
        refused.message,
        /^the rows of Towns are inline, and this program does not write them\. Put an InlineProjections\.layer/
      )
      // Event of another aggregate, with the same name.
      const [event] = yield* Stream.runCollect((yield* EventStore.EventStore).read("Parcel-1"))
      const elsewhere = (yield* EventStore.EventStore).append("Letter-1", "any", [
        { ...event!, id: yield* EventId.make }
      ])
      yield* elsewhere

      const { inline: rows } = (yield* EventStore.EventStore).projections!
      yield* rows!.discharge("Towns")
      yield* put("d", sent(["Brno"]))
      const late = yield* reason(program(put("1", sent(["Brno"]))))
      assert.strictEqual(late._tag, "StoreRefused")
      assert.match(late.message, /^the rows of Towns are no longer inline/)
      // A projector writes the rows now.
      const scope = yield* Scope.make()
      const store = Layer.succeed(EventStore.EventStore, yield* EventStore.EventStore)
      yield* Layer.buildWithScope(Layer.provide(Projector.layer([runnable()], { lease: "400 millis" }), store), scope)
      yield* stored.waitFor((yield* put("d", sent(["Brno"]))).position)
      assert.strictEqual((yield* stored.get("Brno"))?.parcels, 3)
      yield* Scope.close(scope, Exit.void)
      // And inline again.
      yield* (yield* inline([runnable()]))(put("d", sent(["Brno"])))
      assert.strictEqual((yield* stored.get("Brno"))?.parcels, 4)
      assert.match(
        (yield* reason(rows!.discharge("Nothing"))).message,
        /there is no projection "Nothing" in this store/
      )
    }).pipe(Effect.provide(layer()))
  )

  it.live(
    `on ${name}, a new release takes over while the old one appends, and nothing is lost`,
    () =>
      Effect.gen(function* () {
        const before = yield* inline([runnable()])
        yield* before(happen(40))
        let written = 0
        const writers = yield* Effect.forkChild(
          Effect.forEach(
            ["x", "y", "z"],
            (id) =>
              Effect.forever(
                Effect.gen(function* () {
                  yield* before(put(id, sent(["Brno"])))
                  written++
                })
              ),
            { concurrency: "unbounded" }
          )
        )
        yield* Effect.sleep("50 millis")
        const after = yield* inline([runnable("Towns", times(2), "towns", "two")], { pageSize: 7 })
        const end = yield* Effect.flip(Fiber.join(writers))
        assert.match(end.message, /written by other handlers \(two\) than those of this program \(one\)/)
        const live = yield* LiveProjection.make(definition("Towns", times(2), "towns", "two"))
        yield* sameRows(yield* StoredProjection.make(definition("Towns", times(2), "towns", "two")), live)
        yield* after(happen(20))
        yield* sameRows(yield* StoredProjection.make(definition("Towns", times(2), "towns", "two")), live)
        assert.isAbove(written, 0)
        const sentByWriters = (yield* logged).filter(({ stream }) => /^Parcel-[xyz]$/.test(stream)).length
        assert.strictEqual(sentByWriters, written)
      }).pipe(Effect.provide(layer())),
    600_000
  )
}
