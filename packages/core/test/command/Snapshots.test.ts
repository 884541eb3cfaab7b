import { it } from "@effect/vitest"
import { Effect, Layer, Metric, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { AggregateCache, EventStore, MemoryEventStore, Repository, Snapshots } from "eventfold"
import { StoreMetrics } from "eventfold/store"
import { describe, expect } from "vitest"
import * as SnapshotWriter from "../../src/internal/command/SnapshotWriter.ts"
import {
  codec,
  type Command,
  count,
  decide,
  type Failures,
  fold,
  makeTallies,
  makeTalliesOn,
  type State,
  Tally,
  type TallyEvent
} from "../Tally.ts"

const memory = MemoryEventStore.layer
const every = (events: number) => Layer.merge(memory, Snapshots.layer({ events }))
const stream = "Tally-a"
const unknownId = "00000000-0000-7000-8000-000000000000"

const snapshots = EventStore.EventStore.use(({ snapshots }) => Effect.succeed(snapshots!))
const latest = Effect.flatMap(snapshots, ({ latest }) => latest(stream, fold.fingerprint))
/** Yields, so that the fiber of the writer runs. */
const settle = Effect.yieldNow.pipe(Effect.repeat({ times: 50 }))

/** Makes a new service, and records the versions that it reads. */
const watched = Effect.gen(function* () {
  const reads: Array<ReadonlyArray<number>> = []
  const tallies = yield* makeTalliesOn((real) => ({
    read: (name, options) => {
      const versions: Array<number> = []
      reads.push(versions)
      return Stream.tap(real.read(name, options), ({ version }) => Effect.sync(() => versions.push(version)))
    }
  }))
  return { tallies, reads }
})

const fill = (events: number) =>
  Effect.gen(function* () {
    const tallies = yield* makeTallies()
    for (let i = 0; i < events; i++) yield* tallies.execute("a", count(1))
    yield* settle
  })

describe("snapshots", () => {
  it.effect("are taken after a number of events, and the next load continues from there", () =>
    Effect.gen(function* () {
      yield* fill(9)
      expect(yield* latest).toBeUndefined()
      yield* fill(1)
      expect(yield* latest).toMatchObject({ version: 10, state: `{"count":10,"steps":10}` })
      yield* fill(3)
      expect(yield* latest).toMatchObject({ version: 10 })
      const { reads, tallies } = yield* watched
      expect(yield* tallies.load("a")).toEqual({ state: { count: 13, steps: 13 }, version: 13 })
      // The tenth is read again, to check that it is still the same.
      expect(reads).toEqual([[10, 11, 12, 13]])
    }).pipe(Effect.provide(every(10)))
  )

  it.effect("keep keys with escaped characters", () =>
    Effect.gen(function* () {
      const Notes = Schema.Record(Schema.String, Schema.Int)
      const { latest, save } = yield* snapshots
      const writer = yield* SnapshotWriter.make({
        name: "Notes",
        fold: { initial: {}, apply: (state: typeof Notes.Type) => state, run: (state) => state, fingerprint: "notes" },
        codec: Schema.toCodecJson(Notes),
        policy: { events: 1 },
        snapshots: yield* snapshots
      })
      // The source text of the second key begins with the first key, which was parsed at the same
      // place.
      for (const state of [
        { notes: 0, "\\": 1 },
        { notes: 0, '"': 1 }
      ]) {
        const saved = { stream, version: 1, eventId: unknownId, fingerprint: "notes", state: JSON.stringify(state) }
        yield* save(saved, { replace: true })
        expect(yield* latest(stream, "notes")).toEqual(saved)
        expect((yield* writer.latest(stream))?.state).toEqual(state)
      }
    }).pipe(Effect.provide(memory))
  )

  it.effect("are neither taken nor read without a policy", () =>
    Effect.gen(function* () {
      yield* fill(30)
      expect(yield* latest).toBeUndefined()
      const { snapshots } = yield* EventStore.EventStore
      yield* snapshots!.save({ stream, version: 1, eventId: unknownId, fingerprint: fold.fingerprint, state: "broken" })
      const tallies = yield* makeTallies()
      expect((yield* tallies.load("a")).version).toBe(30)
    }).pipe(Effect.provide(memory))
  )

  it.effect("are taken after a slow load", () =>
    Effect.gen(function* () {
      const slow = yield* makeTalliesOn((real) => ({
        read: (name, options) => Stream.tap(real.read(name, options), () => TestClock.adjust("40 millis"))
      }))
      yield* slow.execute("a", count(1))
      yield* slow.load("a")
      yield* settle
      expect(yield* latest).toBeUndefined()
      yield* slow.execute("a", count(1))
      yield* slow.load("a")
      yield* settle
      expect(yield* latest).toMatchObject({ version: 2 })
    }).pipe(Effect.provide(Layer.merge(memory, Snapshots.layer({ slowerThan: "50 millis" }))))
  )

  it.effect("are taken at an interval, of the streams that have changed", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      yield* tallies.execute("a", count(1))
      yield* TestClock.adjust("9 minutes")
      yield* settle
      expect(yield* latest).toBeUndefined()
      yield* TestClock.adjust("1 minute")
      yield* settle
      expect(yield* latest).toMatchObject({ version: 1 })
    }).pipe(Effect.provide(Layer.merge(memory, Snapshots.layer({ interval: "10 minutes" }))))
  )

  it.effect("of another fingerprint are never used", () =>
    Effect.gen(function* () {
      yield* fill(10)
      const { save } = yield* snapshots
      const known = (yield* latest)!
      yield* save({ ...known, fingerprint: "another apply", state: `{"count":-1,"steps":-1}` })
      const tallies = yield* makeTallies()
      expect((yield* tallies.load("a")).state.count).toBe(10)
    }).pipe(Effect.provide(every(10)))
  )

  for (const [what, change] of [
    ["is no JSON", { state: "{" }],
    ["does not fit the state's schema", { state: `{"count":"ten","steps":10}` }],
    ["is beyond a bound of the state's schema", { state: `{"count":10,"steps":-1}` }],
    ["is of an event that the log does not have", { eventId: unknownId }],
    ["is ahead of the log", { version: 40 }]
  ] as const) {
    it.effect(`one that ${what} is ignored, reported and replaced`, () =>
      Effect.gen(function* () {
        yield* fill(10)
        const { save } = yield* snapshots
        yield* save({ ...(yield* latest)!, ...change }, { replace: true })
        const failed = Metric.value(StoreMetrics.snapshotsFailed)
        const before = (yield* failed).count
        const tallies = yield* makeTallies()
        expect(yield* tallies.load("a")).toEqual({ state: { count: 10, steps: 10 }, version: 10 })
        yield* settle
        expect((yield* failed).count).toBe(before + 1)
        expect(yield* latest).toMatchObject({ version: 10, state: `{"count":10,"steps":10}` })
        expect((yield* latest)!.eventId).not.toBe(change)
        yield* tallies.load("a")
        expect((yield* failed).count).toBe(before + 1)
      }).pipe(Effect.provide(every(10)))
    )
  }

  describe("after a bound of the state was narrowed", () => {
    const narrowed = (count: number) =>
      Repository.make<string, State, Command, TallyEvent, Failures>({
        name: Tally.name,
        id: Tally.id,
        fold,
        decide,
        codec: {
          ...codec,
          state: Schema.toCodecJson(
            Schema.Struct({ count: Schema.Int.check(Schema.isLessThanOrEqualTo(count)), steps: Schema.Natural })
          )
        },
        command: Tally.command,
        invariants: Tally.invariants
      })

    it.effect("are not used: the state is folded from the events, and replaces the snapshot that does not fit", () =>
      Effect.gen(function* () {
        yield* fill(10)
        const { save } = yield* snapshots
        const taken = (yield* latest)!
        yield* save({ ...taken, state: `{"count":5000,"steps":10}` }, { replace: true })
        const tallies = yield* narrowed(100)
        expect(yield* tallies.load("a")).toEqual({ state: { count: 10, steps: 10 }, version: 10 })
        yield* settle
        expect(yield* latest).toEqual(taken)
      }).pipe(Effect.provide(every(10)))
    )

    it.effect("are dropped if the folded state does not fit either, which is reported once", () =>
      Effect.gen(function* () {
        yield* fill(10)
        const tallies = yield* narrowed(5)
        const failed = Effect.map(Metric.value(StoreMetrics.snapshotsFailed), ({ count }) => count)
        const before = yield* failed
        const state = { count: 10, steps: 10 }
        expect(yield* tallies.load("a")).toEqual({ state, version: 10 })
        yield* settle
        expect(yield* latest).toBeUndefined()
        // The old one is ignored, and none is taken instead.
        expect(yield* failed).toBe(before + 2)
        expect(yield* tallies.load("a")).toEqual({ state, version: 10 })
        yield* tallies.execute("a", count(-1))
        yield* settle
        expect(yield* failed).toBe(before + 2)
      }).pipe(Effect.provide(every(10)))
    )

    it.effect("are not used if a check refuses some of their keys now", () =>
      Effect.gen(function* () {
        const { save } = yield* snapshots
        yield* save({ stream, version: 1, eventId: unknownId, fingerprint: "keys", state: `{"long":1,"s":2}` })
        const Keys = Schema.Record(Schema.String.check(Schema.isMaxLength(2)), Schema.Int)
        const reader = yield* SnapshotWriter.make({
          name: "Keys",
          fold: { initial: {}, apply: (state: typeof Keys.Type) => state, run: (state) => state, fingerprint: "keys" },
          codec: Schema.toCodecJson(Keys),
          policy: { events: 1 },
          snapshots: yield* snapshots
        })
        expect(yield* reader.latest(stream)).toBeUndefined()
      }).pipe(Effect.provide(memory))
    )
  })

  it.effect("can be dropped at any time", () =>
    Effect.gen(function* () {
      yield* fill(20)
      const { drop } = yield* snapshots
      expect(yield* drop({ aggregate: "Tall" })).toBe(0)
      expect(yield* drop({ aggregate: "Tally" })).toBe(1)
      expect(yield* latest).toBeUndefined()
      const tallies = yield* makeTallies()
      expect((yield* tallies.load("a")).version).toBe(20)
      yield* settle
      expect(yield* latest).toMatchObject({ version: 20 })
      expect(yield* drop("all")).toBe(1)
    }).pipe(Effect.provide(every(10)))
  )

  it.effect("that cannot be written delay no command", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTalliesOn((real) => ({
        snapshots: { ...real.snapshots!, save: () => Effect.die(new Error("the disk is full")) }
      }))
      for (let i = 0; i < 5; i++) yield* tallies.execute("a", count(1))
      yield* settle
      expect((yield* tallies.load("a")).version).toBe(5)
    }).pipe(Effect.provide(every(1)))
  )

  it.effect("are used for past states if they fit, and not if they are too new", () =>
    Effect.gen(function* () {
      yield* fill(10)
      yield* fill(2)
      const { reads, tallies } = yield* watched
      expect(yield* tallies.loadAt("a", 11)).toMatchObject({ state: { count: 11 }, version: 11 })
      expect(yield* tallies.loadAt("a", 4)).toMatchObject({ state: { count: 4 }, version: 4 })
      expect(reads).toEqual([
        [10, 11],
        [1, 2, 3, 4]
      ])
    }).pipe(Effect.provide(every(10)))
  )

  it.effect("are dropped when their stream is truncated, and none is taken of it again", () =>
    Effect.gen(function* () {
      yield* fill(10)
      const store = yield* EventStore.EventStore
      yield* store.truncate(stream, { before: 5 })
      expect(yield* latest).toBeUndefined()
      yield* store.snapshots!.save({
        stream,
        version: 10,
        eventId: unknownId,
        fingerprint: fold.fingerprint,
        state: "{}"
      })
      expect(yield* latest).toBeUndefined()
    }).pipe(Effect.provide(every(10)))
  )

  it.effect("are refused an empty or invalid policy", () =>
    Effect.gen(function* () {
      for (const policy of [
        {},
        { events: 0 },
        { events: 1.5 },
        { interval: 0 },
        { slowerThan: "-1 seconds" }
      ] as const) {
        const built = yield* Effect.exit(Effect.scoped(Layer.build(Snapshots.layer(policy))))
        expect(String(built)).toContain("Snapshots.layer:")
      }
    })
  )
})

describe("the state cache", () => {
  it.effect("makes a load read only new events", () =>
    Effect.gen(function* () {
      const { reads, tallies } = yield* watched
      yield* tallies.execute("a", count(1))
      yield* fill(2)
      expect((yield* tallies.load("a")).state.count).toBe(3)
      expect(reads).toEqual([[], [1, 2, 3]])
      yield* tallies.load("a")
      expect(reads.at(-1)).toEqual([3])
    }).pipe(Effect.provide(Layer.merge(memory, AggregateCache.layer({ capacity: 10 }))))
  )
})
