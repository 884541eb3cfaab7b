/**
 * Commands that are interrupted at any moment, by timeouts, by interruption, or by closing the
 * store: they are written wholly or not at all, the caller learns which if that is known, and a
 * retry with the same command id resolves the rest.
 */
import { assert, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Layer, Random, Result, Scope } from "effect"
import { PgEventStore } from "@eventfold/postgres"
import { type EventStoreError, Repository } from "eventfold"
import { count, makeTallies, stored } from "../../../core/test/Tally.ts"
import { serverUrl } from "../server/serverUrl.ts"
import { freshSchema, stores } from "../Stores.ts"

const rounds = process.env["EVENTFOLD_SOAK"] === undefined ? 150 : 3_000

type Ending = "Executed" | "TimedOut" | "OutcomeUnknown" | "interrupted"

/** Ends a command at a random moment. */
const broken = Effect.fnUntraced(function* <A, E extends { readonly _tag: string }>(
  execute: (options: Repository.ExecuteOptions) => Effect.Effect<A, E | EventStoreError.EventStoreError>
) {
  // In microseconds: from zero to more than any command takes.
  const patience = Math.round(Math.exp((yield* Random.next) * 14))
  if (yield* Random.nextBoolean) {
    const outcome = yield* Effect.result(execute({ timeout: Duration.micros(BigInt(patience)) }))
    if (Result.isSuccess(outcome)) return "Executed"
    const reason = "reason" in outcome.failure ? outcome.failure.reason._tag : outcome.failure._tag
    assert.include(["TimedOut", "OutcomeUnknown"], reason)
    return reason as Ending
  }
  const fiber = yield* Effect.forkChild(execute({}), { startImmediately: true })
  yield* Effect.sleep(Duration.micros(BigInt(patience)))
  yield* Fiber.interrupt(fiber)
  return Exit.isSuccess(yield* Fiber.await(fiber)) ? "Executed" : "interrupted"
})

for (const [name, layer] of stores) {
  it.live(
    `on ${name}, interrupted commands for two instances are written wholly or not at all`,
    () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        const together = (commandId: string, a: string, b: string) => (options: Repository.ExecuteOptions) =>
          Repository.executeAll([tallies.prepare(a, count(1)), tallies.prepare(b, count(2))], { commandId, ...options })
        const seen = new Map<string, number>()
        const see = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1)
        const names = Array.from({ length: rounds }, (_, i) => String(i))
        const endings = yield* Effect.forEach(
          names,
          // Each command meets others on its streams, and waits for them.
          (id) => broken(together(id, `a${Number(id) % 40}`, `b${Number(id) % 40}`)),
          { concurrency: 8 }
        )
        for (const [i, id] of names.entries()) {
          const [a, b] = [`a${i % 40}`, `b${i % 40}`]
          const written = yield* Effect.forEach([a, b], (instance) => tallies.executed(instance, id))
          const isWritten = written[0] !== undefined
          assert.strictEqual(written[1] !== undefined, isWritten, `${id} was written by halves`)
          const ending = endings[i]!
          if (ending === "Executed") assert.isTrue(isWritten, `${id} is lost`)
          if (ending === "TimedOut") assert.isFalse(isWritten, `${id} was written after its time was over`)
          see(`${ending}, ${isWritten ? "written" : "not written"}`)
          const again = yield* together(id, a, b)({})
          assert.deepStrictEqual(
            again.map(({ repeated }) => repeated),
            [isWritten, isWritten]
          )
        }
        for (let i = 0; i < Math.min(40, rounds); i++) {
          const ids = (yield* stored(`Tally-a${i}`)).map(({ metadata }) => metadata.causationId)
          assert.strictEqual(new Set(ids).size, ids.length, `a${i} has something twice`)
        }
        if (name !== "memory") {
          for (const what of ["Executed, written", "TimedOut, not written", "interrupted, not written"]) {
            assert.isAbove(seen.get(what) ?? 0, 0, `${what}, of ${JSON.stringify([...seen])}`)
          }
        }
      }).pipe(Effect.provide(layer())),
    600_000 + rounds * 100
  )
}

it.live("commands that are interrupted by closing their store are written or not, and report which", () =>
  Effect.gen(function* () {
    const layer = Layer.fresh(PgEventStore.layer({ url: yield* Effect.promise(serverUrl), schema: freshSchema() }))
    const scope = yield* Scope.make()
    const context = yield* Layer.buildWithScope(layer, scope)
    const tallies = yield* Effect.provideContext(makeTallies(), context)
    const one = (i: number) => tallies.execute(`${i % 50}`, count(1), { commandId: String(i) })
    const fibers = yield* Effect.forEach(
      Array.from({ length: 400 }, (_, i) => i),
      (i) => Effect.forkChild(Effect.result(one(i)), { startImmediately: true })
    )
    yield* Effect.sleep("15 millis")
    yield* Scope.close(scope, Exit.void)
    const endings = yield* Effect.forEach(fibers, (fiber) =>
      Effect.map(Fiber.join(fiber), (outcome) => {
        if (Result.isSuccess(outcome)) return "Executed"
        return outcome.failure._tag === "EventStoreError" ? outcome.failure.reason._tag : outcome.failure._tag
      })
    )
    const afterwards = yield* Effect.provideContext(makeTallies(), yield* Layer.build(layer))
    for (const [i, ending] of endings.entries()) {
      const isWritten = (yield* afterwards.executed(`${i % 50}`, String(i))) !== undefined
      if (ending === "Executed") assert.isTrue(isWritten, `${i} is lost`)
      else if (ending === "Unavailable") assert.isFalse(isWritten, `${i} was written after all`)
      else assert.strictEqual(ending, "OutcomeUnknown")
    }
    assert.includeMembers(endings, ["Unavailable"])
  }).pipe(Effect.scoped)
)
