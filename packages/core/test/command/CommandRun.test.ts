/**
 * Commands that several services run at once, like several processes: one order of them explains
 * all results.
 */
import { assert, it } from "@effect/vitest"
import { Linearisability } from "@eventfold/testing"
import { DateTime, Effect, Layer, Random, Result, Stream } from "effect"
import { AggregateCache, EventStore, Snapshots } from "eventfold"
import { type Command, makeTallies, type State, TallyLaws, type TallyEvent } from "../Tally.ts"
import { stores } from "../Stores.ts"

type Call = Linearisability.Call<State, TallyEvent, Command>

const soak = process.env["EVENTFOLD_SOAK"] === undefined ? 1 : 20
const fibers = 6
const commandsOfEach = 10
const now = DateTime.makeUnsafe("1993-03-01T00:00:00Z")

/**
 * Draws commands that are often refused, or whose events depend on the state; every fifth is also
 * sent by another fiber.
 */
const draw = Effect.gen(function* () {
  const kind = yield* Random.nextIntBetween(0, 6)
  const command: Command =
    kind < 3
      ? { _tag: "Count", by: yield* Random.nextIntBetween(0, 500) }
      : ({ _tag: kind === 3 || kind === 4 ? "Double" : kind === 5 ? "Note" : "Wait" } as const)
  const shared = yield* Random.nextIntBetween(0, 4)
  return { command, shared: shared === 0 ? yield* Random.nextIntBetween(0, 5) : undefined }
})

/** Runs several services on one store, without caches, with caches, and with snapshots. */
const history = Effect.gen(function* () {
  const store = yield* EventStore.EventStore
  const run = globalThis.crypto.randomUUID()
  const services = yield* Effect.all([
    makeTallies(),
    Effect.provide(makeTallies(), AggregateCache.layer({ capacity: 10 })),
    Effect.provide(makeTallies(), Layer.merge(AggregateCache.layer({ capacity: 1 }), Snapshots.layer({ events: 3 }))),
    Effect.provide(makeTallies(), Snapshots.layer({ events: 1 }))
  ])
  let clock = 0
  const calls: Array<Call> = []
  const work = Effect.fnUntraced(function* (fiber: number) {
    for (let i = 0; i < commandsOfEach; i++) {
      const { command, shared } = yield* draw
      const instance = `${run}-${yield* Random.nextIntBetween(0, 1)}`
      // A shared id always belongs to the same command.
      const named: Command = shared === undefined ? command : { _tag: "Count", by: shared + 1 }
      const commandId = shared === undefined ? `${fiber}/${i}` : `shared/${shared}`
      const began = ++clock
      const outcome = yield* Effect.result(
        services[fiber % services.length]!.execute(instance, named, { commandId, occurredAt: now })
      )
      const ended = ++clock
      if (Result.isFailure(outcome) && outcome.failure._tag === "EventStoreError") return yield* outcome.failure
      calls.push({
        instance,
        command: named,
        facts: { now, commandId },
        began,
        ended,
        outcome: Result.isSuccess(outcome)
          ? { _tag: "Executed", ...outcome.success }
          : { _tag: "Refused", error: outcome.failure }
      })
    }
  })
  yield* Effect.all(
    Array.from({ length: fibers }, (_, fiber) => work(fiber)),
    { concurrency: "unbounded" }
  )
  for (const instance of new Set(calls.map(({ instance }) => instance))) {
    const written = yield* Stream.runCount(store.read(`Tally-${instance}`))
    const highest = Math.max(
      ...calls
        .filter((call) => call.instance === instance)
        .map(({ outcome }) => (outcome._tag === "Executed" ? outcome.version : 0))
    )
    assert.strictEqual(written, highest)
  }
  return calls
})

const check = (runs: number) =>
  Effect.gen(function* () {
    const seen = new Map<string, number>()
    for (let run = 0; run < runs; run++) {
      const calls = yield* Effect.scoped(history)
      for (const { outcome } of calls) {
        const kind = outcome._tag === "Executed" && outcome.repeated ? "Repeated" : outcome._tag
        seen.set(kind, (seen.get(kind) ?? 0) + 1)
      }
      assert.deepStrictEqual(Linearisability.problems(TallyLaws, calls), [])
    }
    return seen
  })

for (const [name, layer] of stores) {
  it.live(
    `commands of several services are linearisable, on ${name}`,
    () =>
      Effect.gen(function* () {
        const seen = yield* check((name === "memory" ? 100 : 8) * soak)
        for (const kind of ["Executed", "Refused", "Repeated"]) assert.isAbove(seen.get(kind) ?? 0, 10, kind)
      }).pipe(Effect.provide(layer())),
    600_000 * soak
  )
}

const mutants: Readonly<Record<string, (store: EventStore.Service) => Partial<EventStore.Service>>> = {
  "appends at any version": ({ append }) => ({
    append: (stream, _expected, events) => append(stream, "any", events)
  }),
  "reads an old state": ({ read }) => ({
    read: (stream, options) =>
      Stream.unwrap(Effect.map(Stream.runCollect(read(stream, options)), (all) => Stream.fromArray(all.slice(0, -1))))
  }),
  "does not find a command that was executed before": () => ({ locate: () => Effect.succeed(undefined) }),
  "finds a different command": ({ readAll }) => ({
    locate: () =>
      Effect.map(Effect.orDie(Stream.runHead(readAll())), (head) => (head._tag === "Some" ? head.value : undefined))
  })
}

for (const [what, change] of Object.entries(mutants)) {
  it.live(`linearisability finds a store that ${what}`, () =>
    Effect.gen(function* () {
      const real = yield* EventStore.EventStore
      const broken = EventStore.EventStore.of({ ...real, ...change(real) })
      const verdict = yield* Effect.exit(check(40)).pipe(Effect.provideService(EventStore.EventStore, broken))
      assert.strictEqual(verdict._tag, "Failure")
    }).pipe(Effect.provide(stores[0]![1]()))
  )
}
