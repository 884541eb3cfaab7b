/**
 * Projectors are killed, stopped beyond their lease, and continued, and the server crashes under
 * them: the rows end as those of the fold in memory, without a lost or repeated event: with all
 * keys together, and in three partitions. 5 times each, once of each kind but two kills and two
 * stops; 100 times with EVENTFOLD_SOAK=1.
 */
import { assert, it } from "@effect/vitest"
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Fiber, type Layer, Random, Schedule } from "effect"
import { EventStore, type EventStoreError } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { startServer } from "../server/PostgresServer.ts"
import { definition, put, type Row, sent } from "../../../core/test/projection/Parcels.ts"
import { ChildProcess } from "./ChildProcess.ts"

const turns = process.env["EVENTFOLD_SOAK"] === undefined ? 5 : 100
const towns = ["Aš", "Brno", "Cheb", "Děčín"]

const brief = ({ parcels, town, weight }: Row) => [town, parcels, weight]

/** Sends some parcels for each town, by a store that reconnects when its server restarts. */
const happen = Effect.gen(function* () {
  const count = yield* Random.nextIntBetween(5, 40)
  for (let i = 0; i < count; i++) {
    const to = towns.filter((_, t) => (i + t) % 3 !== 0)
    const event = i % 5 === 4 ? ({ _tag: "Returned", to } as const) : sent(to, i)
    const written = put(String(i % 4), event)
    yield* Effect.retry(written, Schedule.spaced("50 millis"))
  }
})

for (const partitions of [1, 3]) {
  it.live(
    `projector: after ${turns} kills, stops and restarts the rows in ${partitions} partition(s) are those of the fold in memory`,
    () =>
      Effect.gen(function* () {
        const server = yield* Effect.acquireRelease(
          Effect.promise(() => startServer({})),
          (server) => Effect.promise(() => server.stop())
        )
        const layer: Layer.Layer<EventStore.EventStore, EventStoreError.EventStoreError> = PgEventStore.layer({
          url: server.url
        })
        yield* Effect.gen(function* () {
          const rows = yield* StoredProjection.make(definition())
          const start = () => new ChildProcess("projector", server.url, "eventfold", String(partitions))
          const projectors = [start(), start()]
          yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all(projectors.map((one) => one.end()))))
          const live = yield* LiveProjection.make(definition())
          /** Checks at the end that rows and fold agree, and stay equal. */
          const agree = Effect.gen(function* () {
            const last = yield* Effect.retry(put("last", sent(["Brno"])), Schedule.spaced("50 millis"))
            yield* Effect.retry(rows.waitFor(last, { timeout: "5 minutes" }), {
              schedule: Schedule.spaced("50 millis"),
              while: ({ _tag }) => _tag !== "ProjectionBehind"
            })
            // A process that was continued has had the time to write, if it could.
            yield* Effect.sleep("100 millis")
            assert.deepStrictEqual((yield* rows.all).map(brief), (yield* live.all).map(brief))
          })
          for (let turn = 0; turn < turns; turn++) {
            const which = yield* Random.nextIntBetween(0, 1)
            const chosen = projectors[which]!
            yield* Effect.promise(() => chosen.running())
            const happening = yield* Effect.forkChild(happen)
            yield* Effect.sleep(yield* Random.nextIntBetween(0, 150))
            const kind = turn % 5
            if (kind === 4) {
              yield* Effect.promise(() => server.crash())
              yield* Effect.promise(() => server.start())
            } else if (kind > 1) {
              chosen.signal("SIGSTOP")
              yield* Effect.sleep("400 millis")
              yield* happen
              yield* Fiber.join(happening)
              yield* Effect.sleep("500 millis")
              // No later event hides a write of it.
              chosen.signal("SIGCONT")
            } else {
              yield* Effect.promise(() => chosen.end())
              projectors[which] = start()
              yield* happen
            }
            yield* Fiber.join(happening)
            yield* agree
          }
          assert.isAbove((yield* live.all).length, 2)
          const status = yield* (yield* EventStore.EventStore).projections!.status("Towns")
          assert.strictEqual(status?.partitions.length, partitions)
          for (const projector of projectors) assert.isTrue(projector.isRunning, projector.output)
        }).pipe(Effect.scoped, Effect.provide(layer))
      }),
    600_000 + turns * 4_000
  )
}
