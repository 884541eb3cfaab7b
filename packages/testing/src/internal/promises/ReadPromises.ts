/** Promise 5 (no event is missed), reading parts of a stream, and promise 10 (the two times). */
import { DateTime, Effect } from "effect"
import { type Event, EventStore } from "eventfold"
import { expect } from "vitest"
import {
  append,
  event,
  events,
  eventsAt,
  idsOf,
  isRising,
  promise,
  type Promises,
  read,
  readAll,
  uniqueName,
  uniqueStream,
  upTo,
  versionsOf
} from "./Fixture.ts"
import * as LogModel from "./LogModel.ts"

const unbounded = { concurrency: "unbounded" } as const

export const logReading: Promises = [
  promise(
    "5. a reader of the log sees every event once, in order, while many writers append",
    Effect.gen(function* () {
      const name = uniqueName()
      const [writers, each] = [16, 25]
      const start = yield* append(uniqueStream(), "any", yield* events(1))
      const writer = (n: number) =>
        Effect.gen(function* () {
          for (let i = 0; i < each; i++) {
            // Writers share streams, and append several events at once.
            yield* append(`${name}-${(n + i) % 5}`, "any", yield* events((i % 3) + 1))
          }
        })
      const perWriter = upTo(each).reduce((sum, i) => sum + ((i - 1) % 3) + 1, 0)
      const seen: Array<Event.RecordedEvent> = []
      let areDone = false
      const reader = Effect.gen(function* () {
        let after = start.position
        // An event that many reads after the last write do not return is lost.
        for (let late = 0; seen.length < writers * perWriter && late < 1_000; late += areDone ? 1 : 0) {
          const page = yield* readAll({ after, aggregates: [name], pageSize: 7 })
          seen.push(...page)
          after = seen.at(-1)?.position ?? after
          yield* Effect.sleep("1 millis")
        }
      })
      const written = Effect.all(upTo(writers).map(writer), unbounded).pipe(
        Effect.andThen(Effect.sync(() => void (areDone = true)))
      )
      yield* Effect.all([reader, written], unbounded)
      const stored = yield* readAll({ after: start.position, aggregates: [name] })
      expect(stored).toHaveLength(writers * perWriter)
      expect(isRising(seen.map(({ position }) => position))).toBe(true)
      expect(idsOf(seen)).toEqual(idsOf(stored))
    })
  ),

  promise(
    "5. the log has the events of its streams",
    Effect.gen(function* () {
      const name = uniqueName()
      for (let i = 0; i < 12; i++) yield* append(`${name}-${i % 3}`, "any", yield* events(2))
      const all = yield* readAll({ aggregates: [name] })
      expect(isRising(all.map(({ position }) => position))).toBe(true)
      for (let i = 0; i < 3; i++) {
        const stream = `${name}-${i}`
        expect(all.filter((event) => event.stream === stream)).toEqual(yield* read(stream))
      }
    })
  ),

  promise(
    "5. aggregates and types filter exactly",
    Effect.gen(function* () {
      const name = uniqueName()
      // Each of these matches the first if prefixes, patterns or collations are compared inexactly.
      const names = [`${name}_a`, `${name}_a2`, `${name}Xa`, `${name}_A`, `${name}%a`]
      const types = ["Noted", "Note", "Noted_", "noted"]
      const start = yield* append(`${name}-0`, "any", yield* events(1))
      for (const each of names) {
        for (const type of types) yield* append(`${each}-1-${type}`, "any", yield* events(1, { type }))
      }
      const found = (options: Parameters<EventStore.Service["readAll"]>[0]) =>
        Effect.map(readAll({ after: start.position, ...options }), (all) =>
          all.map(({ stream, type }) => `${stream.slice(name.length)} ${type}`)
        )
      expect(yield* found({ aggregates: [names[0]!] })).toEqual(types.map((type) => `_a-1-${type} ${type}`))
      expect(yield* found({ aggregates: [names[4]!], types: ["Note", "noted"] })).toEqual([
        "%a-1-Note Note",
        "%a-1-noted noted"
      ])
      expect(yield* found({ aggregates: [names[3]!, names[0]!], types: ["Noted"] })).toEqual([
        "_a-1-Noted Noted",
        "_A-1-Noted Noted"
      ])
      expect(yield* found({ aggregates: [`${name}_`] })).toEqual([])
      expect(yield* found({ aggregates: names, types: ["Nothing"] })).toEqual([])
      expect(yield* found({ aggregates: names, types: [] })).toEqual([])
      expect(yield* found({ aggregates: [] })).toEqual([])
    })
  ),

  promise(
    "5. after, limit and pageSize are exact",
    Effect.gen(function* () {
      const name = uniqueName()
      for (let i = 0; i < 9; i++) {
        yield* append(`${name}-${i % 2}`, "any", yield* events(1, { type: i % 3 === 0 ? "Third" : "Noted" }))
      }
      const all = yield* readAll({ aggregates: [name] })
      for (const types of [undefined, ["Third"]]) {
        const kept = all.filter(({ type }) => types?.includes(type) ?? true)
        for (const after of [0, ...all.map(({ position }) => position)]) {
          const rest = kept.filter(({ position }) => position > after)
          for (const limit of [undefined, 0, 1, 3, 4, 9, 10]) {
            for (const pageSize of [1, 2, 3, 100]) {
              const options: Parameters<EventStore.Service["readAll"]>[0] = {
                after,
                aggregates: [name],
                pageSize,
                ...(types === undefined ? {} : { types }),
                ...(limit === undefined ? {} : { limit })
              }
              const found = idsOf(yield* readAll(options))
              expect({ options, found }).toEqual({ options, found: idsOf(rest.slice(0, limit)) })
            }
          }
        }
      }
      expect(yield* readAll({ after: Number.MAX_SAFE_INTEGER })).toEqual([])
    })
  ),

  promise(
    "5. a stream of several pages is read completely, in both directions",
    Effect.gen(function* () {
      const stream = uniqueStream()
      yield* append(stream, "any", yield* events(2_501))
      expect(versionsOf(yield* read(stream))).toEqual(upTo(2_501))
      expect(versionsOf(yield* read(stream, { direction: "backwards" }))).toEqual(upTo(2_501).toReversed())
      expect(versionsOf(yield* read(stream, { from: 990, limit: 1_200 }))).toEqual(upTo(2_189).slice(989))
    })
  )
]

export const streamReading: Promises = [
  promise(
    "read: from, to and limit are exact in both directions",
    Effect.gen(function* () {
      const stream = uniqueStream()
      yield* append(stream, "any", yield* events(5))
      const stored = yield* read(stream)
      const bounds = [undefined, 0, 1, 3, 5, 6]
      for (const from of bounds) {
        for (const to of bounds) {
          for (const limit of [undefined, 0, 2, 5, 9]) {
            for (const direction of ["forwards", "backwards"] as const) {
              const options: EventStore.ReadOptions = {
                direction,
                ...(from === undefined ? {} : { from }),
                ...(to === undefined ? {} : { to }),
                ...(limit === undefined ? {} : { limit })
              }
              const found = versionsOf(yield* read(stream, options))
              expect({ options, found }).toEqual({ options, found: versionsOf(LogModel.readOf(stored, options)) })
            }
          }
        }
      }
    })
  ),

  promise(
    "read: every part of a stream without events is empty",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const long = DateTime.makeUnsafe("2999-01-01T00:00:00Z")
      for (const options of [{}, { from: 3 }, { direction: "backwards", limit: 1 }, { asOf: long }] as const) {
        expect(yield* read(stream, options)).toEqual([])
      }
    })
  ),

  promise(
    "read: asOf returns the longest prefix without a later event, even if times decrease",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const day = (n: number) => DateTime.makeUnsafe(Date.UTC(1993, 2, n))
      yield* append(stream, "any", yield* eventsAt([1, 3, 2, 2, 5, 4, 6].map(day)))
      const asOf = (n: number, options: EventStore.ReadOptions = {}) =>
        Effect.map(read(stream, { ...options, asOf: day(n) }), versionsOf)
      expect(yield* asOf(0)).toEqual([])
      expect(yield* asOf(1)).toEqual([1])
      // The second event occurred on the third day, so that the prefix ends before it.
      expect(yield* asOf(2)).toEqual([1])
      expect(yield* asOf(3)).toEqual([1, 2, 3, 4])
      expect(yield* asOf(4)).toEqual([1, 2, 3, 4])
      expect(yield* asOf(5)).toEqual([1, 2, 3, 4, 5, 6])
      expect(yield* asOf(9)).toEqual(upTo(7))
      // The prefix is computed first, and then the part of it.
      expect(yield* asOf(3, { direction: "backwards", limit: 2 })).toEqual([4, 3])
      expect(yield* asOf(5, { from: 3, to: 5, limit: 2 })).toEqual([3, 4])
      expect(yield* asOf(3, { from: 5 })).toEqual([])
      const before = DateTime.makeUnsafe(Date.UTC(1993, 2, 3) - 1)
      expect(versionsOf(yield* read(stream, { asOf: before }))).toEqual([1])
    })
  ),

  promise(
    "read: asKnownAt returns the events that were recorded by then, and can be combined with asOf",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const day = (n: number) => DateTime.makeUnsafe(Date.UTC(1993, 2, n))
      for (const n of [1, 2, 9, 3]) {
        yield* append(stream, "any", yield* eventsAt([day(n)]))
        yield* Effect.sleep("5 millis")
      }
      const stored = yield* read(stream)
      const times = stored.map(({ recordedAt }) => recordedAt)
      expect(isRising(times.map(({ epochMilliseconds }) => epochMilliseconds))).toBe(true)
      for (const [i, asKnownAt] of times.entries()) {
        expect(versionsOf(yield* read(stream, { asKnownAt }))).toEqual(upTo(i + 1))
        const before = DateTime.makeUnsafe(asKnownAt.epochMilliseconds - 1)
        expect(versionsOf(yield* read(stream, { asKnownAt: before }))).toEqual(upTo(i))
      }
      expect(versionsOf(yield* read(stream, { asKnownAt: times[1]!, asOf: day(9) }))).toEqual([1, 2])
      expect(versionsOf(yield* read(stream, { asKnownAt: times[3]!, asOf: day(5) }))).toEqual([1, 2])
    })
  )
]

export const times: Promises = [
  promise(
    "10. occurredAt defaults to recordedAt, and a given time is read back to the millisecond",
    Effect.gen(function* () {
      const stream = uniqueStream()
      yield* append(stream, "any", yield* events(2))
      const given = [
        "1993-03-03T12:34:56.789Z",
        "1969-12-31T23:59:59.999Z",
        "0001-01-01T00:00:00.001Z",
        "9999-12-31T23:59:59.999Z",
        "1993-03-28T02:30:00.000Z"
      ].map((text) => DateTime.makeUnsafe(text))
      yield* append(stream, "any", yield* eventsAt(given))
      const stored = yield* read(stream)
      for (const { occurredAt, recordedAt } of stored.slice(0, 2)) {
        expect(occurredAt.epochMilliseconds).toBe(recordedAt.epochMilliseconds)
      }
      expect(stored.slice(2).map(({ occurredAt }) => DateTime.formatIso(occurredAt))).toEqual(
        given.map(DateTime.formatIso)
      )
      for (const { recordedAt } of stored) expect(Number.isInteger(recordedAt.epochMilliseconds)).toBe(true)
    })
  ),

  promise(
    "10. recordedAt never decreases within a stream, even with concurrent appends",
    Effect.gen(function* () {
      const stream = uniqueStream()
      yield* Effect.all(
        Array.from({ length: 40 }, () => Effect.flatMap(event(), (one) => append(stream, "any", [one]))),
        unbounded
      )
      const times = (yield* read(stream)).map(({ recordedAt }) => recordedAt.epochMilliseconds)
      expect(times).toEqual([...times].sort((a, b) => a - b))
    })
  )
]
