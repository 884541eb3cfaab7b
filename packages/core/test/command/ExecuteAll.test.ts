import { it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { AggregateCache, EventStore, EventStoreError, MemoryEventStore, Repository } from "eventfold"
import { describe, expect } from "vitest"
import { count, decide, failing, makeTallies, makeTalliesOn, most, reasonOf, stored } from "../Tally.ts"

const memory = MemoryEventStore.layer
const cached = Layer.merge(memory, AggregateCache.layer({ capacity: 100 }))
const unbounded = { concurrency: "unbounded" } as const
const StoreError = EventStoreError.EventStoreError

for (const [what, layer] of [
  ["without a cache", memory],
  ["with a cache", cached]
] as const) {
  describe(`executeAll ${what}`, () => {
    it.effect("writes all commands, and returns a result for each", () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        yield* tallies.execute("a", count(10))
        const [a, b, c] = yield* Repository.executeAll([
          tallies.prepare("a", count(-4)),
          tallies.prepare("b", count(4)),
          tallies.prepare("c", { _tag: "Wait" })
        ])
        expect(a).toMatchObject({ state: { count: 6 }, version: 2, events: [{ by: -4 }], repeated: false })
        expect(b).toMatchObject({ state: { count: 4 }, version: 1 })
        expect(c).toMatchObject({ version: 0, events: [] })
        expect(yield* Repository.executeAll([])).toEqual([])
      }).pipe(Effect.provide(layer))
    )

    it.effect("writes nothing if one command is refused", () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        yield* tallies.execute("b", count(1))
        const refused = yield* Effect.flip(
          Repository.executeAll([tallies.prepare("a", count(1)), tallies.prepare("b", count(most))])
        )
        expect(refused).toEqual({ _tag: "TooMuch", most })
        expect(yield* stored("Tally-a")).toEqual([])
        expect(yield* stored("Tally-b")).toHaveLength(1)
        const invalid = yield* reasonOf(
          Repository.executeAll([tallies.prepare("a", count(1)), tallies.prepare("b", count(0.5))])
        )
        expect(invalid.message).toContain("Count.by")
        expect(yield* stored("Tally-a")).toEqual([])
      }).pipe(Effect.provide(layer))
    )

    it.effect("decides commands of one instance one on the other", () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        const double = { _tag: "Double" } as const
        const all = [tallies.prepare("a", count(3)), tallies.prepare("a", double), tallies.prepare("a", double)]
        const results = yield* Repository.executeAll(all, { commandId: "c" })
        expect(results.map(({ state, version }) => [state.count, version])).toEqual([
          [3, 1],
          [6, 2],
          [12, 3]
        ])
        expect(yield* Repository.executeAll(all, { commandId: "c" })).toEqual(
          results.map((result) => ({ ...result, repeated: true }))
        )
        expect(yield* stored("Tally-a")).toHaveLength(3)
      }).pipe(Effect.provide(layer))
    )

    it.effect("returns the first results for a repeated command id, also of commands without events", () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        yield* tallies.execute("c", count(7))
        const all = [
          tallies.prepare("a", count(1)),
          tallies.prepare("b", { _tag: "Note" }),
          tallies.prepare("c", { _tag: "Wait" })
        ] as const
        const first = yield* Repository.executeAll(all, { commandId: "x" })
        for (const id of ["a", "b", "c"]) yield* tallies.execute(id, count(100))
        expect(yield* Repository.executeAll(all, { commandId: "x" })).toEqual(
          first.map((result) => ({ ...result, repeated: true }))
        )
        expect(yield* stored("Tally-b")).toHaveLength(3)
      }).pipe(Effect.provide(layer))
    )

    it.live("runs batches with the same streams in opposite order without deadlock or loss", () =>
      Effect.gen(function* () {
        const both = [yield* makeTallies(), yield* makeTallies()]
        for (const id of ["a", "b"]) yield* both[0]!.execute(id, count(500))
        const transfers = Array.from({ length: 40 }, (_, i) => {
          const [from, to] = i % 3 === 0 ? ["a", "b"] : ["b", "a"]
          const tallies = both[i % 2]!
          return Repository.executeAll([tallies.prepare(from!, count(-1)), tallies.prepare(to!, count(1))])
        })
        yield* Effect.all(transfers, unbounded)
        const [a, b] = [yield* both[0]!.load("a"), yield* both[1]!.load("b")]
        expect(a.state.count).toBe(500 - 14 + 26)
        expect(a.state.count + b.state.count).toBe(1_000)
        expect([a.version, b.version]).toEqual([41, 41])
      }).pipe(Effect.provide(layer))
    )

    for (const written of [true, false]) {
      it.effect(`settles an unknown outcome if the events were ${written ? "" : "not "}written`, () =>
        Effect.gen(function* () {
          let fail = 1
          const tallies = yield* makeTalliesOn((real) => ({
            appendAll: (appends) => {
              if (fail-- <= 0) return real.appendAll(appends)
              const unknown = failing(StoreError.outcomeUnknown({ problem: "the connection died" }).reason)
              return written ? Effect.andThen(real.appendAll(appends), unknown) : unknown
            }
          }))
          const results = yield* Repository.executeAll([tallies.prepare("a", count(1)), tallies.prepare("b", count(2))])
          expect(results).toMatchObject([
            { state: { count: 1 }, version: 1, repeated: false },
            { state: { count: 2 }, version: 1, repeated: false }
          ])
          expect(yield* stored("Tally-b")).toHaveLength(1)
        }).pipe(Effect.provide(layer))
      )
    }
  })
}

it.effect("executeAll: refuses services on different stores", () =>
  Effect.gen(function* () {
    const here = yield* makeTallies()
    const there = yield* Effect.provide(makeTallies(), Layer.fresh(memory))
    const reason = yield* reasonOf(Repository.executeAll([here.prepare("a", count(1)), there.prepare("b", count(1))]))
    expect(reason.message).toContain("different stores")
  }).pipe(Effect.provide(memory))
)

describe("the option timeout", () => {
  it.live("fails with TimedOut before the append is sent", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTalliesOn((real) => ({ read: () => real.subscribe({ after: 1_000 }) }))
      const reason = yield* reasonOf(tallies.execute("a", count(1), { timeout: "30 millis" }))
      expect(reason).toMatchObject({ _tag: "TimedOut", operation: "Tally.execute", milliseconds: 30 })
      expect(yield* stored("Tally-a")).toEqual([])
    }).pipe(Effect.provide(memory))
  )

  it.live("fails with OutcomeUnknown during an append, and the command id settles it", () =>
    Effect.gen(function* () {
      let slow = true
      const tallies = yield* makeTalliesOn((real) => ({
        append: (stream, expected, events) =>
          slow
            ? Effect.andThen(real.append(stream, expected, events), Effect.never)
            : real.append(stream, expected, events)
      }))
      const options = { timeout: "30 millis", commandId: "c" } as const
      expect((yield* reasonOf(tallies.execute("a", count(1), options)))._tag).toBe("OutcomeUnknown")
      slow = false
      expect(yield* tallies.execute("a", count(1), options)).toMatchObject({ version: 1, repeated: true })
      expect(yield* tallies.executed("a", "c")).toMatchObject({ version: 1, events: [{ by: 1 }], repeated: true })
      expect(yield* tallies.executed("a", "another")).toBeUndefined()
    }).pipe(Effect.provide(memory))
  )

  it.live("fails with TimedOut between two attempts", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTalliesOn(() => ({
        append: (stream, expected) => failing(StoreError.versionConflict({ stream, expected, actual: 9 }).reason)
      }))
      const reason = yield* reasonOf(tallies.execute("a", count(1), { timeout: "20 millis" }))
      expect(reason._tag).toBe("TimedOut")
    }).pipe(Effect.provide(memory))
  )

  it.effect("must be positive", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      expect((yield* reasonOf(tallies.execute("a", count(1), { timeout: 0 })))._tag).toBe("InvalidRequest")
    }).pipe(Effect.provide(memory))
  )
})

describe("a command id", () => {
  it.effect("is looked up before the decision, and only its events are read", () =>
    Effect.gen(function* () {
      const plain = yield* makeTallies()
      for (let i = 0; i < 20; i++) yield* plain.execute("a", count(1), { commandId: `c${i}` })
      let decided = 0
      const tallies = yield* makeTallies((...args) => (decided++, decide(...args)))
      const again = yield* tallies.execute("a", count(1), { commandId: "c4" })
      expect(again).toEqual({
        state: { count: 5, steps: 5 },
        version: 5,
        position: 5,
        events: [{ _tag: "Counted", by: 1 }],
        repeated: true
      })
      expect(decided).toBe(0)
      const { locate } = yield* EventStore.EventStore
      expect((yield* reasonOf(locate("c4")))._tag).toBe("InvalidRequest")
    }).pipe(Effect.provide(memory))
  )
})
