/** Promises 1 to 3: all or nothing, expected versions, and order. */
import { Effect } from "effect"
import type { Event, EventStore } from "eventfold"
import { expect } from "vitest"
import {
  append,
  appendAll,
  event,
  events,
  idsOf,
  isRising,
  promise,
  type Promises,
  read,
  reasonOf,
  uniqueStream,
  upTo,
  versionsOf
} from "./Fixture.ts"

const unbounded = { concurrency: "unbounded" } as const

export const atomicity: Promises = [
  promise(
    "1. an append writes all of its events, and returns the version and position of the last one",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const some = yield* events(5)
      const appended = yield* append(stream, "noStream", some)
      const stored = yield* read(stream)
      expect(idsOf(stored)).toEqual(idsOf(some))
      expect(versionsOf(stored)).toEqual([1, 2, 3, 4, 5])
      expect(appended).toEqual({ version: 5, position: stored[4]!.position, repeated: false })
    })
  ),

  promise(
    "1. a refused append writes none of its events",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const [known] = yield* events(1)
      yield* append(uniqueStream(), "any", [known!])
      const fine = yield* events(3)
      expect((yield* reasonOf(append(stream, 7, fine)))._tag).toBe("VersionConflict")
      expect((yield* reasonOf(append(stream, "any", [...fine, known!])))._tag).toBe("EventIdReused")
      const broken = yield* event({ data: NaN })
      expect((yield* reasonOf(append(stream, "any", [...fine, broken])))._tag).toBe("InvalidRequest")
      expect(yield* read(stream)).toEqual([])
      // A refused append leaves no trace: its ids can be used.
      expect(yield* append(stream, "noStream", fine)).toMatchObject({ version: 3, repeated: false })
    })
  ),

  promise(
    "1. appendAll writes to all streams, with results in the order of the appends",
    Effect.gen(function* () {
      const streams = [uniqueStream(), uniqueStream(), uniqueStream()].sort().toReversed()
      yield* append(streams[1]!, "any", yield* events(2))
      const counts = [3, 1, 2]
      const appends: Array<EventStore.Append> = []
      for (const [i, stream] of streams.entries()) {
        appends.push({ stream, expected: i === 1 ? 2 : "noStream", events: yield* events(counts[i]!) })
      }
      const results = yield* appendAll(appends)
      expect(versionsOf(results)).toEqual([3, 3, 2])
      for (const [i, stream] of streams.entries()) {
        const stored = yield* read(stream)
        expect(idsOf(stored).slice(-counts[i]!)).toEqual(idsOf(appends[i]!.events))
        expect(results[i]!.position).toBe(stored.at(-1)!.position)
      }
      expect(yield* appendAll([])).toEqual([])
    })
  ),

  ...(
    [
      ["conflicts", "VersionConflict"],
      ["reuses an id", "EventIdReused"],
      ["gets data that cannot be stored", "InvalidRequest"]
    ] as const
  ).map(([what, tag]) =>
    promise(
      `1. appendAll writes to no stream if a stream in the middle ${what}`,
      Effect.gen(function* () {
        const [before, middle, after] = [uniqueStream(), uniqueStream(), uniqueStream()].sort()
        const [known] = yield* events(1)
        yield* append(middle!, "noStream", [known!])
        const others = yield* events(3)
        const bad: ReadonlyArray<Event.NewEvent> = {
          VersionConflict: [others[2]!],
          EventIdReused: [others[2]!, known!],
          InvalidRequest: [others[2]!, yield* event({ data: { far: { down: Infinity } } })]
        }[tag]
        const reason = yield* reasonOf(
          appendAll([
            { stream: before!, expected: "noStream", events: [others[0]!] },
            { stream: middle!, expected: tag === "VersionConflict" ? "noStream" : "any", events: bad },
            { stream: after!, expected: "any", events: [others[1]!] }
          ])
        )
        expect(reason._tag).toBe(tag)
        if (reason._tag === "VersionConflict") {
          expect(reason).toMatchObject({ stream: middle, expected: "noStream", actual: 1 })
        }
        expect(yield* read(before!)).toEqual([])
        expect(idsOf(yield* read(middle!))).toEqual([known!.id])
        expect(yield* read(after!)).toEqual([])
      })
    )
  ),

  promise(
    "1. a concurrent reader of a stream sees all events of an append or none",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const writing = Effect.gen(function* () {
        for (let i = 0; i < 10; i++) yield* append(stream, "any", yield* events(20))
      })
      const seen = new Set<number>()
      const reading = Effect.gen(function* () {
        for (let count = 0; count < 200;) {
          count = (yield* read(stream)).length
          seen.add(count % 20)
          yield* Effect.sleep("1 millis")
        }
      })
      yield* Effect.all([writing, reading], unbounded)
      expect([...seen]).toEqual([0])
    })
  )
]

const outcomes: ReadonlyArray<readonly [EventStore.ExpectedVersion, onNone: boolean, onTwo: boolean]> = [
  ["any", true, true],
  ["noStream", true, false],
  ["streamExists", false, true],
  [0, true, false],
  [1, false, false],
  [2, false, true],
  [3, false, false]
]

export const expectedVersions: Promises = [
  ...outcomes.flatMap(([expected, onNone, onTwo]) =>
    (
      [
        [0, onNone],
        [2, onTwo]
      ] as const
    ).map(([actual, appends]) =>
      promise(
        `2. expected version ${expected} at version ${actual}: ${appends ? "appends" : "VersionConflict"}`,
        Effect.gen(function* () {
          const stream = uniqueStream()
          if (actual > 0) yield* append(stream, "any", yield* events(actual))
          // With several events and with none: an append without events still checks the expected
          // version.
          for (const some of [[], yield* events(2)]) {
            if (appends) {
              const appended = yield* append(stream, expected, some)
              const stored = yield* read(stream)
              expect(appended).toEqual({
                version: actual + some.length,
                position: stored.at(-1)?.position ?? 0,
                repeated: false
              })
              expect(stored).toHaveLength(actual + some.length)
            } else {
              const reason = yield* reasonOf(append(stream, expected, some))
              expect({ ...reason }).toMatchObject({ _tag: "VersionConflict", stream, expected, actual })
              expect(yield* read(stream)).toHaveLength(actual)
            }
          }
        })
      )
    )
  ),

  ...(
    [
      ["noStream", 0],
      [0, 0],
      [1, 1]
    ] as const
  ).map(([expected, before]) =>
    promise(
      `2. of twenty concurrent appends that expect ${expected}, one succeeds`,
      Effect.gen(function* () {
        const stream = uniqueStream()
        if (before > 0) yield* append(stream, "any", yield* events(before))
        const tries = Array.from({ length: 20 }, () =>
          Effect.flatMap(events(1), (some) => Effect.result(append(stream, expected, some)))
        )
        const results = yield* Effect.all(tries, unbounded)
        const won = results.filter((result) => result._tag === "Success")
        expect(won.map(({ success }) => success.version)).toEqual([before + 1])
        for (const result of results) {
          if (result._tag === "Success") continue
          const actual = before + 1
          expect({ ...result.failure.reason }).toMatchObject({ _tag: "VersionConflict", stream, expected, actual })
        }
        expect(yield* read(stream)).toHaveLength(before + 1)
      })
    )
  ),

  promise(
    "2. of twenty concurrent calls of appendAll for the same two new streams, one succeeds, on both",
    Effect.gen(function* () {
      const streams = [uniqueStream(), uniqueStream()]
      const tries = Array.from({ length: 20 }, (_, i) =>
        Effect.gen(function* () {
          const appends: Array<EventStore.Append> = []
          // Half of the calls name the streams in the opposite order: no order of locks may cause a
          // deadlock.
          for (const stream of i % 2 === 0 ? streams : streams.toReversed()) {
            appends.push({ stream, expected: "noStream", events: yield* events(1, { data: i }) })
          }
          return yield* Effect.result(appendAll(appends))
        })
      )
      const results = yield* Effect.all(tries, unbounded)
      const winners = results.flatMap((result, i) => (result._tag === "Success" ? [i] : []))
      expect(winners).toHaveLength(1)
      for (const stream of streams) expect((yield* read(stream)).map(({ data }) => data)).toEqual(winners)
      for (const result of results) {
        if (result._tag === "Failure") expect(result.failure.reason._tag).toBe("VersionConflict")
      }
    })
  ),

  ...(["any", "streamExists"] as const).map((expected) =>
    promise(
      `2. fifty concurrent appends that expect ${expected} all succeed`,
      Effect.gen(function* () {
        const stream = uniqueStream()
        yield* append(stream, "any", yield* events(1))
        const appended = yield* Effect.all(
          Array.from({ length: 50 }, () => Effect.flatMap(events(1), (some) => append(stream, expected, some))),
          unbounded
        )
        expect([...versionsOf(appended)].sort((a, b) => a - b)).toEqual(upTo(51).slice(1))
        expect(versionsOf(yield* read(stream))).toEqual(upTo(51))
      })
    )
  )
]

export const order: Promises = [
  promise(
    "3. positions of appendAll follow the order of its members, and not the names of their streams",
    Effect.gen(function* () {
      const sorted = Array.from({ length: 5 }, uniqueStream).sort()
      for (const streams of [sorted, sorted.toReversed(), [3, 0, 4, 1, 2].map((i) => sorted[i]!)]) {
        const appends: Array<EventStore.Append> = []
        for (const [i, stream] of streams.entries()) {
          // For a member without events, only the expected version is checked.
          appends.push({ stream, expected: "any", events: yield* events(i % 2 === 0 ? 2 : i - 1) })
        }
        yield* appendAll(appends)
        const stored = new Map<string, number>()
        for (const { stream } of appends) {
          for (const { id, position } of yield* read(stream)) stored.set(id, position)
        }
        const positions = appends.flatMap((append) => append.events.map(({ id }) => stored.get(id)!))
        expect(positions).toEqual(positions.toSorted((a, b) => a - b))
      }
    })
  ),

  promise(
    "3. versions have no gaps and rise with positions, even if appends are refused",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const tries = Array.from({ length: 40 }, (_, i) =>
        Effect.gen(function* () {
          const some = yield* events((i % 3) + 1)
          return yield* Effect.result(append(stream, i % 2 === 0 ? "any" : i, some))
        })
      )
      const results = yield* Effect.all(tries, unbounded)
      const stored = yield* read(stream)
      expect(versionsOf(stored)).toEqual(upTo(stored.length))
      expect(isRising(stored.map(({ position }) => position))).toBe(true)
      for (const result of results) {
        if (result._tag === "Failure") continue
        // Each result has the version and position of its own last event.
        const { position, version } = result.success
        expect(stored[version - 1]!.position).toBe(position)
      }
    })
  ),

  promise(
    "3. an append that begins after another was acknowledged has a greater position",
    Effect.gen(function* () {
      let acknowledged = 0
      const writer = Effect.gen(function* () {
        for (let i = 0; i < 15; i++) {
          const before = acknowledged
          const { position } = yield* append(uniqueStream(), "noStream", yield* events(1))
          expect(position).toBeGreaterThan(before)
          acknowledged = Math.max(acknowledged, position)
        }
      })
      yield* Effect.all(
        Array.from({ length: 8 }, () => writer),
        unbounded
      )
    })
  )
]
