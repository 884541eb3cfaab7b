/**
 * Releases of a projection that run side by side, on every store: the rows of the newest are
 * served, through restarts and rollbacks.
 */
import { assert, it, layer } from "@effect/vitest"
import { SqlEventStore } from "@eventfold/postgres"
import { Effect, Exit, Layer, Logger, Scope } from "effect"
import { EventStore, InlineProjections, Projector } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { sameRows } from "./Histories.ts"
import { definition, put, sent, times } from "./Parcels.ts"
import { freshSchema, SharedPglite, sharedPglite, stores } from "../Stores.ts"

const names = ["none", "one", "two", "three", "four"]
/** Release whose handlers count each parcel several times. */
const release = (number: number) => definition("Towns", times(number), "towns", names[number])

/**
 * Starts a program, which runs until it ends or the test does, and collects its log about other
 * releases.
 */
const started = Effect.fnUntraced(function* (layer: Layer.Layer<never, unknown, EventStore.EventStore>) {
  const said: Array<string> = []
  const listening = Logger.layer([
    Logger.make(({ message }) => {
      const line = Array.isArray(message) ? message.join(" ") : String(message)
      if (line.includes("stepped aside")) said.push(line)
    })
  ])
  const scope = yield* Scope.make()
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  const store = Layer.succeed(EventStore.EventStore, yield* EventStore.EventStore)
  yield* Layer.buildWithScope(layer.pipe(Layer.provide([store, listening])), scope)
  return { said, end: Scope.close(scope, Exit.void) }
})

const projectorOf = (number: number) =>
  started(Projector.layer([StoredProjection.runnable(release(number))], { lease: "200 millis" }))
const inlineOf = (number: number) => started(InlineProjections.layer([StoredProjection.runnable(release(number))]))

const projectionsOf = Effect.map(EventStore.EventStore, ({ projections }) => projections!)

const served = Effect.flatMap(projectionsOf, ({ stages }) =>
  Effect.map(stages("Towns"), (all) => all.map(({ fingerprint, stage }) => `${stage} ${fingerprint}`).join(", "))
)

const until = Effect.fnUntraced(function* <E, R>(isSo: Effect.Effect<boolean, E, R>, what: string) {
  for (let i = 0; !(yield* isSo); i++) {
    assert.isBelow(i, 3_000, what)
    yield* Effect.sleep("10 millis")
  }
})
const untilServed = (number: number) =>
  until(
    Effect.map(served, (stages) => stages.startsWith(`serving ${names[number]}`) && !stages.includes("next")),
    `release ${names[number]} is not served`
  )
/** Waits until rows are up to date, and asserts that they equal the fold of the release. */
const agrees = Effect.fnUntraced(function* (number: number) {
  const rows = yield* StoredProjection.make(release(number))
  yield* rows.waitFor(yield* put("last", sent(["Brno"])), { timeout: "30 seconds" })
  yield* sameRows(rows, yield* LiveProjection.make(release(number)))
})

const claims: Readonly<Record<string, Effect.Effect<void, unknown, EventStore.EventStore | Scope.Scope>>> = {
  "older releases never replace the rows of a newer one, and log once that they step aside": Effect.gen(function* () {
    for (let i = 0; i < 20; i++) yield* put(`${i % 3}`, sent(["Brno", "Aš"]))
    const programs: Array<Effect.Success<ReturnType<typeof projectorOf>>> = []
    for (const number of [1, 2, 3]) {
      programs.push(yield* projectorOf(number))
      yield* untilServed(number)
    }
    // A process of the first release is restarted, too.
    programs.push(yield* projectorOf(1))
    const stages = yield* served
    assert.strictEqual(stages, "serving three, old two")
    for (let i = 0; i < 10; i++) {
      yield* put("1", sent(["Brno"]))
      yield* Effect.sleep("50 millis")
      assert.strictEqual(yield* served, stages)
    }
    yield* agrees(3)
    const said = programs.map((one) => one.said)
    assert.deepStrictEqual(
      said.map((lines) => lines.length),
      [1, 1, 0, 1]
    )
    assert.strictEqual(
      said[1]![0],
      "the rows of Towns were made by other handlers (three) than those of this program (two), which are of a newer release: this program has stepped aside, and does not change them. To go back to its rows: eventfold projections rollback Towns"
    )
    assert.match(said[3]![0]!, /To go back to its rows: eventfold projections rebuild Towns --handlers one$/)
  }),

  "a release begins again once an operator goes back to it": Effect.gen(function* () {
    const { drop, rebuild, rollback } = yield* projectionsOf
    for (let i = 0; i < 5; i++) yield* put("1", sent(["Brno"]))
    for (const number of [1, 2, 3]) {
      yield* projectorOf(number)
      yield* untilServed(number)
    }
    yield* rollback("Towns")
    yield* untilServed(2)
    yield* agrees(2)
    // Rows of the first release no longer exist, so they are rebuilt.
    yield* drop("Towns", "old")
    yield* rebuild("Towns", { fingerprint: "one" })
    yield* untilServed(1)
    yield* agrees(1)
    yield* Effect.sleep("300 millis")
    assert.strictEqual(yield* served, "serving one, old two")
    // A new release is the newest.
    yield* projectorOf(4)
    yield* untilServed(4)
    yield* agrees(4)
    const unknown = yield* Effect.flip(rebuild("Towns", { fingerprint: "five" }))
    assert.match(
      unknown.message,
      /no program with handlers "five" has ever kept rows of Towns\. Newest first, it has had: four, one, two, three$/
    )
  }),

  "older releases with inline projections never replace the rows of a newer one": Effect.gen(function* () {
    for (let i = 0; i < 5; i++) yield* put("1", sent(["Brno"]))
    for (const number of [1, 2, 3]) yield* inlineOf(number)
    for (const number of [1, 2]) {
      const refused = yield* Effect.flip(inlineOf(number))
      assert.match(String(refused), /by other handlers \(three\) .* are of a newer release/)
    }
    assert.strictEqual(yield* served, "serving three, old two")
    const { inline, rebuild } = yield* projectionsOf
    yield* rebuild("Towns", { fingerprint: "one" })
    yield* inlineOf(1)
    assert.strictEqual(yield* served, "serving one, old three")
    yield* inline!.discharge("Towns")
    yield* projectorOf(1)
    yield* agrees(1)
  })
}

for (const [name, layer] of stores.filter(([name]) => name !== "PGlite")) {
  for (const [claim, test] of Object.entries(claims)) {
    it.live(`on ${name}, ${claim}`, () => test.pipe(Effect.scoped, Effect.provide(layer())))
  }
}

layer(sharedPglite, { excludeTestServices: true, timeout: "10 minutes" })("on PGlite,", (it) => {
  for (const [claim, test] of Object.entries(claims)) {
    it.effect(claim, () =>
      Effect.gen(function* () {
        const store = yield* SqlEventStore.make(yield* SharedPglite, { schema: freshSchema() })
        yield* Effect.provideService(test, EventStore.EventStore, store)
      })
    )
  }
})
