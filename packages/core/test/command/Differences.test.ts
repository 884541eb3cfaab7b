import { it } from "@effect/vitest"
import { Effect, JsonPatch, Stream } from "effect"
import { MemoryEventStore } from "eventfold"
import { describe, expect } from "vitest"
import { count, makeTallies, reasonOf, stored } from "../Tally.ts"

const memory = MemoryEventStore.layer

const filled = Effect.gen(function* () {
  const tallies = yield* makeTallies()
  for (const by of [2, 3, 5]) yield* tallies.execute("a", count(by))
  return tallies
})

describe("history", () => {
  it.effect("has the change of each event, and its metadata", () =>
    Effect.gen(function* () {
      const tallies = yield* filled
      const steps = yield* Stream.runCollect(tallies.history("a"))
      expect(steps.map(({ difference }) => difference)).toEqual(
        [2, 5, 10].map((value, i) => [
          { op: "replace", path: "/count", value },
          { op: "replace", path: "/steps", value: i + 1 }
        ])
      )
      for (const { after, before, difference } of steps) {
        expect(JsonPatch.apply(difference, { ...before })).toEqual(after)
      }
      expect(steps.map(({ metadata }) => metadata)).toEqual((yield* stored("Tally-a")).map(({ metadata }) => metadata))
    }).pipe(Effect.provide(memory))
  )
})

describe("diff", () => {
  it.effect("returns both states, the events between them and the changes", () =>
    Effect.gen(function* () {
      const tallies = yield* filled
      expect(yield* tallies.diff("a", 1, 3)).toEqual({
        from: { state: { count: 2, steps: 1 }, version: 1 },
        to: { state: { count: 10, steps: 3 }, version: 3 },
        events: [
          { _tag: "Counted", by: 3 },
          { _tag: "Counted", by: 5 }
        ],
        difference: [
          { op: "replace", path: "/count", value: 10 },
          { op: "replace", path: "/steps", value: 3 }
        ]
      })
      expect(yield* tallies.diff("a", 2, 2)).toMatchObject({ events: [], difference: [] })
      expect(yield* tallies.diff("a", 0, 99)).toMatchObject({ from: { version: 0 }, to: { version: 3 } })
      expect((yield* reasonOf(tallies.diff("a", 3, 1)))._tag).toBe("InvalidRequest")
      expect((yield* reasonOf(tallies.diff("a", -1, 1)))._tag).toBe("InvalidRequest")
      expect((yield* reasonOf(tallies.diff("a", 0.5, 1)))._tag).toBe("InvalidRequest")
    }).pipe(Effect.provide(memory))
  )
})

describe("whatIf", () => {
  it.effect("replays other events, or with another apply, and stores nothing", () =>
    Effect.gen(function* () {
      const tallies = yield* filled
      const actual = { state: { count: 10, steps: 3 }, version: 3 }
      expect(yield* tallies.whatIf("a", { events: (history) => history.slice(1) })).toEqual({
        actual,
        imagined: { count: 8, steps: 2 },
        events: [
          { _tag: "Counted", by: 3 },
          { _tag: "Counted", by: 5 }
        ],
        difference: [
          { op: "replace", path: "/count", value: 8 },
          { op: "replace", path: "/steps", value: 2 }
        ]
      })
      const doubled = yield* tallies.whatIf("a", {
        apply: (state, event) => ({ ...state, count: state.count + (event._tag === "Counted" ? 2 * event.by : 0) })
      })
      expect(doubled.imagined).toEqual({ count: 20, steps: 0 })
      expect(yield* tallies.load("a")).toEqual(actual)
    }).pipe(Effect.provide(memory))
  )
})

describe("explain", () => {
  it.effect("returns the decision and its state, and stores nothing", () =>
    Effect.gen(function* () {
      const tallies = yield* filled
      expect(yield* tallies.explain("a", { _tag: "Double" }, { commandId: "c" })).toMatchObject({
        state: { count: 10 },
        version: 3,
        facts: { commandId: "c" },
        decision: { _tag: "Accepted", events: [{ by: 10 }], state: { count: 20 } }
      })
      expect((yield* tallies.explain("a", count(1_000))).decision).toEqual({
        _tag: "Refused",
        error: { _tag: "TooMuch", most: 1_000 }
      })
      expect((yield* reasonOf(tallies.explain("a", count(0.5)))).message).toContain("Tally.explain: Count.by")
      expect(yield* stored("Tally-a")).toHaveLength(3)
    }).pipe(Effect.provide(memory))
  )
})
