/** What holds on every store, in memory, on PGlite and on a server. */
import { assert, describe, layer } from "@effect/vitest"
import { DateTime, Effect, Fiber, Result, Stream } from "effect"
import { EventId, EventStore, EventStoreError } from "eventfold"
import { event, events, stores } from "./Stores.ts"

const store = EventStore.EventStore
let names = 0
/** A stream id that no other test uses. */
const stream = (aggregate = "Account"): string => `${aggregate}-${++names}`

const reasonOf = <A, R>(effect: Effect.Effect<A, EventStoreError.EventStoreError, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

const dataOf = (id: string, options?: EventStore.ReadOptions) =>
  Effect.flatMap(store, ({ read }) =>
    Effect.map(Stream.runCollect(read(id, options)), (rows) => rows.map(({ data }) => data))
  )

const versionsOf = (id: string, options?: EventStore.ReadOptions) =>
  Effect.flatMap(store, ({ read }) =>
    Effect.map(Stream.runCollect(read(id, options)), (rows) => rows.map(({ version }) => version))
  )

for (const [name, make] of stores) {
  layer(make(), { excludeTestServices: true, timeout: "30 seconds" })(`the store on ${name}`, (it) => {
    describe("expected versions", () => {
      it.effect("of twenty that want to be first, one wins and the others learn the actual version", () =>
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

      it.effect("means what it says on an empty stream and on one with events", () =>
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

      it.effect("an append without events writes nothing, but looks at the version", () =>
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
      it.effect("give the first result, whatever is expected", () =>
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

      it.effect("of a part in its order give that part's result", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          const id = stream()
          const [a, b, c] = events(3)
          const { position } = yield* append(id, "any", [a!, b!, c!])
          assert.deepInclude(yield* append(id, "any", [a!, b!]), { version: 2, repeated: true })
          assert.deepInclude(yield* append(id, "any", [b!, c!]), { version: 3, position, repeated: true })
        })
      )

      it.effect("with something else under a used id are refused", () =>
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
          // The fresh one beside a used id was not kept either.
          assert.deepInclude(yield* append(id, 2, [fresh]), { version: 3, repeated: false })
        })
      )

      it.effect("at the same time write once", () =>
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

      it.effect("don't fail those that travel in the same batch", () =>
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
      it.effect("all or none", () =>
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

      it.effect("results come in the order of the appends, also where some are repeated or empty", () =>
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

      it.effect("crossing each other they don't get stuck", () =>
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

    describe("what goes in comes out", () => {
      it.effect("strings, numbers, names and metadata", () =>
        Effect.gen(function* () {
          const { append, read } = yield* store
          const id = `Konto-'";--\\$1 ${"žlúťoučký 🐎".repeat(10)}\u2028${++names}`
          const data = {
            text: "2024-01-01T00:00:00Z",
            digits: "00012345678901234567890",
            nul: "a\0b",
            half: "\ud800",
            quote: `'"\\ {} $1 \u2028`,
            numbers: [1e308, 5e-324, 0.1, -1, 9007199254740991],
            __proto__x: { "": null, deep: [[[[true]]]] }
          }
          const metadata = { correlationId: "c'\"\\", causationId: "🐎", actor: "" }
          const sent = event(data, { type: "Konto'\"Otevřeno", schemaVersion: 32_767, metadata })
          yield* append(id, "noStream", [sent])
          const [back] = yield* Stream.runCollect(read(id))
          assert.deepStrictEqual(back!.data, data)
          assert.deepInclude(back!, {
            id: sent.id,
            stream: id,
            type: sent.type,
            schemaVersion: 32_767,
            metadata,
            version: 1
          })
        })
      )

      it.effect("any date that JavaScript can hold, to the millisecond", () =>
        Effect.gen(function* () {
          const { append, read } = yield* store
          const id = stream()
          const times = [-8.64e15, -62_198_755_200_001, -1, 0, 1, 253_402_300_800_000, 8.64e15]
          yield* append(
            id,
            "any",
            times.map((time) => event({}, { occurredAt: DateTime.makeUnsafe(time) }))
          )
          const rows = yield* Stream.runCollect(read(id))
          assert.deepStrictEqual(
            rows.map(({ occurredAt }) => occurredAt.epochMilliseconds),
            times
          )
        })
      )

      it.effect("what can't is refused before it is sent", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          for (const bad of ["a\0b", "\ud800", "", "x".repeat(1_001), "é".repeat(501)]) {
            assert.strictEqual((yield* reasonOf(append(bad, "any", [event()])))._tag, "InvalidRequest")
            assert.strictEqual(
              (yield* reasonOf(append(stream(), "any", [event({}, { type: bad })])))._tag,
              "InvalidRequest"
            )
          }
          assert.strictEqual((yield* reasonOf(append(stream(), "any", [event({ n: NaN })])))._tag, "InvalidRequest")
          assert.strictEqual((yield* reasonOf(append(stream(), 1.5, [event()])))._tag, "InvalidRequest")
          assert.strictEqual(
            (yield* reasonOf(append(stream(), "any", [event({}, { id: "42" })])))._tag,
            "InvalidRequest"
          )
        })
      )

      it.effect("events far beyond a batch's size", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          const id = stream()
          const text = "0123456789".repeat(300_000)
          yield* Effect.all([append(id, "any", [event({ text })]), append(stream(), "any", [event({ text })])], {
            concurrency: "unbounded"
          })
          assert.deepStrictEqual(yield* dataOf(id), [{ text }])
        })
      )
    })

    describe("reading a stream", () => {
      it.effect("bounds, direction and limit, over more than a page", () =>
        Effect.gen(function* () {
          const { append } = yield* store
          const id = stream()
          yield* append(id, "any", events(2_500))
          const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)
          assert.deepStrictEqual(yield* versionsOf(id), range(1, 2_500))
          assert.deepStrictEqual(yield* versionsOf(id, { direction: "backwards" }), range(1, 2_500).toReversed())
          assert.deepStrictEqual(yield* versionsOf(id, { from: 2, to: 4 }), [2, 3, 4])
          assert.deepStrictEqual(yield* versionsOf(id, { from: 2, to: 4, direction: "backwards" }), [4, 3, 2])
          assert.deepStrictEqual(yield* versionsOf(id, { limit: 2 }), [1, 2])
          assert.deepStrictEqual(yield* versionsOf(id, { direction: "backwards", limit: 1 }), [2_500])
          assert.deepStrictEqual(yield* versionsOf(id, { from: 2_499 }), [2_499, 2_500])
          assert.deepStrictEqual(yield* versionsOf(id, { from: 2_501 }), [])
          assert.deepStrictEqual(yield* versionsOf(id, { from: 4, to: 3 }), [])
          assert.deepStrictEqual(yield* versionsOf(id, { limit: 0 }), [])
          assert.deepStrictEqual(yield* versionsOf(id, { limit: 1_500 }), range(1, 1_500))
          assert.deepStrictEqual(yield* versionsOf(stream()), [])
        })
      )

      it.effect("as of a time: the longest prefix, by either time", () =>
        Effect.gen(function* () {
          const { append, read } = yield* store
          const id = stream()
          const at = (millis: number) => DateTime.makeUnsafe(millis)
          // The third is about a time before the second.
          yield* append(
            id,
            "any",
            [10, 20, 15, 30].map((time) => event({ time }, { occurredAt: at(time) }))
          )
          assert.deepStrictEqual(yield* versionsOf(id, { asOf: at(9) }), [])
          assert.deepStrictEqual(yield* versionsOf(id, { asOf: at(15) }), [1])
          assert.deepStrictEqual(yield* versionsOf(id, { asOf: at(20) }), [1, 2, 3])
          assert.deepStrictEqual(yield* versionsOf(id, { asOf: at(29), direction: "backwards", limit: 2 }), [3, 2])
          assert.deepStrictEqual(yield* versionsOf(id, { asOf: at(1e15) }), [1, 2, 3, 4])
          const [first] = yield* Stream.runCollect(read(id))
          const recordedAt = first!.recordedAt.epochMilliseconds
          assert.deepStrictEqual(yield* versionsOf(id, { asKnownAt: at(recordedAt - 1) }), [])
          assert.deepStrictEqual(yield* versionsOf(id, { asKnownAt: at(recordedAt) }), [1, 2, 3, 4])
          assert.deepStrictEqual(yield* versionsOf(id, { asKnownAt: at(recordedAt), asOf: at(10) }), [1])
        })
      )

      it.effect("recorded times never go back, and occurred times default to them", () =>
        Effect.gen(function* () {
          const { append, read } = yield* store
          const id = stream()
          for (let i = 0; i < 5; i++) yield* append(id, 2 * i, events(2))
          const rows = yield* Stream.runCollect(read(id))
          for (const [i, row] of rows.entries()) {
            assert.strictEqual(row.occurredAt.epochMilliseconds, row.recordedAt.epochMilliseconds)
            if (i > 0) assert.isAtLeast(row.recordedAt.epochMilliseconds, rows[i - 1]!.recordedAt.epochMilliseconds)
          }
          assert.isBelow(Math.abs(Date.now() - rows[0]!.recordedAt.epochMilliseconds), 60_000)
        })
      )
    })

    describe("reading the log", () => {
      it.effect("in position order, by aggregate, type, start, limit and page size", () =>
        Effect.gen(function* () {
          const { append, readAll } = yield* store
          const aggregate = `Ag${++names}`
          const { position: before } = yield* append(stream(), "any", events(1))
          for (let i = 0; i < 6; i++) {
            yield* append(`${aggregate}-${i}`, "any", [
              event({ i }),
              event({ i }, { type: i % 2 === 0 ? "Even" : "Odd" })
            ])
            yield* append(`${aggregate}x-${i}`, "any", events(1))
          }
          const read = (options: EventStore.ReadAllOptions) =>
            Effect.map(Stream.runCollect(readAll(options)), (rows) =>
              rows.map(({ stream, version }) => `${stream}@${version}`)
            )
          const all = yield* read({ after: before })
          assert.deepStrictEqual(all.slice(0, 4), [
            `${aggregate}-0@1`,
            `${aggregate}-0@2`,
            `${aggregate}x-0@1`,
            `${aggregate}-1@1`
          ])
          assert.strictEqual(all.length, 18)
          for (const pageSize of [1, 2, 5, 6, 17, 18, 19]) {
            assert.deepStrictEqual(yield* read({ after: before, pageSize }), all)
            assert.deepStrictEqual(yield* read({ after: before, pageSize, limit: 6 }), all.slice(0, 6))
            assert.deepStrictEqual(
              yield* read({ aggregates: [aggregate], pageSize }),
              all.filter((key) => key.startsWith(`${aggregate}-`))
            )
          }
          assert.strictEqual((yield* read({ aggregates: [aggregate, `${aggregate}x`] })).length, 18)
          assert.strictEqual((yield* read({ aggregates: [aggregate], types: ["Even"] })).length, 3)
          assert.strictEqual((yield* read({ after: before, types: ["Even", "Odd"] })).length, 6)
          assert.deepStrictEqual(yield* read({ after: before, aggregates: [] }), [])
          assert.deepStrictEqual(yield* read({ after: before, limit: 0 }), [])
        })
      )

      it.effect("version order is position order, and later appends have greater positions", () =>
        Effect.gen(function* () {
          const { append, readAll } = yield* store
          const { position: before } = yield* append(stream(), "any", events(1))
          const ids = [stream("Order"), stream("Order"), stream("Order")]
          yield* Effect.all(
            Array.from({ length: 60 }, (_, i) => append(ids[i % 3]!, "any", events(2))),
            { concurrency: "unbounded" }
          )
          const rows = yield* Stream.runCollect(readAll({ after: before }))
          const next = new Map<string, number>()
          let last = before
          for (const { position, stream, version } of rows) {
            assert.isAbove(position, last)
            last = position
            assert.strictEqual(version, (next.get(stream) ?? 0) + 1)
            next.set(stream, version)
          }
          assert.strictEqual(rows.length, 120)
          assert.isAbove((yield* append(stream(), "any", events(1))).position, last)
        })
      )
    })

    it.effect("a caller that is interrupted leaves whole appends behind, or none", () =>
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

    it.effect("names itself", () =>
      Effect.gen(function* () {
        const { id } = yield* store
        assert.isTrue(EventId.isEventId(id))
      })
    )
  })
}
