import { it } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type Event, EventId, EventStore, MemoryEventStore } from "eventfold"
import { describe, expect } from "vitest"
import { count, makeTallies, reasonOf, stored, Tally } from "../Tally.ts"

const memory = MemoryEventStore.layer
const day = (n: number) => DateTime.makeUnsafe(Date.UTC(1993, 2, n))
const put = (stream: string, type: string, data: Event.NewEvent["data"]) =>
  Effect.gen(function* () {
    const store = yield* EventStore.EventStore
    const id = yield* EventId.make
    yield* store.append(stream, "any", [{ id, type, schemaVersion: 1, data, metadata: {} }])
  })

describe("past states", () => {
  it.effect("load: returns the state without events, and that after all events", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      expect(yield* tallies.load("a")).toEqual({ state: Tally.initial, version: 0 })
      for (let i = 0; i < 5; i++) yield* tallies.execute("a", count(i))
      expect(yield* tallies.load("a")).toEqual({ state: { count: 10, steps: 5 }, version: 5 })
      expect(yield* tallies.streamOf("a")).toBe("Tally-a")
    }).pipe(Effect.provide(memory))
  )

  it.effect("loadAt, loadAsOf, loadAsKnownAt: return the state by version, by occurredAt and by recordedAt", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      // Recorded from the 10th on, one each day; they occurred earlier, the second one last.
      for (const [i, occurred] of [1, 5, 3].entries()) {
        yield* TestClock.setTime(day(10 + i).epochMilliseconds)
        yield* tallies.execute("a", count(1), { occurredAt: day(occurred) })
      }
      const versionOf = (loaded: { readonly version: number; readonly state: { readonly count: number } }) => {
        expect(loaded.state.count).toBe(loaded.version)
        return loaded.version
      }
      const at = (n: number) => Effect.map(tallies.loadAt("a", n), versionOf)
      const asOf = (n: number) => Effect.map(tallies.loadAsOf("a", day(n)), versionOf)
      const asKnownAt = (n: number) => Effect.map(tallies.loadAsKnownAt("a", day(n)), versionOf)
      expect(yield* Effect.all([0, 1, 3, 9].map(at))).toEqual([0, 1, 3, 3])
      expect(yield* Effect.all([0, 1, 3, 4, 5].map(asOf))).toEqual([0, 1, 1, 1, 3])
      expect(yield* Effect.all([9, 10, 11, 12, 20].map(asKnownAt))).toEqual([0, 1, 2, 3, 3])
    }).pipe(Effect.provide(memory))
  )

  it.effect("history: returns every event with the states before and after it", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      yield* tallies.execute("a", count(2))
      yield* tallies.execute("a", { _tag: "Double" })
      const steps = yield* Stream.runCollect(tallies.history("a"))
      expect(steps.map(({ after, before, event }) => ({ after, before, event }))).toEqual([
        { before: { count: 0, steps: 0 }, event: { _tag: "Counted", by: 2 }, after: { count: 2, steps: 1 } },
        { before: { count: 2, steps: 1 }, event: { _tag: "Counted", by: 2 }, after: { count: 4, steps: 2 } }
      ])
      expect(steps.map(({ recorded }) => recorded)).toEqual(yield* stored("Tally-a"))
    }).pipe(Effect.provide(memory))
  )

  const undecodable: ReadonlyArray<readonly [what: string, type: string, data: Event.NewEvent["data"], path: string]> =
    [
      ["a field of another type", "Counted", { by: "three" }, "by"],
      ["a field that is missing", "Counted", {}, "by"],
      ["a field inside another", "Noted", { at: "1993-03-03T00:00:00Z", of: { command: 1 } }, "of.command"],
      ["an undeclared type", "Renamed", { by: 1 }, ""],
      ["data with the tag of another event type", "Counted", { _tag: "Noted", by: 1 }, "_tag"]
    ]
  for (const [what, type, data, path] of undecodable) {
    it.effect(`DecodeFailure has the path: ${what}`, () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        yield* tallies.execute("a", count(1))
        yield* put("Tally-a", type, data)
        for (const look of [
          tallies.load("a"),
          Stream.runDrain(tallies.history("a")),
          tallies.execute("a", count(1)),
          tallies.execute("a", count(1), { commandId: "c" })
        ]) {
          const reason = yield* reasonOf(look)
          expect({ ...reason }).toMatchObject({ _tag: "DecodeFailure", stream: "Tally-a", version: 2, type, path })
        }
        // The steps before it can still be read.
        expect(yield* tallies.loadAt("a", 1)).toMatchObject({ version: 1 })
      }).pipe(Effect.provide(memory))
    )
  }
})
