/** Appends, on every store: expected versions, repeats, several streams at once. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Fiber, Result } from "effect"
import type { EventStore } from "eventfold"
import { reasonOf, store, stream, versionsOf } from "../StoreFixture.ts"
import { event, events, stores } from "../Stores.ts"

for (const [name, make] of stores) {
  layer(make(), { excludeTestServices: true, timeout: "10 minutes" })(`append on ${name}`, (it) => {
    describe("expected versions", () => {
      it.effect(
        "of twenty concurrent appends that expect no stream, one wins and the others learn the actual version",
        () =>
          Effect.gen(function* () {
            const { append } = yield* store
            const id = stream()
            const results = yield* Effect.all(
              Array.from({ length: 20 }, () => Effect.result(append(id, "noStream", events(2)))),
              { concurrency: "unbounded" }
            )
            assert.strictEqual(results.filter(Result.isSuccess).length, 1)
            for (const lost of results.filter(Result.isFailure)) {
              assert.deepInclude(lost.failure.reason, {
                _tag: "VersionConflict",
                stream: id,
                expected: "noStream",
                actual: 2
              })
            }
            assert.deepStrictEqual(yield* versionsOf(id), [1, 2])
          })
      )

      it.effect("any never conflicts, and leaves no gap", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          const id = stream()
          yield* Effect.all(
            Array.from({ length: 40 }, () => append(id, "any", events(3))),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(
            yield* versionsOf(id),
            Array.from({ length: 120 }, (_, i) => i + 1)
          )
        })
      )

      it.effect("each kind of expected version works on an empty stream and on one with events", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          const id = stream()
          const conflict = (expected: EventStore.ExpectedVersion, actual: number) =>
            Effect.map(reasonOf(append(id, expected, [event()])), (reason) =>
              assert.deepInclude(reason, { _tag: "VersionConflict", stream: id, expected, actual })
            )
          yield* conflict("streamExists", 0)
          yield* conflict(1, 0)
          yield* append(id, 0, [event()])
          yield* conflict("noStream", 1)
          yield* conflict(0, 1)
          yield* conflict(2, 1)
          yield* append(id, 1, [event()])
          yield* append(id, "streamExists", [event()])
          assert.deepStrictEqual(yield* versionsOf(id), [1, 2, 3])
        })
      )

      it.effect("an append without events writes nothing, but checks the version", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          const id = stream()
          assert.deepStrictEqual(yield* append(id, "noStream", []), { version: 0, position: 0, repeated: false })
          const first = yield* append(id, "any", events(2))
          assert.deepStrictEqual(yield* append(id, 2, []), first)
          assert.deepInclude(yield* reasonOf(append(id, 1, [])), { _tag: "VersionConflict", actual: 2 })
          assert.deepStrictEqual(yield* versionsOf(id), [1, 2])
        })
      )
    })

    describe("repeated appends", () => {
      it.effect("a repeated append gives the first result, even if another version is expected", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          const id = stream()
          const batch = events(3)
          const first = yield* append(id, "noStream", batch)
          yield* append(id, 3, events(2))
          for (const expected of ["noStream", "any", "streamExists", 0, 3, 99] as const) {
            assert.deepStrictEqual(yield* append(id, expected, batch), { ...first, repeated: true })
          }
          assert.strictEqual((yield* versionsOf(id)).length, 5)
        })
      )

      it.effect("a repeat of a part in its order gives the result of that part", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          const id = stream()
          const [a, b, c] = events(3)
          const { position } = yield* append(id, "any", [a!, b!, c!])
          assert.deepInclude(yield* append(id, "any", [a!, b!]), { version: 2, repeated: true })
          assert.deepInclude(yield* append(id, "any", [b!, c!]), { version: 3, position, repeated: true })
        })
      )

      it.effect("an append with other content under a used id is refused", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          const id = stream()
          const [a, b] = events(2)
          yield* append(id, "any", [a!, b!])
          const reused = (target: string, batch: ReadonlyArray<ReturnType<typeof event>>, eventId: string) =>
            Effect.map(reasonOf(append(target, "any", batch)), (reason) =>
              assert.deepInclude(reason, { _tag: "EventIdReused", stream: target, eventId })
            )
          yield* reused(stream(), [a!], a!.id)
          yield* reused(id, [{ ...a!, data: { i: 99 } }], a!.id)
          yield* reused(id, [{ ...a!, type: "AccountClosed" }], a!.id)
          yield* reused(id, [b!, a!], b!.id)
          yield* reused(id, [a!, event()], a!.id)
          const fresh = event()
          yield* reused(id, [fresh, a!], a!.id)
          assert.strictEqual((yield* versionsOf(id)).length, 2)
          // The new event beside a used id was not written either.
          assert.deepInclude(yield* append(id, 2, [fresh]), { version: 3, repeated: false })
        })
      )

      it.effect("the same append by several callers at the same time is written once", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          const id = stream()
          const batch = events(2)
          const results = yield* Effect.all(
            Array.from({ length: 10 }, () => append(id, "noStream", batch)),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(results.filter(({ repeated }) => !repeated).length, 1)
          assert.deepStrictEqual(yield* versionsOf(id), [1, 2])
        })
      )

      it.effect("repeats do not fail other appends in the same batch", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          const old = event()
          yield* append(stream(), "any", [old])
          const results = yield* Effect.all(
            Array.from({ length: 60 }, (_, i) =>
              Effect.result(
                i % 10 === 3
                  ? append(stream(), "any", [old])
                  : i % 10 === 7
                    ? append(stream(), "streamExists", [event()])
                    : append(stream(), "noStream", events(1 + (i % 3)))
              )
            ),
            { concurrency: "unbounded" }
          )
          const tags = results.map((result, i) =>
            Result.isSuccess(result)
              ? result.success.version === 1 + (i % 3)
                ? "ok"
                : "wrong"
              : result.failure.reason._tag
          )
          assert.deepStrictEqual(
            tags,
            tags.map((_, i) => (i % 10 === 3 ? "EventIdReused" : i % 10 === 7 ? "VersionConflict" : "ok"))
          )
        })
      )
    })

    describe("several streams at once", () => {
      it.effect("appendAll writes all appends or none", () =>
        Effect.gen(function* () {
          const { append, appendAll } = yield* store
          const [a, b, c] = [stream(), stream(), stream()]
          yield* append(b, "any", events(1))
          const reason = yield* reasonOf(
            appendAll([
              { stream: a, expected: "noStream", events: events(2) },
              { stream: b, expected: "noStream", events: events(1) },
              { stream: c, expected: "any", events: events(1) }
            ])
          )
          assert.deepInclude(reason, { _tag: "VersionConflict", stream: b, actual: 1 })
          assert.deepStrictEqual([yield* versionsOf(a), yield* versionsOf(b), yield* versionsOf(c)], [[], [1], []])
        })
      )

      it.effect("results are in the order of the appends, also if some are repeated or empty", () =>
        Effect.gen(function* () {
          const { appendAll } = yield* store
          const [z, a, e] = [stream("Zeta"), stream("Alpha"), stream("Empty")]
          const old = { stream: z, expected: "noStream", events: events(2) } as const
          const [first] = yield* appendAll([old])
          const results = yield* appendAll([
            { stream: a, expected: "noStream", events: events(3) },
            old,
            { stream: e, expected: "noStream", events: [] }
          ])
          assert.deepInclude(results[0]!, { version: 3, repeated: false })
          assert.deepStrictEqual(results[1], { ...first!, repeated: true })
          assert.deepStrictEqual(results[2], { version: 0, position: 0, repeated: false })
          const reason = yield* reasonOf(
            appendAll([
              { stream: e, expected: "streamExists", events: [] },
              { stream: a, expected: 3, events: events(1) }
            ])
          )
          assert.deepInclude(reason, { _tag: "VersionConflict", stream: e, actual: 0 })
          assert.deepStrictEqual(yield* versionsOf(a), [1, 2, 3])
        })
      )

      it.effect("appends to the same streams in opposite orders do not deadlock", () =>
        Effect.gen(function* () {
          const { appendAll } = yield* store
          const [a, b] = [stream(), stream()]
          yield* Effect.all(
            Array.from({ length: 20 }, (_, i) =>
              appendAll(
                (i % 2 === 0 ? [a, b] : [b, a]).map((stream) => ({
                  stream,
                  expected: "any" as const,
                  events: events(2)
                }))
              )
            ),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual([(yield* versionsOf(a)).length, (yield* versionsOf(b)).length], [40, 40])
        })
      )
    })

    it.effect("an interrupted caller leaves whole appends behind, or none", () =>
      Effect.gen(function* () {
        const { append } = yield* store
        const ids = Array.from({ length: 50 }, () => stream())
        const fibers = yield* Effect.forEach(ids, (id) =>
          Effect.forkChild(append(id, "noStream", events(3)), { startImmediately: true })
        )
        yield* Effect.forEach(fibers, Fiber.interrupt, { discard: true })
        for (const id of ids) assert.include([0, 3], (yield* versionsOf(id)).length)
        assert.deepInclude(yield* append(stream(), "noStream", events(1)), { version: 1 })
      })
    )

    it.effect("an error of appendAll names its operation", () =>
      Effect.gen(function* () {
        const { id } = yield* store
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
      })
    )
  })
}
