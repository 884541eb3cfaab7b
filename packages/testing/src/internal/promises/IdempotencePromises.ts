/**
 * Promise 4: repeated event ids return the first result, and another event with a used id is
 * refused.
 */
import { Effect } from "effect"
import type { Event, EventStore } from "eventfold"
import { expect } from "vitest"
import {
  append,
  appendAll,
  event,
  events,
  promise,
  type Promises,
  read,
  reasonOf,
  uniqueStream,
  versionsOf
} from "./Fixture.ts"

const unbounded = { concurrency: "unbounded" } as const

export const idempotence: Promises = [
  promise(
    "4. repeated ids return the first result, for every expected version and after more events",
    Effect.gen(function* () {
      const stream = uniqueStream()
      yield* append(stream, "any", yield* events(1))
      const some = yield* events(3)
      const first = yield* append(stream, 1, some)
      const again = { ...first, repeated: true }
      for (const expected of ["any", "noStream", "streamExists", 0, 1, 4, 999] as const) {
        expect(yield* append(stream, expected, some)).toEqual(again)
        expect(yield* appendAll([{ stream, expected, events: some }])).toEqual([again])
        yield* append(stream, "any", yield* events(1))
      }
      expect(yield* read(stream)).toHaveLength(11)
    })
  ),

  promise(
    "4. a part of an append, or the events of consecutive appends, return the version and position of the last event",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const [a, b, c, d] = yield* events(4)
      const pair = yield* append(stream, "noStream", [a!, b!])
      const third = yield* append(stream, 2, [c!])
      const fourth = yield* append(stream, 3, [d!])
      const standing: ReadonlyArray<readonly [ReadonlyArray<Event.NewEvent>, EventStore.Appended]> = [
        [[b!], pair],
        [[a!, b!, c!], third],
        [[b!, c!], third],
        [[c!, d!], fourth],
        [[a!, b!, c!, d!], fourth]
      ]
      for (const [some, appended] of standing) {
        expect(yield* append(stream, 999, some)).toEqual({ ...appended, repeated: true })
        expect(yield* appendAll([{ stream, expected: "noStream", events: some }])).toEqual([
          { ...appended, repeated: true }
        ])
      }
      expect(yield* append(stream, "any", [a!])).toMatchObject({ version: 1, repeated: true })
      for (const apart of [
        [a!, c!],
        [a!, b!, d!],
        [c!, b!]
      ]) {
        expect((yield* reasonOf(append(stream, "any", apart)))._tag).toBe("EventIdReused")
      }
      expect(yield* read(stream)).toHaveLength(4)
    })
  ),

  promise(
    "4. metadata and times do not make another event: a retry can have its own",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const first = yield* event({ metadata: { correlationId: "first" } })
      const appended = yield* append(stream, "noStream", [first])
      const retried = { ...first, metadata: { correlationId: "second" } }
      expect(yield* append(stream, "noStream", [retried])).toEqual({ ...appended, repeated: true })
      expect((yield* read(stream))[0]!.metadata).toEqual({ correlationId: "first" })
    })
  ),

  promise(
    "4. a repeated appendAll returns the first results",
    Effect.gen(function* () {
      const appends: Array<EventStore.Append> = []
      for (let i = 0; i < 3; i++) {
        appends.push({ stream: uniqueStream(), expected: "noStream", events: yield* events(2) })
      }
      const first = yield* appendAll(appends)
      const again = first.map((result) => ({ ...result, repeated: true }))
      expect(yield* appendAll(appends)).toEqual(again)
      expect(yield* appendAll(appends.toReversed())).toEqual(again.toReversed())
      for (const { stream } of appends) expect(yield* read(stream)).toHaveLength(2)
    })
  ),

  promise(
    "4. of twenty concurrent appends of the same ids, one writes and all return its result",
    Effect.gen(function* () {
      const stream = uniqueStream()
      const some = yield* events(2)
      const results = yield* Effect.all(
        Array.from({ length: 20 }, () => append(stream, "noStream", some)),
        unbounded
      )
      expect(results.filter(({ repeated }) => !repeated)).toHaveLength(1)
      expect(new Set(results.map(({ position }) => position)).size).toBe(1)
      expect(versionsOf(yield* read(stream))).toEqual([1, 2])
    })
  ),

  promise(
    "4. another event with a used id is EventIdReused, which is checked before the version, and writes nothing",
    Effect.gen(function* () {
      const [stream, other] = [uniqueStream(), uniqueStream()]
      const [a, b] = yield* events(2)
      const [fresh] = yield* events(1)
      yield* append(stream, "noStream", [a!, b!])
      const reused: ReadonlyArray<readonly [what: string, stream: string, events: ReadonlyArray<Event.NewEvent>]> = [
        ["other data", stream, [{ ...a!, data: { of: "another" } }, b!]],
        ["another type", stream, [a!, { ...b!, type: "Renamed" }]],
        ["another stream", other, [a!, b!]],
        ["a new event after known ones", stream, [a!, b!, fresh!]],
        ["a new event before a known one", stream, [fresh!, a!]],
        ["another order", stream, [b!, a!]]
      ]
      for (const [what, into, some] of reused) {
        for (const expected of ["any", 99] as const) {
          const reason = yield* reasonOf(append(into, expected, some))
          expect({ what, ...reason }).toMatchObject({ what, _tag: "EventIdReused", stream: into })
          expect(reason._tag === "EventIdReused" && [a!.id, b!.id].includes(reason.eventId)).toBe(true)
        }
      }
      expect(yield* read(stream)).toHaveLength(2)
      expect(yield* read(other)).toEqual([])
    })
  )
]
