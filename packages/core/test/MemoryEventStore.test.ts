import { it } from "@effect/vitest"
import * as StoreConformance from "@eventfold/testing/StoreConformance"
import { DateTime, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { EventId, EventStore, MemoryEventStore } from "eventfold"
import { expect } from "vitest"

StoreConformance.suite("MemoryEventStore", MemoryEventStore.layer, { runs: 500 })

it.effect(
  "10. recordedAt is the time of the clock, but within a stream it never goes back when the clock is set back",
  () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const put = Effect.fnUntraced(function* (stream: string, hour: number) {
        yield* TestClock.setTime(Date.UTC(1993, 2, 3, hour))
        const id = yield* EventId.make
        yield* store.append(stream, "any", [{ id, type: "Noted", schemaVersion: 1, data: null, metadata: {} }])
      })
      for (const hour of [9, 12, 10, 13]) yield* put("Talk-a", hour)
      yield* put("Talk-b", 8)
      const hours = (stream: string) =>
        Stream.runCollect(store.read(stream)).pipe(
          Effect.map((events) =>
            events.map(({ occurredAt, recordedAt }) => {
              expect(DateTime.formatIso(occurredAt)).toBe(DateTime.formatIso(recordedAt))
              return DateTime.toPartsUtc(recordedAt).hour
            })
          )
        )
      expect(yield* hours("Talk-a")).toEqual([9, 12, 12, 13])
      expect(yield* hours("Talk-b")).toEqual([8])
    }).pipe(Effect.provide(MemoryEventStore.layer))
)

it.live(
  "9. a subscriber that appends receives its own events and those that other fibers append at the same time",
  () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const put = Effect.fnUntraced(function* (type: string) {
        const id = yield* EventId.make
        yield* store.append("Talk-a", "any", [{ id, type, schemaVersion: 1, data: null, metadata: {} }])
      })
      const heard: Array<string> = []
      yield* Effect.forkChild(
        Stream.runForEach(store.subscribe(), ({ type }) => {
          heard.push(type)
          return type === "Asked" ? put("Answered") : Effect.void
        })
      )
      for (const type of ["Opened", "Asked", "Noted", "Asked", "Closed"]) {
        yield* Effect.sleep("5 millis")
        yield* put(type)
      }
      yield* Effect.sleep("20 millis")
      expect(heard).toEqual(["Opened", "Asked", "Answered", "Noted", "Asked", "Answered", "Closed"])
    }).pipe(Effect.provide(MemoryEventStore.layer))
)

it.effect("each memory store has its own log and its own id", () =>
  Effect.gen(function* () {
    const open = Effect.provide(
      Effect.map(EventStore.EventStore, (store) => store),
      MemoryEventStore.layer,
      { local: true }
    )
    const [one, other] = [yield* open, yield* open]
    expect(EventId.isEventId(one.id)).toBe(true)
    expect(one.id).not.toBe(other.id)
    const id = yield* EventId.make
    const event = { id, type: "Noted", schemaVersion: 1, data: null, metadata: {} }
    yield* one.append("Talk-a", "noStream", [event])
    expect(yield* other.append("Talk-a", "noStream", [event])).toMatchObject({ repeated: false })
  })
)
