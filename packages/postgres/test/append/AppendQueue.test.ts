/** The queue that groups appends into batches, without a database. */
import { assert, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Result, Scope } from "effect"
import { SqlError, UnknownError } from "effect/sql/SqlError"
import { type EventStore, EventStoreError } from "eventfold"
import type { Encoded } from "../../src/internal/append/AppendBatch.ts"
import { StreamHeld } from "../../src/internal/append/HeldStreams.ts"
import * as AppendQueue from "../../src/internal/append/AppendQueue.ts"
import { event } from "../Stores.ts"

const appendOf = (stream: string, size = 100, expected: EventStore.ExpectedVersion = "streamExists"): Encoded => ({
  stream,
  expected,
  events: [event()],
  texts: ["{}"],
  size
})

/** Creates a queue that records its batches, which end when the test ends them. */
const queue = (options: Partial<AppendQueue.Options> = {}, endAtLast = true) =>
  Effect.gen(function* () {
    const batches: Array<{ readonly streams: ReadonlyArray<string>; readonly end: Effect.Effect<void> }> = []
    const submit = yield* AppendQueue.make({
      lanes: 1,
      capacity: 1_000,
      wait: () => Effect.die("no stream is held"),
      send: (batch) => {
        const gate = Deferred.makeUnsafe<void>()
        batches.push({
          streams: batch.map(({ stream }) => stream),
          end: Effect.asVoid(Deferred.succeed(gate, undefined))
        })
        const outcomes = batch.map((_, i): Result.Result<EventStore.Appended, EventStoreError.EventStoreError> =>
          Result.succeed({ version: i, position: i, repeated: false })
        )
        return Effect.as(Deferred.await(gate), outcomes)
      },
      ...options
    })
    // Closing waits for running batches, which no other code would end now.
    if (endAtLast) yield* Effect.addFinalizer(() => Effect.forEach(batches, ({ end }) => end, { discard: true }))
    const fork = (stream: string, size?: number, expected?: EventStore.ExpectedVersion) =>
      Effect.forkChild(submit(appendOf(stream, size, expected)), { startImmediately: true })
    /** Lets the microtask run that creates batches. */
    const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))
    return { batches, submit, fork, turn }
  })

it.effect(
  "AppendQueue: a single append is sent at once, and appends that come during its batch are sent together",
  () =>
    Effect.gen(function* () {
      const { batches, fork, turn } = yield* queue()
      yield* fork("A")
      yield* turn
      for (const stream of ["B", "C", "D"]) yield* fork(stream)
      yield* turn
      assert.deepStrictEqual(
        batches.map(({ streams }) => streams),
        [["A"]]
      )
      yield* batches[0]!.end
      yield* turn
      assert.deepStrictEqual(
        batches.map(({ streams }) => streams),
        [["A"], ["B", "C", "D"]]
      )
    })
)

it.effect(
  "AppendQueue: an append to a stream of the running batch waits in order, and does not block other streams",
  () =>
    Effect.gen(function* () {
      const { batches, fork, turn } = yield* queue({ lanes: 2 })
      for (const stream of ["A", "A", "B", "A"]) yield* fork(stream)
      yield* turn
      assert.deepStrictEqual(
        batches.map(({ streams }) => streams),
        [["A", "B"]]
      )
      yield* fork("C")
      yield* turn
      assert.deepStrictEqual(
        batches.map(({ streams }) => streams),
        [["A", "B"], ["C"]]
      )
      yield* batches[0]!.end
      yield* turn
      assert.deepStrictEqual(
        batches.map(({ streams }) => streams),
        [["A", "B"], ["C"], ["A"]]
      )
    })
)

it.effect(
  "AppendQueue: an append whose stream is held leaves its lane, and later appends to the stream wait behind it",
  () =>
    Effect.gen(function* () {
      const held = new StreamHeld({
        cause: new SqlError({ reason: new UnknownError({ cause: { code: "55P03" }, message: "lock timeout" }) })
      })
      const free = Deferred.makeUnsafe<void>()
      const [sent, waited]: [Array<ReadonlyArray<string>>, Array<string>] = [[], []]
      const written = { version: 1, position: 1, repeated: false }
      const { fork, turn } = yield* queue({
        send: (batch) => {
          sent.push(batch.map(({ stream }) => stream))
          const isHeld = (stream: string) => stream === "A" && !Deferred.isDoneUnsafe(free)
          return Effect.succeed(
            batch.map(({ stream }) => (isHeld(stream) ? Result.fail(held) : Result.succeed(written)))
          )
        },
        wait: ({ stream }) => {
          waited.push(stream)
          return Effect.as(Deferred.await(free), written)
        }
      })
      const fibers = yield* Effect.forEach(["A", "A", "B"], (stream) => fork(stream, 100, "any"))
      yield* turn
      fibers.push(yield* fork("A"), yield* fork("C"))
      yield* turn
      // Only the first of them waits for the stream; lanes are free for other appends.
      assert.deepStrictEqual(sent, [["A", "A", "B"], ["C"]])
      assert.deepStrictEqual(waited, ["A"])
      yield* Fiber.join(fibers[2]!)
      yield* Fiber.join(fibers[4]!)
      yield* Deferred.succeed(free, undefined)
      yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(sent.slice(2), [["A"], ["A"]])
      assert.deepStrictEqual(waited, ["A"])
    })
)

it.effect(
  "AppendQueue: appends to one stream that never conflict share a batch; any other append, and those behind it, wait",
  () =>
    Effect.gen(function* () {
      const { batches, fork, turn } = yield* queue()
      yield* fork("first")
      yield* turn
      const expecteds = ["any", "any", 2, "any", "any"] as const
      const fibers = yield* Effect.forEach(expecteds, (expected) => fork("A", 100, expected))
      yield* fork("B", 100, "any")
      for (let i = 0; i < 4; i++) {
        yield* batches[i]!.end
        yield* turn
      }
      assert.deepStrictEqual(
        batches.map(({ streams }) => streams),
        [["first"], ["A", "A", "B"], ["A"], ["A", "A"]]
      )
      // Each has the outcome of its own place in the batch.
      const versions = yield* Effect.forEach(fibers, (fiber) => Effect.map(Fiber.join(fiber), ({ version }) => version))
      assert.deepStrictEqual(versions, [0, 1, 0, 0, 1])
    })
)

it.effect("AppendQueue: many waiting appends are divided among the free lanes, a few are not", () =>
  Effect.gen(function* () {
    const { batches, fork, turn } = yield* queue({ lanes: 2 })
    for (let i = 0; i < 100; i++) yield* fork(`S${i}`)
    yield* turn
    assert.deepStrictEqual(
      batches.map(({ streams }) => streams.length),
      [50, 50]
    )
    for (let i = 0; i < 40; i++) yield* fork(`T${i}`)
    yield* batches[0]!.end
    yield* turn
    assert.deepStrictEqual(
      batches.map(({ streams }) => streams.length),
      [50, 50, 40]
    )
    for (let i = 0; i < 20; i++) yield* fork(`U${i}`)
    yield* batches[1]!.end
    yield* turn
    yield* batches[2]!.end
    yield* turn
    assert.deepStrictEqual(
      batches.map(({ streams }) => streams.length),
      [50, 50, 40, 20]
    )
  })
)

it.effect("AppendQueue: a batch has at most 256 appends and a megabyte, and a larger append is sent alone", () =>
  Effect.gen(function* () {
    const { batches, fork, turn } = yield* queue()
    for (let i = 0; i < 300; i++) yield* fork(`S${i}`)
    yield* turn
    assert.deepStrictEqual(
      batches.map(({ streams }) => streams.length),
      [256]
    )
    for (const size of [600_000, 600_000, 3_000_000]) yield* fork(`L${size}-${Math.random()}`, size)
    for (let i = 0; i < 4; i++) {
      yield* batches[i]!.end
      yield* turn
    }
    assert.deepStrictEqual(
      batches.map(({ streams }) => streams.length),
      [256, 45, 1, 1]
    )
  })
)

it.effect("AppendQueue: beyond its capacity it fails with Overloaded and the number of waiting appends", () =>
  Effect.gen(function* () {
    const { batches, fork, submit, turn } = yield* queue({ capacity: 3 })
    yield* fork("first")
    yield* turn
    const waiting = yield* Effect.forEach(["A", "B", "C"], (stream) => fork(stream))
    const error = yield* Effect.flip(submit(appendOf("D")))
    assert.deepInclude(error.reason, { _tag: "Overloaded", waiting: 3 })
    yield* Fiber.interrupt(waiting[1]!)
    yield* fork("E")
    yield* batches[0]!.end
    yield* turn
    assert.deepStrictEqual(batches[1]!.streams, ["A", "C", "E"])
  })
)

it.effect("AppendQueue: an interrupted caller does not stop a batch that was sent", () =>
  Effect.gen(function* () {
    const { batches, fork, turn } = yield* queue()
    const [a, b] = [yield* fork("A"), yield* fork("B")]
    yield* turn
    yield* Fiber.interrupt(a)
    yield* batches[0]!.end
    assert.deepInclude(yield* Fiber.join(b), { version: 1 })
  })
)

it.effect("AppendQueue: closing fails waiting appends, and waits for the running batch", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const { batches, fork, submit, turn } = yield* Scope.provide(queue({}, false), scope)
    const sent = yield* fork("A")
    yield* turn
    const waiting = yield* fork("B")
    const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
    assert.strictEqual((yield* Effect.flip(Fiber.join(waiting))).message, "the store is closed")
    assert.strictEqual((yield* Effect.flip(submit(appendOf("C")))).message, "the store is closed")
    assert.isUndefined(closing.pollUnsafe())
    yield* batches[0]!.end
    assert.deepInclude(yield* Fiber.join(sent), { version: 0 })
    yield* Fiber.join(closing)
  })
)

it.effect("AppendQueue: a defect while sending reaches every caller, and the queue continues", () =>
  Effect.gen(function* () {
    let calls = 0
    const { fork, submit, turn } = yield* queue({
      send: (batch) =>
        ++calls === 1
          ? Effect.die(new Error("boom"))
          : Effect.succeed(batch.map(() => Result.succeed({ version: 1, position: 1, repeated: false })))
    })
    const fibers = yield* Effect.forEach(["A", "B"], (stream) => fork(stream))
    yield* turn
    for (const fiber of fibers) assert.include(String(yield* Effect.flip(Effect.sandbox(Fiber.join(fiber)))), "boom")
    assert.deepInclude(yield* submit(appendOf("A")), { version: 1 })
  })
)

it.effect(
  "AppendQueue: an append behind one to a held stream continues if the caller of that one is interrupted, and no other append waits",
  () =>
    Effect.gen(function* () {
      const held = new StreamHeld({
        cause: new SqlError({ reason: new UnknownError({ cause: undefined, message: "held", operation: "execute" }) })
      })
      const written: Array<string> = []
      const state = { isHeld: true }
      const { submit, turn } = yield* queue({
        capacity: 2,
        wait: () => Effect.never,
        send: (batch) =>
          Effect.sync(() =>
            batch.map(({ stream }) => {
              if (stream === "Held" && state.isHeld) return Result.fail(held)
              written.push(stream)
              return Result.succeed({ version: 1, position: 1, repeated: false })
            })
          )
      })
      const fork = (stream: string) => Effect.forkChild(submit(appendOf(stream)), { startImmediately: true })
      const first = yield* fork("Held")
      yield* turn
      const [second, third] = [yield* fork("Held"), yield* fork("Held")]
      assert.deepInclude((yield* Effect.flip(submit(appendOf("Held")))).reason, { _tag: "Overloaded", waiting: 2 })
      yield* submit(appendOf("Free"))
      yield* Fiber.interrupt(third)
      state.isHeld = false
      yield* Fiber.interrupt(first)
      assert.deepInclude(yield* Fiber.join(second), { version: 1 })
      assert.deepStrictEqual(written, ["Free", "Held"])
    })
)
