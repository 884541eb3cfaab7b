/**
 * The position in the result of `execute`, which `waitFor` takes: up to it, the log holds the
 * events of the command.
 */
import { it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { AggregateCache, EventStore, MemoryEventStore, Repository, Snapshots } from "eventfold"
import { LiveProjection, ProjectionFold } from "eventfold/generated"
import { describe, expect } from "vitest"
import { codec, count, makeTallies, Tally } from "../Tally.ts"

const memory = MemoryEventStore.layer
const wait = { _tag: "Wait" } as const

const positionOf = (stream: string) =>
  EventStore.EventStore.use(({ streamInfo }) => Effect.map(streamInfo(stream), (info) => info?.position ?? 0))

/** Counts the events of each tally. */
const counts = LiveProjection.make({
  name: "Counts",
  sources: [ProjectionFold.source({ aggregate: "Tally", id: Tally.id, codec, types: ["Counted"] })],
  key: Schema.String,
  row: Schema.Int,
  table: {
    domain: "test",
    name: "counts",
    key: "text",
    columns: [],
    primaryKey: ["_key"],
    indexes: [],
    constraints: []
  },
  fingerprint: "test",
  bodies: {
    keys: (_, { id }: { readonly id: string }) => [id],
    project: (row: number | undefined) => (row ?? 0) + 1
  }
})

for (const [what, layer] of [
  ["alone", memory],
  ["with a cache", Layer.merge(memory, AggregateCache.layer({ capacity: 10 }))],
  ["with snapshots", Layer.merge(memory, Snapshots.layer({ events: 1 }))]
] as const) {
  describe(`the position of a command's result, ${what}`, () => {
    it.effect("is that of its last event, and waitFor of a projection takes the result", () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        const rows = yield* counts
        yield* tallies.execute("b", count(1))
        const executed = yield* tallies.execute("a", { _tag: "Note" })
        expect(executed.position).toBe(yield* positionOf("Tally-a"))
        expect(executed).toMatchObject({ version: 2, position: 3 })
        yield* rows.waitFor(executed)
        expect(yield* rows.get("a")).toBe(1)
      }).pipe(Effect.provide(layer))
    )

    it.effect("is that of the stream's last event if the command has no events, and 0 if the stream has none", () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        const rows = yield* counts
        const nothing = yield* tallies.execute("a", wait)
        expect(nothing).toMatchObject({ events: [], version: 0, position: 0 })
        yield* rows.waitFor(nothing)
        yield* tallies.execute("a", count(1))
        yield* tallies.execute("b", count(1))
        for (const service of [tallies, yield* makeTallies()]) {
          expect(yield* service.execute("a", wait)).toMatchObject({ events: [], version: 1, position: 1 })
        }
      }).pipe(Effect.provide(layer))
    )

    it.effect("is that of the first execution for a repeated command id, even if the stream has grown", () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        const commandId = "once"
        const first = yield* tallies.execute("a", { _tag: "Note" }, { commandId })
        yield* tallies.execute("a", count(1))
        const again = yield* (yield* makeTallies()).execute("a", { _tag: "Note" }, { commandId })
        expect(again).toMatchObject({ repeated: true, version: 2, position: first.position })
        expect(yield* tallies.executed("a", commandId)).toMatchObject({ position: first.position })
        expect(first.position).toBe(2)
      }).pipe(Effect.provide(layer))
    )

    it.effect("is that of the last event of all commands that run together, also when they are repeated", () =>
      Effect.gen(function* () {
        const tallies = yield* makeTallies()
        const all = () => [
          tallies.prepare("c", count(1)),
          tallies.prepare("a", wait),
          tallies.prepare("b", count(2)),
          tallies.prepare("c", count(3))
        ]
        const results = yield* Repository.executeAll(all(), { commandId: "together" })
        expect(results.map(({ position }) => position)).toEqual([3, 3, 3, 3])
        yield* tallies.execute("c", count(4))
        const again = yield* Repository.executeAll(all(), { commandId: "together" })
        expect(again.map(({ position, repeated }) => [position, repeated])).toEqual(
          [3, 3, 3, 3].map((one) => [one, true])
        )
      }).pipe(Effect.provide(layer))
    )
  })
}
