/** Reading, on every store: appended events are returned, from a stream and from the log. */
import { assert, describe, layer } from "@effect/vitest"
import { DateTime, Effect, Stream } from "effect"
import type { EventStore } from "eventfold"
import { reasonOf, store, stream, unused, versionsOf } from "../StoreFixture.ts"
import { event, events, stores } from "../Stores.ts"

const dataOf = (id: string, options?: EventStore.ReadOptions) =>
  Effect.flatMap(store, ({ read }) =>
    Effect.map(Stream.runCollect(read(id, options)), (rows) => rows.map(({ data }) => data))
  )

for (const [name, make] of stores) {
  layer(make(), { excludeTestServices: true, timeout: "10 minutes" })(`reading on ${name}`, (it) => {
    describe("values are returned as they were appended", () => {
      it.effect("strings, numbers, names and metadata", () =>
        Effect.gen(function* () {
          const { append, read } = yield* store
          const id = `Konto-'";--\\$1 ${"žlúťoučký 🐎".repeat(10)}\u2028${unused()}`
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

      it.effect("values that could not be returned are refused before they are sent", () =>
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
          // The third occurred before the second.
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

      it.effect("recorded times never decrease, and occurred times default to them", () =>
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
          const aggregate = `Ag${unused()}`
          const { position: before } = yield* append(stream(), "any", events(1))
          for (let i = 0; i < 6; i++) {
            yield* append(`${aggregate}-${i}`, "any", [
              event({ i }),
              event({ i }, { type: i % 2 === 0 ? "Even" : "Odd" })
            ])
            yield* append(`${aggregate}x-${i}`, "any", events(1))
          }
          const read = (options: Parameters<EventStore.Service["readAll"]>[0]) =>
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
  })
}
