import { describe, it } from "@effect/vitest"
import { Cause, DateTime, Effect, Exit, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { AggregateCache, Event, EventStoreError, MemoryEventStore } from "eventfold"
import { expect } from "vitest"
import { count, decide, failing, makeTallies, makeTalliesOn, most, reasonOf, stored } from "../Tally.ts"

const StoreError = EventStoreError.EventStoreError
const memory = MemoryEventStore.layer
const cached = Layer.merge(memory, AggregateCache.layer({ capacity: 100 }))
const unbounded = { concurrency: "unbounded" } as const

const day = (n: number) => DateTime.makeUnsafe(Date.UTC(1993, 2, n))

describe("execute", () => {
  it.effect("stores the decided events in stored form, and returns the state after them", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      const events = [{ _tag: "Counted", by: 3 }]
      expect(yield* tallies.execute("a", count(3))).toEqual({
        state: { count: 3, steps: 1 },
        version: 1,
        position: 1,
        events,
        repeated: false
      })
      expect(yield* tallies.execute("a", count(4))).toMatchObject({ state: { count: 7, steps: 2 }, version: 2 })
      const all = yield* stored("Tally-a")
      expect(all.map(({ data, schemaVersion, type }) => ({ data, schemaVersion, type }))).toEqual(
        [3, 4].map((by) => ({ data: { by }, schemaVersion: 1, type: "Counted" }))
      )
    }).pipe(Effect.provide(memory))
  )

  it.effect("a refusal is the declared, typed error, and stores nothing", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      const refused = yield* Effect.flip(tallies.execute("a", count(most + 1)))
      expect(refused).toEqual({ _tag: "TooMuch", most })
      const caught = yield* tallies
        .execute("a", count(most + 1))
        .pipe(Effect.catchTag("TooMuch", ({ most }) => Effect.succeed(most)))
      expect(caught).toBe(most)
      expect(yield* stored("Tally-a")).toEqual([])
    }).pipe(Effect.provide(memory))
  )

  it.effect("a decision without events stores nothing", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      yield* tallies.execute("a", count(2))
      const waited = yield* tallies.execute("a", { _tag: "Wait" })
      expect(waited).toEqual({ state: { count: 2, steps: 1 }, version: 1, position: 1, events: [], repeated: false })
      expect(yield* stored("Tally-a")).toHaveLength(1)
    }).pipe(Effect.provide(memory))
  )

  it.effect("facts and metadata: time, command id, CurrentMetadata and options", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(day(3).epochMilliseconds)
      const tallies = yield* makeTallies()
      yield* tallies.execute("a", { _tag: "Note" }, { commandId: "first" })
      yield* tallies
        .execute("a", { _tag: "Note" }, { commandId: "second", occurredAt: day(1), metadata: { actor: "teller" } })
        .pipe(Effect.provideService(Event.CurrentMetadata, { actor: "clerk", correlationId: "request-7" }))
      const all = yield* stored("Tally-a")
      expect(all.map(({ metadata }) => metadata)).toEqual([
        { causationId: "first" },
        { causationId: "first" },
        { causationId: "second", actor: "teller", correlationId: "request-7" },
        { causationId: "second", actor: "teller", correlationId: "request-7" }
      ])
      expect(all.map(({ occurredAt }) => occurredAt.epochMilliseconds)).toEqual(
        [3, 3, 1, 1].map((n) => day(n).epochMilliseconds)
      )
      expect(all[3]!.data).toEqual({ at: "1993-03-01T00:00:00.000Z", of: { command: "second" } })
    }).pipe(Effect.provide(memory))
  )

  it.effect("a broken invariant is a defect that names it, and stores nothing", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      yield* tallies.execute("a", count(1))
      const exit = yield* Effect.exit(tallies.execute("a", { _tag: "Ruin" }))
      const defect = Exit.isFailure(exit) ? Cause.squash(exit.cause) : undefined
      expect(defect).toMatchObject({ name: "InvariantBroken" })
      expect(String(defect)).toMatch(/Ruin on Tally-a would break "never below zero"/)
      expect(yield* stored("Tally-a")).toHaveLength(1)
    }).pipe(Effect.provide(cached))
  )

  it.effect("invalid payloads and ids are refused before the decision", () =>
    Effect.gen(function* () {
      let decided = 0
      const tallies = yield* makeTallies((...args) => (decided++, decide(...args)))
      for (const by of [1.5, NaN, "3" as never]) {
        const reason = yield* reasonOf(tallies.execute("a", count(by)))
        expect(reason._tag).toBe("InvalidRequest")
        expect(reason.message).toContain("Count.by")
      }
      for (const id of ["", "half \ud83d", "x".repeat(1_000), "a\0b"]) {
        expect((yield* reasonOf(tallies.execute(id, count(1))))._tag).toBe("InvalidRequest")
        expect((yield* reasonOf(tallies.load(id)))._tag).toBe("InvalidRequest")
      }
      expect(decided).toBe(0)
    }).pipe(Effect.provide(memory))
  )

  it.effect("an event that does not fit its schema fails with EncodeFailure and its path, and stores nothing", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies(() => [
        { _tag: "Counted", by: 1 },
        { _tag: "Counted", by: 0.5 }
      ])
      const reason = yield* reasonOf(tallies.execute("a", count(1)))
      expect({ ...reason }).toMatchObject({ _tag: "EncodeFailure", stream: "Tally-a", type: "Counted" })
      expect(reason.message).toContain("by")
      expect(yield* stored("Tally-a")).toEqual([])
    }).pipe(Effect.provide(memory))
  )
})

describe("concurrency", () => {
  for (const [what, layer] of [
    ["without a cache", memory],
    ["with a cache", cached]
  ] as const) {
    it.live(`fifty concurrent commands on one instance are all counted, ${what}`, () =>
      Effect.gen(function* () {
        // Two services, like two processes: neither sees the cache of the other.
        const both = [yield* makeTallies(), yield* makeTallies()]
        const commands = Array.from({ length: 50 }, (_, i) => both[i % 2]!.execute("a", count(1)))
        const results = yield* Effect.all(commands, unbounded)
        expect(new Set(results.map(({ version }) => version)).size).toBe(50)
        for (const { state, version } of results) expect(state.count).toBe(version)
        for (const tallies of both) expect((yield* tallies.load("a")).state.count).toBe(50)
      }).pipe(Effect.provide(layer))
    )

    it.live(`a limit holds under concurrency, ${what}`, () =>
      Effect.gen(function* () {
        const both = [yield* makeTallies(), yield* makeTallies()]
        const commands = Array.from({ length: 20 }, (_, i) => Effect.result(both[i % 2]!.execute("a", count(100))))
        const results = yield* Effect.all(commands, unbounded)
        expect(results.filter(({ _tag }) => _tag === "Success")).toHaveLength(10)
        expect((yield* both[0]!.load("a")).state.count).toBe(most)
      }).pipe(Effect.provide(layer))
    )
  }

  it.effect("a refusal on a cached state is decided again on the stored state", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* makeTallies(), yield* makeTallies()]
      yield* one.execute("a", count(900))
      yield* other.execute("a", count(-900))
      // In the cache of `one`, the count is still 900.
      expect(yield* one.execute("a", count(500))).toMatchObject({ state: { count: 500 }, version: 3 })
      // In that of `other` it is 0, so it would accept a command that must be refused.
      expect(yield* Effect.flip(other.execute("a", count(600)))).toMatchObject({ _tag: "TooMuch" })
      expect(yield* other.execute("a", { _tag: "Double" })).toMatchObject({ state: { count: 1_000 } })
      // A command without events would return an old state.
      expect(yield* one.execute("a", { _tag: "Wait" })).toMatchObject({ state: { count: 1_000 }, version: 4 })
    }).pipe(Effect.provide(cached))
  )

  it.effect("an invariant that would be broken on a cached state is checked on the stored state", () =>
    Effect.gen(function* () {
      const [one, other] = [yield* makeTallies(), yield* makeTallies()]
      yield* one.execute("a", count(1))
      yield* other.execute("a", count(500))
      // In the cache of `one`, the count is still 1, and would become negative.
      expect(yield* one.execute("a", count(-300))).toMatchObject({ state: { count: 201 }, version: 3 })
    }).pipe(Effect.provide(cached))
  )

  it.live("a command that conflicts every time fails with the last conflict", () =>
    Effect.gen(function* () {
      let tries = 0
      const tallies = yield* makeTalliesOn(() => ({
        append: (stream, expected) => {
          tries++
          return failing(StoreError.versionConflict({ stream, expected, actual: 9 }).reason)
        }
      }))
      expect((yield* reasonOf(tallies.execute("a", count(1))))._tag).toBe("VersionConflict")
      expect(tries).toBe(31)
    }).pipe(Effect.provide(memory))
  )

  it.effect("facts are fetched once, and every attempt decides with the same", () =>
    Effect.gen(function* () {
      let lost = 0
      const seen: Array<string> = []
      const tallies = yield* makeTalliesOn(
        (real) => ({
          append: (stream, expected, events) =>
            lost++ > 0
              ? real.append(stream, expected, events)
              : Effect.andThen(
                  TestClock.adjust("1 hour"),
                  failing(StoreError.versionConflict({ stream, expected, actual: 9 }).reason)
                )
        }),
        (state, command, facts) => {
          seen.push(`${facts.commandId} ${facts.now.epochMilliseconds}`)
          return decide(state, command, facts)
        }
      )
      yield* tallies.execute("a", { _tag: "Note" })
      expect(seen).toHaveLength(2)
      expect(seen[0]).toBe(seen[1])
    }).pipe(Effect.provide(memory))
  )
})

describe("a command id", () => {
  for (const [what, layer] of [
    ["without a cache", memory],
    ["with a cache", cached]
  ] as const) {
    it.effect(`repeated returns the first result and appends nothing, ${what}`, () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        yield* tallies.execute("a", count(10))
        const first = yield* tallies.execute("a", { _tag: "Note" }, { commandId: "c" })
        expect(yield* tallies.execute("a", { _tag: "Note" }, { commandId: "c" })).toEqual({ ...first, repeated: true })
        yield* tallies.execute("a", count(5))
        expect(yield* tallies.execute("a", { _tag: "Note" }, { commandId: "c" })).toEqual({ ...first, repeated: true })
        expect(yield* stored("Tally-a")).toHaveLength(4)
        // For another instance it is another command.
        expect(yield* tallies.execute("b", { _tag: "Note" }, { commandId: "c" })).toMatchObject({ version: 2 })
      }).pipe(Effect.provide(layer))
    )

    it.effect(`repeated returns the first result even if it would be decided differently now, ${what}`, () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        yield* tallies.execute("a", count(300))
        const first = yield* tallies.execute("a", { _tag: "Double" }, { commandId: "d" })
        // Now the command would be refused, and before that it would emit other events.
        expect(yield* tallies.execute("a", { _tag: "Double" }, { commandId: "d" })).toEqual({
          ...first,
          repeated: true
        })
        yield* tallies.execute("a", count(-500))
        expect(yield* tallies.execute("a", { _tag: "Double" }, { commandId: "d" })).toEqual({
          ...first,
          repeated: true
        })
        expect(yield* stored("Tally-a")).toHaveLength(3)
      }).pipe(Effect.provide(layer))
    )

    it.live(`used twenty times at once is executed once, ${what}`, () =>
      Effect.gen(function* () {
        const both = [yield* makeTallies(), yield* makeTallies()]
        yield* both[0]!.execute("a", count(1))
        const same = Array.from({ length: 20 }, (_, i) =>
          both[i % 2]!.execute("a", { _tag: "Double" }, { commandId: "e" })
        )
        const others = Array.from({ length: 5 }, () => both[0]!.execute("a", count(1)))
        const [results] = yield* Effect.all([Effect.all(same, unbounded), Effect.all(others, unbounded)], unbounded)
        expect(new Set(results.map((result) => JSON.stringify({ ...result, repeated: 0 }))).size).toBe(1)
        expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1)
        expect(yield* stored("Tally-a")).toHaveLength(7)
      }).pipe(Effect.provide(layer))
    )
  }

  it.effect("decided differently by two services at once returns the first result to both", () =>
    Effect.gen(function* () {
      const other = yield* makeTallies()
      yield* other.execute("a", count(1))
      let before = true
      // Between the load and the append, another service executes the same command on another
      // state.
      const tallies = yield* makeTalliesOn((real) => ({
        append: (stream, expected, events) => {
          if (!before) return real.append(stream, expected, events)
          before = false
          return Effect.gen(function* () {
            yield* other.execute("a", count(5))
            yield* other.execute("a", { _tag: "Double" }, { commandId: "f" })
          }).pipe(Effect.orDie, Effect.andThen(real.append(stream, expected, events)))
        }
      }))
      const executed = yield* tallies.execute("a", { _tag: "Double" }, { commandId: "f" })
      expect(executed).toEqual({
        state: { count: 12, steps: 3 },
        version: 3,
        position: 3,
        events: [{ _tag: "Counted", by: 6 }],
        repeated: true
      })
      expect(yield* stored("Tally-a")).toHaveLength(3)
    }).pipe(Effect.provide(memory))
  )
})

describe("an append with an unknown outcome", () => {
  const unknown = StoreError.outcomeUnknown({ problem: "the connection died while committing" }).reason
  const away = StoreError.unavailable({ problem: "no answer", retryable: true }).reason

  for (const [what, layer] of [
    ["without a cache", memory],
    ["with a cache", cached]
  ] as const) {
    for (const written of [true, false]) {
      it.effect(`is settled by the same ids if it was ${written ? "" : "not "}written, ${what}`, () =>
        Effect.gen(function* () {
          let fail = 0
          const tallies = yield* makeTalliesOn((real) => ({
            append: (stream, expected, events) => {
              if (fail-- <= 0) return real.append(stream, expected, events)
              return written
                ? Effect.andThen(real.append(stream, expected, events), failing(unknown))
                : failing(unknown)
            }
          }))
          yield* tallies.execute("a", count(1))
          fail = 1
          const executed = yield* tallies.execute("a", { _tag: "Double" })
          expect(executed).toEqual({
            state: { count: 2, steps: 2 },
            version: 2,
            position: 2,
            events: [{ _tag: "Counted", by: 1 }],
            repeated: false
          })
          expect(yield* stored("Tally-a")).toHaveLength(2)
          expect(yield* tallies.execute("a", count(1))).toMatchObject({ state: { count: 3 }, version: 3 })
        }).pipe(Effect.provide(layer))
      )
    }
  }

  it.live("fails the command with OutcomeUnknown if it stays unknown", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTalliesOn(() => ({ append: () => failing(unknown) }))
      expect((yield* reasonOf(tallies.execute("a", count(1))))._tag).toBe("OutcomeUnknown")
    }).pipe(Effect.provide(memory))
  )

  it.effect("fails the command with OutcomeUnknown if the store becomes unavailable, in an append or a read", () =>
    Effect.gen(function* () {
      for (const operation of ["append", "read"] as const) {
        let gone = false
        const tallies = yield* makeTalliesOn((real) => ({
          append: () => {
            if (gone) return failing(away)
            gone = true
            return failing(unknown)
          },
          read: (stream, options) =>
            gone && operation === "read" ? Stream.fromEffect(failing(away)) : real.read(stream, options)
        }))
        expect((yield* reasonOf(tallies.execute("a", count(1))))._tag).toBe("OutcomeUnknown")
      }
    }).pipe(Effect.provide(memory))
  )

  it.effect("is not reported if nothing was sent: other failures are returned unchanged, at once", () =>
    Effect.gen(function* () {
      let tries = 0
      const tallies = yield* makeTalliesOn(() => ({
        append: () => {
          tries++
          return failing(away)
        }
      }))
      expect((yield* reasonOf(tallies.execute("a", count(1))))._tag).toBe("Unavailable")
      expect(tries).toBe(1)
    }).pipe(Effect.provide(memory))
  )
})
