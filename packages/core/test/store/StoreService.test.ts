/** The service that is made from the operations of a store. */
import { assert, it } from "@effect/vitest"
import { Effect, Metric, Result, Stream } from "effect"
import { EventId, EventStore, EventStoreError, MemoryEventStore } from "eventfold"
import { StoreMetrics, StoreService } from "eventfold/store"

const head = { position: 0, eventId: null, epoch: 0 }
const info = { exists: true, version: 3, position: 3, archived: false, firstVersion: 1 }
const lost = EventStoreError.EventStoreError.outcomeUnknown({ problem: "the connection was lost" })

/** Operations of a store that records which of them are called. */
const recording = (more: Partial<StoreService.Operations> = {}) => {
  const calls: Array<string> = []
  const called =
    <Args extends ReadonlyArray<unknown>, A>(name: string, operation: (...args: Args) => A) =>
    (...args: Args): A => {
      calls.push(name)
      return operation(...args)
    }
  const operations: StoreService.Operations = {
    id: "0192f0c1-7e2a-4b3c-8d4e-5f6071829304",
    appendAll: called("appendAll", (appends) =>
      Effect.succeed(appends.map(({ events }) => ({ version: events.length, position: 7, repeated: false })))
    ),
    read: called("read", () => Stream.empty),
    readAll: called("readAll", () => Stream.empty),
    locate: called("locate", () => Effect.succeed(undefined)),
    streamInfo: called("streamInfo", (stream) => Effect.succeed({ stream, ...info })),
    truncate: called("truncate", () => Effect.succeed({ end: 3 })),
    log: {
      watch: Effect.succeed({ now: Effect.succeed(head), beyond: () => Effect.never }),
      lastAt: () => Effect.succeed(head),
      slice: () => Effect.succeed([])
    },
    snapshots: {
      latest: called("latest", () => Effect.succeed(undefined)),
      save: called("save", () => Effect.void),
      drop: called("drop", () => Effect.succeed(0))
    },
    ...more
  }
  return { calls, operations }
}

const event = Effect.map(EventId.make, (id) => ({ id, type: "Noted", schemaVersion: 1, data: { a: 1 }, metadata: {} }))

const tagOf = <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) =>
  Effect.map(Effect.result(effect), (result) => (Result.isFailure(result) ? result.failure.reason._tag : "Success"))

it.effect("StoreService: an invalid request reaches no operation", () =>
  Effect.gen(function* () {
    const { calls, operations } = recording()
    const store = StoreService.make(operations)
    const known = yield* event
    const requests: ReadonlyArray<Effect.Effect<unknown, EventStoreError.EventStoreError>> = [
      store.append("", "any", [known]),
      store.append("A-1", "any", [{ ...known, type: "$archived" }]),
      store.append("A-1", "any", [{ ...known, data: Number.NaN }]),
      store.appendAll([
        { stream: "A-1", expected: "any", events: [known] },
        { stream: "A-2", expected: "any", events: [known] }
      ]),
      Stream.runDrain(store.read("A-1", { from: -1 })),
      Stream.runDrain(store.readAll({ pageSize: 0 })),
      Stream.runDrain(store.subscribe({ pageSize: 0 })),
      Stream.runDrain(store.pages({ after: -1 })),
      store.locate("1" as EventId.EventId),
      store.streamInfo(""),
      store.archive(""),
      store.unarchive("A-1", { reason: "\0" }),
      store.truncate("A-1", { before: 0 }),
      store.snapshots!.latest("", "f"),
      store.snapshots!.save({ stream: "A-1", version: 0, eventId: known.id, fingerprint: "f", state: "{}" })
    ]
    for (const request of requests) assert.strictEqual(yield* tagOf(request), "InvalidRequest")
    assert.deepStrictEqual(calls, [])
  })
)

it.effect("StoreService: operations receive encoded appends, those of lifecycle changes included", () =>
  Effect.gen(function* () {
    const received: Array<StoreService.EncodedAppend> = []
    const { calls, operations } = recording({
      append: (append) => {
        received.push(append)
        return Effect.succeed({ version: 4, position: 9, repeated: false })
      }
    })
    const store = StoreService.make(operations)
    yield* store.append("A-1", 3, [yield* event])
    assert.deepInclude(yield* store.archive("A-1", { reason: "closed" }), { version: 4, repeated: false })
    assert.deepStrictEqual(
      received.map(({ events, expected, stream, texts }) => [stream, expected, events[0]!.type, ...texts]),
      [
        ["A-1", 3, "Noted", '{"a":1}'],
        ["A-1", "streamExists", "$archived", '{"reason":"closed"}']
      ]
    )
    assert.deepStrictEqual(calls, ["streamInfo"])
    const { append: _, ...withoutAppend } = operations
    assert.strictEqual((yield* StoreService.make(withoutAppend).append("A-1", 3, [yield* event])).version, 1)
    assert.deepStrictEqual(calls, ["streamInfo", "appendAll"])
  })
)

it.effect("StoreService: appends are counted once, and not if the store counts them itself", () =>
  Effect.gen(function* () {
    const counts = Effect.all([
      Effect.map(Metric.value(StoreMetrics.appends), ({ count }) => count),
      Effect.map(Metric.value(StoreMetrics.eventsAppended), ({ count }) => count),
      Effect.map(Metric.value(StoreMetrics.conflicts), ({ count }) => count)
    ])
    const conflict = EventStoreError.EventStoreError.versionConflict({ stream: "A-1", expected: 0, actual: 3 })
    for (const [countsAppends, each] of [
      [false, [3, 5, 1]],
      [true, [0, 0, 0]]
    ] as const) {
      const store = StoreService.make({ ...recording().operations, countsAppends })
      const refusing = StoreService.make({
        ...recording().operations,
        countsAppends,
        append: () => Effect.fail(conflict)
      })
      const before = yield* counts
      yield* store.append("A-1", "any", [yield* event, yield* event])
      yield* store.appendAll([
        { stream: "A-1", expected: "any", events: [yield* event, yield* event] },
        { stream: "A-2", expected: "any", events: [yield* event] },
        { stream: "A-3", expected: "any", events: [] }
      ])
      yield* Effect.flip(refusing.append("A-1", 0, [yield* event]))
      const after = yield* counts
      assert.deepStrictEqual(
        after.map((count, i) => Number(count) - Number(before[i])),
        [...each]
      )
    }
  })
)

it.effect("StoreService: truncating has the errors of all stores", () =>
  Effect.gen(function* () {
    const made = (more: Partial<StoreService.Operations>) => StoreService.make(recording(more).operations)
    const message = (more: Partial<StoreService.Operations>, before: number) =>
      Effect.map(Effect.flip(made(more).truncate("A-1", { before })), (error) => error.message)
    assert.match(yield* message({}, 9), /^truncate: stream "A-1" is at version 3: before can be at most 4, not 9/)
    const empty = yield* Effect.flip(
      made({ truncate: () => Effect.succeed({ end: 0 }) }).truncate("A-1", { before: 2 })
    )
    assert.deepInclude(empty.reason, { _tag: "VersionConflict", expected: "streamExists", actual: 0 })
    assert.match(
      yield* message({ truncate: () => Effect.fail(lost) }, 2),
      /call truncate again: it changes nothing if it is done/
    )
    assert.match(
      (yield* Effect.flip(made({ append: () => Effect.fail(lost) }).archive("A-1"))).message,
      /call archive again: it changes nothing if it is done/
    )
  })
)

it.effect(
  "StoreService: replaced operations receive requests unchecked; all remaining operations receive checked ones",
  () =>
    Effect.gen(function* () {
      const { calls, operations } = recording()
      const closed = EventStoreError.EventStoreError.unavailable({ problem: "the store is closed", retryable: false })
      const store = StoreService.make(operations, (service) => ({
        ...service,
        streamInfo: () => Effect.fail(closed),
        archive: () => Effect.fail(closed)
      }))
      assert.strictEqual(yield* tagOf(store.streamInfo("")), "Unavailable")
      assert.strictEqual(yield* tagOf(store.archive("")), "Unavailable")
      assert.strictEqual(yield* tagOf(store.append("", "any", [])), "InvalidRequest")
      // Lifecycle changes use the operations of the store, and not those that were replaced.
      assert.strictEqual((yield* store.unarchive("A-1")).repeated, true)
      assert.deepStrictEqual(calls, ["streamInfo"])
    })
)

it.effect("StoreService: a reaction that starts beyond the end of the log is refused with the end", () =>
  Effect.gen(function* () {
    const { reactions } = yield* EventStore.EventStore
    const error = yield* Effect.flip(reactions!.open("Mails", 9))
    assert.match(error.message, /^reactions\.open: start 9 is beyond the end of the log, which is at position 0/)
    assert.strictEqual((yield* reactions!.open("Mails", "now")).checkpoint.position, 0)
    // A known reaction continues at its checkpoint, for any start.
    assert.strictEqual((yield* reactions!.open("Mails", 9)).checkpoint.position, 0)
    assert.match(
      (yield* Effect.flip(reactions!.parked("Letters"))).message,
      /^reactions\.parked: there is no reaction "Letters"/
    )
    assert.match((yield* Effect.flip(reactions!.parked("Letters", { limit: 0 }))).message, /limit 0 must be from 1/)
  }).pipe(Effect.provide(MemoryEventStore.layer))
)
