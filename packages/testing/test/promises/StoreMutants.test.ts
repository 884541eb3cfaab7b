/**
 * Stores that each break one promise: the random histories of the conformance suite have to find
 * each of them. Mutants of single promises are in `PromiseMutants.test.ts`.
 */
import { it } from "@effect/vitest"
import { Effect, Layer, Result, Stream } from "effect"
import { EventId, EventStore, EventStoreError, MemoryEventStore } from "eventfold"
import * as fc from "fast-check"
import { describe, expect } from "vitest"
import { histories, run } from "../../src/internal/promises/ConcurrentHistory.ts"

type Break = (store: EventStore.Service) => Partial<EventStore.Service>

const { EventStoreError: StoreError } = EventStoreError

const mutants: Readonly<Record<string, Break>> = {
  "appendAll writes one stream after another": ({ append }) => ({
    appendAll: (appends) =>
      Effect.forEach(appends, ({ events, expected, stream }) =>
        Effect.tap(append(stream, expected, events), () => Effect.yieldNow)
      )
  }),
  "every append gets new ids": ({ append }) => ({
    append: (stream, expected, events) =>
      Effect.flatMap(
        Effect.forEach(events, (event) => Effect.map(EventId.make, (id) => ({ ...event, id }))),
        (renewed) => append(stream, expected, renewed)
      )
  }),
  "expected versions are not checked": ({ append }) => ({
    append: (stream, _expected, events) => append(stream, "any", events)
  }),
  "streamExists is any": ({ append }) => ({
    append: (stream, expected, events) => append(stream, expected === "streamExists" ? "any" : expected, events)
  }),
  "a conflict reports a wrong version": ({ append }) => ({
    append: (stream, expected, events) =>
      Effect.mapError(append(stream, expected, events), (error) =>
        error.reason._tag === "VersionConflict"
          ? StoreError.versionConflict({ stream, expected, actual: error.reason.actual + 5 })
          : error
      )
  }),
  "a repeat is not reported as one": ({ append }) => ({
    append: (...request) => Effect.map(append(...request), (appended) => ({ ...appended, repeated: false }))
  }),
  "a repeat returns the current version of the stream": ({ append, streamInfo }) => ({
    append: (...request) =>
      Effect.flatMap(append(...request), (appended) =>
        appended.repeated
          ? Effect.map(streamInfo(request[0]), ({ position, version }) => ({ version, position, repeated: true }))
          : Effect.succeed(appended)
      )
  }),
  "versions are checked before ids": ({ append, streamInfo }) => ({
    append: (stream, expected, events) =>
      Effect.gen(function* () {
        const { version: actual } = yield* streamInfo(stream)
        if (typeof expected === "number" && expected !== actual) {
          return yield* StoreError.versionConflict({ stream, expected, actual })
        }
        return yield* append(stream, expected, events)
      })
  }),
  "an append is acknowledged before it is written": ({ append }) => ({
    append: (stream, expected, events) =>
      Effect.flatMap(Effect.result(append(stream, expected, [])), (outcome) =>
        Result.isFailure(outcome)
          ? append(stream, expected, events)
          : Effect.as(Effect.forkDetach(Effect.delay(append(stream, expected, events), "1 millis")), {
              version: outcome.success.version + events.length,
              position: outcome.success.position + events.length,
              repeated: false
            })
      )
  }),
  "a full page of the log lacks its last event": ({ readAll }) => ({
    readAll: (options = {}) =>
      readAll(options).pipe(Stream.filter(({ position }) => options.pageSize !== 3 || position % 3 !== 0))
  }),
  "the log repeats the last event of a reader": ({ readAll }) => ({
    readAll: (options = {}) => readAll({ ...options, after: Math.max(0, (options.after ?? 0) - 1) })
  }),
  "a read of a stream is stale": ({ read }) => {
    const known = new Map<string, ReadonlyArray<unknown>>()
    return {
      read: (stream, options) => {
        const before = known.get(stream)?.length ?? 0
        const now = read(stream, options).pipe(
          Stream.runCollect,
          Effect.tap((events) => Effect.sync(() => known.set(stream, events)))
        )
        return Stream.unwrap(
          Effect.map(now, (events) => Stream.fromArray(before === 0 ? events : events.slice(0, before)))
        )
      }
    }
  }
}

const broken = (change: Break) =>
  Layer.effect(
    EventStore.EventStore,
    Effect.map(EventStore.EventStore, (store) => EventStore.EventStore.of({ ...store, ...change(store) }))
  ).pipe(Layer.provide(MemoryEventStore.layer))

const check = (change: Break, runs: number) =>
  Effect.promise(() =>
    fc.check(
      fc.asyncProperty(histories, async (history) => {
        const problems = await Effect.runPromise(Effect.provide(run(history, "T"), broken(change)))
        expect(problems).toEqual([])
      }),
      { numRuns: runs, endOnFailure: true }
    )
  )

describe("random histories of concurrent fibers", () => {
  for (const [name, change] of Object.entries(mutants)) {
    it.effect(`find the mutant: ${name}`, () =>
      Effect.gen(function* () {
        const { failed, numRuns } = yield* check(change, 500)
        expect({ failed, numRuns }).toMatchObject({ failed: true })
      })
    )
  }

  it.effect(
    "find no problem in a correct store, in a thousand histories",
    () =>
      Effect.gen(function* () {
        const { errorInstance, failed } = yield* check(() => ({}), 1_000)
        expect({ failed, errorInstance }).toMatchObject({ failed: false })
      }),
    600_000
  )
})
