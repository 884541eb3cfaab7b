import { it } from "@effect/vitest"
import { Effect, Stream, Tracer } from "effect"
import { EventId, EventStore, MemoryEventStore } from "eventfold"
import { expect } from "vitest"

/** Tracer that records its spans. */
const keeping = () => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
}

const everything = Effect.gen(function* () {
  const store = yield* EventStore.EventStore
  const event = Effect.map(EventId.make, (id) => ({ id, type: "Noted", schemaVersion: 1, data: null, metadata: {} }))
  yield* store.append("A-1", "noStream", [yield* event, yield* event])
  yield* store.appendAll([{ stream: "A-2", expected: "any", events: [yield* event] }])
  yield* Stream.runDrain(store.read("A-1"))
  yield* Stream.runDrain(store.readAll({ after: 1 }))
  yield* store.streamInfo("A-1")
  yield* store.archive("A-1")
  yield* store.unarchive("A-1")
  yield* store.truncate("A-1", { before: 2 })
  yield* Effect.flip(store.append("A-1", "noStream", [yield* event]))
})

it.effect("StoreTracing: with a tracer, each call of the store has a span with its subject and its outcome", () =>
  Effect.gen(function* () {
    const { spans, tracer } = keeping()
    yield* Effect.withTracer(everything, tracer)
    expect(spans.map(({ attributes, name }) => [name, Object.fromEntries(attributes)])).toEqual([
      ["EventStore.append", { "eventfold.stream": "A-1", "eventfold.expected": "noStream", "eventfold.events": 2 }],
      ["EventStore.appendAll", { "eventfold.streams": 1, "eventfold.events": 1 }],
      ["EventStore.read", { "eventfold.stream": "A-1" }],
      ["EventStore.readAll", { "eventfold.after": 1 }],
      ["EventStore.streamInfo", { "eventfold.stream": "A-1" }],
      ["EventStore.archive", { "eventfold.stream": "A-1" }],
      ["EventStore.unarchive", { "eventfold.stream": "A-1" }],
      ["EventStore.truncate", { "eventfold.stream": "A-1", "eventfold.before": 2 }],
      ["EventStore.append", { "eventfold.stream": "A-1", "eventfold.expected": "noStream", "eventfold.events": 1 }]
    ])
    const exits = spans.map(({ status }) => (status._tag === "Ended" ? status.exit._tag : status._tag))
    expect(exits).toEqual([...Array.from({ length: 8 }, () => "Success"), "Failure"])
  }).pipe(Effect.provide(MemoryEventStore.layer))
)

it.effect("StoreTracing: a malformed call is refused by the store, with and without a tracer", () =>
  Effect.gen(function* () {
    const { append, appendAll, truncate } = yield* EventStore.EventStore
    const untyped = <A>(value: unknown): A => value as A
    for (const call of [
      Effect.asVoid(append("A-1", "any", untyped(null))),
      Effect.asVoid(appendAll(untyped(null))),
      Effect.asVoid(appendAll([untyped(null)])),
      Effect.asVoid(truncate("A-1", untyped(undefined)))
    ]) {
      const { reason } = yield* Effect.flip(Effect.withTracer(call, keeping().tracer))
      expect(reason._tag).toBe("InvalidRequest")
    }
  }).pipe(Effect.provide(MemoryEventStore.layer))
)
