/** Metadata of the events of commands: their cause, and the trace that they belong to. */
import { it } from "@effect/vitest"
import { Effect, Tracer } from "effect"
import { CloudEvent, Event, MemoryEventStore, Reaction } from "eventfold"
import { expect } from "vitest"
import { eventually } from "../Stores.ts"
import { count, makeTallies, stored } from "../Tally.ts"

const memory = MemoryEventStore.layer

const metadataOf = (stream: string) => Effect.map(stored(stream), (all) => all.map(({ metadata }) => metadata))

/** A tracer whose spans are kept, sampled or not. */
const tracing = (isSampled: boolean) => {
  const spans: Array<Tracer.NativeSpan> = []
  const tracer = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan({ ...options, sampled: isSampled })
      spans.push(span)
      return span
    }
  })
  return { spans, tracer }
}
const textOf = ({ spanId, traceId }: Tracer.NativeSpan) => `00-${traceId}-${spanId}-01`

it.effect("the id of a command is the cause of its events only if the caller gave it", () =>
  Effect.gen(function* () {
    const tallies = yield* makeTallies()
    yield* tallies.execute("a", count(1))
    yield* tallies.execute("a", count(1), { commandId: "first" })
    expect(yield* metadataOf("Tally-a")).toEqual([{}, { causationId: "first" }])
  }).pipe(Effect.provide(memory))
)

it.effect("a cause in CurrentMetadata precedes the id of a command, and that of the options precedes both", () =>
  Effect.gen(function* () {
    const tallies = yield* makeTallies()
    const caused = Effect.provideService(Event.CurrentMetadata, { causationId: "event" })
    yield* tallies.execute("a", count(1), { commandId: "first" }).pipe(caused)
    yield* tallies.execute("a", count(1), { commandId: "second", metadata: { causationId: "given" } }).pipe(caused)
    expect(yield* metadataOf("Tally-a")).toEqual([{ causationId: "event" }, { causationId: "given" }])
  }).pipe(Effect.provide(memory))
)

it.effect("events have the span of their command, if a tracer is provided and the span is sampled", () =>
  Effect.gen(function* () {
    const tallies = yield* makeTallies()
    const [kept, dropped] = [tracing(true), tracing(false)]
    yield* tallies.execute("a", count(1))
    yield* Effect.withTracer(tallies.execute("a", count(1)), dropped.tracer)
    yield* Effect.withTracer(tallies.execute("a", count(1)), kept.tracer)
    const span = kept.spans.find(({ name }) => name === "Tally.execute")!
    expect(yield* metadataOf("Tally-a")).toEqual([{}, {}, { traceparent: textOf(span) }])
    const [, , event] = yield* stored("Tally-a")
    expect(CloudEvent.fromRecorded(event!, { source: "urn:tallies", idempotencyKey: "" })).toMatchObject({
      traceparent: textOf(span)
    })
  }).pipe(Effect.provide(memory))
)

it.live("the delivery of an event has a link to the span that appended it", () =>
  Effect.gen(function* () {
    const tallies = yield* makeTallies()
    const { spans, tracer } = tracing(true)
    yield* Effect.withTracer(tallies.execute("a", count(1)), tracer)
    const notes = Reaction.make("Notes", { start: "beginning", aggregates: ["Tally"], handle: () => Effect.void })
    yield* Effect.withTracer(
      Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.forkScoped(Effect.never.pipe(Effect.provide(Reaction.layer([notes]))))
          yield* eventually(
            Effect.sync(() => spans.some(({ name, status }) => name === "Reaction.attempt" && status._tag === "Ended"))
          )
        })
      ),
      tracer
    )
    const appended = spans.find(({ name }) => name === "Tally.execute")!
    const [delivered] = spans.filter(({ name }) => name === "Reaction.attempt")
    expect(delivered?.links.map(({ span: { spanId, traceId } }) => [traceId, spanId])).toEqual([
      [appended.traceId, appended.spanId]
    ])
  }).pipe(Effect.provide(memory))
)
