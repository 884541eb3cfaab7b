/**
 * Stores that each break one numbered promise: the table of promises on that subject has to find
 * it.
 *
 * A new promise gets a mutant here. Mutants of rows and reactions are in `RowStoreMutants.test.ts`;
 * those that only random histories can find are in `StoreMutants.test.ts`.
 */
import { it } from "@effect/vitest"
import { Effect, Exit, Stream } from "effect"
import { EventStore, MemoryEventStore } from "eventfold"
import { describe, expect } from "vitest"
import { atomicity, expectedVersions, order } from "../../src/internal/promises/AppendPromises.ts"
import { divergence } from "../../src/internal/promises/DivergencePromises.ts"
import type { Promises } from "../../src/internal/promises/Fixture.ts"
import { idempotence } from "../../src/internal/promises/IdempotencePromises.ts"
import { archiving, truncating } from "../../src/internal/promises/LifecyclePromises.ts"
import { liveReading } from "../../src/internal/promises/LivePromises.ts"
import { locating, streamInfo } from "../../src/internal/promises/LookupPromises.ts"
import { logReading, streamReading, times } from "../../src/internal/promises/ReadPromises.ts"
import { snapshots } from "../../src/internal/promises/SnapshotPromises.ts"
import { wrongTypes } from "../../src/internal/promises/TypePromises.ts"
import { refusals, roundTrips } from "../../src/internal/promises/ValuePromises.ts"

/** A broken store, and the table that has to find it. */
interface Mutant {
  readonly table: Promises
  readonly broken: (store: EventStore.Service) => Partial<EventStore.Service>
}

const unwritten = { version: 1, position: 1, repeated: false }

const appendsRefusedRequests: Mutant["broken"] = ({ append }) => ({
  append: (...request) =>
    Effect.catchIf(
      append(...request),
      ({ reason }) => reason._tag === "InvalidRequest",
      () => Effect.succeed(unwritten)
    )
})

const mutants: Readonly<Record<string, Mutant>> = {
  "1. a refused appendAll keeps the appends before the refused one": {
    table: atomicity,
    broken: ({ append }) => ({
      appendAll: (appends) =>
        Effect.forEach(appends, ({ events, expected, stream }) => append(stream, expected, events))
    })
  },
  "2. an exact version is not checked": {
    table: expectedVersions,
    broken: ({ append }) => ({
      append: (stream, expected, events) => append(stream, typeof expected === "number" ? "any" : expected, events)
    })
  },
  "3. positions of appendAll follow the names of the streams": {
    table: order,
    broken: ({ appendAll }) => ({
      appendAll: (appends) => {
        const sorted = appends.toSorted((a, b) => (a.stream < b.stream ? -1 : 1))
        return Effect.map(appendAll(sorted), (appended) => appends.map((one) => appended[sorted.indexOf(one)]!))
      }
    })
  },
  "4. a repeated append is not reported as repeated": {
    table: idempotence,
    broken: ({ append }) => ({
      append: (...request) => Effect.map(append(...request), (appended) => ({ ...appended, repeated: false }))
    })
  },
  "4. a truncated event is not found by its id": {
    table: locating,
    broken: ({ locate, read }) => ({
      locate: (id) =>
        Effect.flatMap(locate(id), (located) =>
          located === undefined
            ? Effect.undefined
            : Effect.map(Stream.runCollect(read(located.stream, { truncated: "skip" })), (events) =>
                events.some((event) => event.id === id) ? located : undefined
              )
        )
    })
  },
  "5. a reader of the log gets events of all types": {
    table: logReading,
    broken: ({ readAll }) => ({ readAll: ({ types: _, ...options } = {}) => readAll(options) })
  },
  "6. metadata is not stored": {
    table: roundTrips,
    broken: ({ append }) => ({
      append: (stream, expected, events) =>
        append(
          stream,
          expected,
          events.map((event) => ({ ...event, metadata: {} }))
        )
    })
  },
  "6. an invalid value is reported as written": { table: refusals, broken: appendsRefusedRequests },
  "6. a value of a wrong type is reported as written": { table: wrongTypes, broken: appendsRefusedRequests },
  "9. a subscription ignores its checkpoint": {
    table: liveReading,
    broken: ({ subscribe }) => ({ subscribe: ({ after: _, ...options } = {}) => subscribe(options) })
  },
  "10. the time of the domain is the time of the append": {
    table: times,
    broken: ({ read }) => ({
      read: (...request) => Stream.map(read(...request), (event) => ({ ...event, occurredAt: event.recordedAt }))
    })
  },
  "13. a checkpoint that does not match the log is ignored": {
    table: divergence,
    broken: ({ readAll }) => ({ subscribe: ({ after: _, ...options } = {}) => readAll(options) })
  },
  "read: a limit is one event too high": {
    table: streamReading,
    broken: ({ read }) => ({
      read: (stream, { limit, ...options } = {}) =>
        read(stream, limit === undefined ? options : { ...options, limit: limit + 1 })
    })
  },
  "streamInfo: a missing stream exists": {
    table: streamInfo,
    broken: ({ streamInfo }) => ({
      streamInfo: (stream) => Effect.map(streamInfo(stream), (info) => ({ ...info, exists: true }))
    })
  },
  "archive: an append unarchives the stream": {
    table: archiving,
    broken: ({ append, unarchive }) => ({
      append: (stream, ...rest) => Effect.andThen(Effect.ignore(unarchive(stream)), append(stream, ...rest))
    })
  },
  "truncate: a reader skips the truncated events silently": {
    table: truncating,
    broken: ({ read }) => ({ read: (stream, options) => read(stream, { ...options, truncated: "skip" }) })
  },
  "snapshots: a snapshot is found for every fingerprint": {
    table: snapshots,
    broken: ({ snapshots }) => ({
      snapshots: { ...snapshots!, latest: (stream) => snapshots!.latest(stream, "a") }
    })
  }
}

/** A store that never answers is found, too: the suite has a timeout. */
const timeout = "20 seconds"

const run = (table: Promises, broken: Mutant["broken"]) =>
  Effect.gen(function* () {
    const memory = yield* EventStore.EventStore
    const store = { ...memory, ...broken(memory) }
    return yield* Effect.exit(
      Effect.forEach(table, ({ test }) => Effect.scoped(test), { discard: true }).pipe(
        Effect.provideService(EventStore.EventStore, store),
        Effect.timeout(timeout)
      )
    )
  }).pipe(Effect.provide(MemoryEventStore.layer))

describe("the promises of a store", () => {
  for (const [name, { broken, table }] of Object.entries(mutants)) {
    it.live(
      `find the mutant: ${name}`,
      () => Effect.map(run(table, broken), (exit) => expect(Exit.isFailure(exit)).toBe(true)),
      60_000
    )
  }

  for (const table of new Set(Object.values(mutants).map(({ table }) => table))) {
    it.live(
      `are kept by a correct store: ${table[0]!.claim}, …`,
      () =>
        Effect.map(
          run(table, () => ({})),
          (exit) => expect(exit).toEqual(Exit.void)
        ),
      60_000
    )
  }
})
