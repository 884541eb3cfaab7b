import { it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { AggregateCache, EventStore, MemoryEventStore } from "eventfold"
import { describe, expect } from "vitest"
import { count, makeTallies, reasonOf, stored } from "../Tally.ts"

const cached = Layer.merge(MemoryEventStore.layer, AggregateCache.layer({ capacity: 100 }))

describe("aggregates with an archived or truncated stream", () => {
  for (const [name, layer] of [
    ["", MemoryEventStore.layer],
    [", from the cache", cached]
  ] as const) {
    it.effect(
      `an archived stream refuses commands, loads as before, and accepts commands after it is unarchived${name}`,
      () =>
        Effect.gen(function* () {
          const store = yield* EventStore.EventStore
          const tallies = yield* makeTallies()
          yield* tallies.execute("a", count(2))
          yield* tallies.execute("a", count(3))
          yield* store.archive("Tally-a")
          const reason = yield* reasonOf(tallies.execute("a", count(1)))
          expect(reason).toMatchObject({ _tag: "StreamArchived", stream: "Tally-a", version: 3 })
          expect(yield* tallies.load("a")).toEqual({ state: { count: 5, steps: 2 }, version: 3 })
          yield* store.unarchive("Tally-a")
          const { events, state, version } = yield* tallies.execute("a", count(1))
          expect({ events, state, version }).toEqual({
            events: [{ _tag: "Counted", by: 1 }],
            state: { count: 6, steps: 3 },
            version: 5
          })
          const steps = yield* Stream.runCollect(tallies.history("a"))
          expect(steps.map(({ after, recorded }) => [recorded.version, after.count])).toEqual([
            [1, 2],
            [2, 5],
            [5, 6]
          ])
          expect(yield* tallies.loadAt("a", 4)).toEqual({ state: { count: 5, steps: 2 }, version: 4 })
        }).pipe(Effect.provide(layer))
    )
  }

  it.effect("a command with an id returns its first result, even if the stream was archived later", () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const tallies = yield* makeTallies()
      yield* tallies.execute("a", count(2))
      const first = yield* tallies.execute("a", count(3), { commandId: "three" })
      yield* store.archive("Tally-a")
      expect(yield* tallies.execute("a", count(3), { commandId: "three" })).toEqual({ ...first, repeated: true })
      expect(yield* stored("Tally-a")).toHaveLength(3)
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.effect("a state that depends on truncated events is refused, never computed from the remaining ones", () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const tallies = yield* makeTallies()
      for (const by of [1, 2, 3]) yield* tallies.execute("a", count(by))
      yield* store.truncate("Tally-a", { before: 3 })
      for (const effect of [
        Effect.asVoid(tallies.load("a")),
        Effect.asVoid(tallies.loadAt("a", 3)),
        Stream.runDrain(tallies.history("a")),
        Effect.asVoid(tallies.execute("a", count(1), { commandId: "named" }))
      ]) {
        const reason = yield* reasonOf(effect)
        expect(reason).toMatchObject({ _tag: "StreamTruncated", stream: "Tally-a", firstVersion: 3 })
      }
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )
})
