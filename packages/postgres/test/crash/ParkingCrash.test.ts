/**
 * Projectors are killed while keys are parked, wait, and are retried: the rows and the parked
 * events are always those of the fold in memory, which parks too. 4 kills, every second one of the
 * server; 80 with EVENTFOLD_SOAK=1.
 */
import { assert, it } from "@effect/vitest"
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Fiber, Random, Schedule } from "effect"
import { EventStore } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { definition, put, type Row, sent } from "../../../core/test/projection/Parcels.ts"
import { poison, poisoned } from "../processes/Poison.ts"
import { startServer } from "../server/PostgresServer.ts"
import { ChildProcess } from "./ChildProcess.ts"

const isSoak = process.env["EVENTFOLD_SOAK"] !== undefined
const turns = isSoak ? 80 : 4
/** Every so many turns the server crashes: before and after the handlers are fixed. */
const crashInterval = isSoak ? 4 : 2
const towns = ["Aš", poison.town, "Cheb"]

const brief = ({ parcels, town, weight }: Row) => [town, parcels, weight]
const patiently = Effect.retry(Schedule.spaced("50 millis"))

const happen = Effect.gen(function* () {
  const count = yield* Random.nextIntBetween(5, 30)
  for (let i = 0; i < count; i++) {
    const to = towns.filter((_, t) => (i + t) % 3 !== 0)
    const note = (yield* Random.nextIntBetween(0, 9)) === 0 ? poison.note : "note"
    yield* patiently(put(String(i % 4), i % 5 === 4 ? { _tag: "Returned", to } : sent(to, i, note)))
  }
})

for (const partitions of [1, 3]) {
  it.live(
    `parking: after ${turns} kills with failing events, rows and parked keys in ${partitions} partition(s) are those of the fold`,
    () =>
      Effect.gen(function* () {
        const server = yield* Effect.acquireRelease(
          Effect.promise(() => startServer({})),
          (server) => Effect.promise(() => server.stop())
        )
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "eventfold-parking-"))),
          (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
        )
        const fixedFile = join(folder, "fixed")
        yield* Effect.gen(function* () {
          const { projections } = yield* EventStore.EventStore
          const failing = { ...definition("Towns", poisoned(fixedFile)), onFailure: "park" } as const
          const rows = yield* StoredProjection.make(failing)
          const live = yield* LiveProjection.make(failing)
          const start = () => new ChildProcess("projector", server.url, "eventfold", String(partitions), fixedFile)
          const projectors = [start(), start()]
          yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all(projectors.map((one) => one.end()))))
          const caughtUp = Effect.gen(function* () {
            const last = yield* patiently(put("last", sent(["Cheb"])))
            yield* Effect.retry(rows.waitFor(last, { timeout: "5 minutes" }), {
              schedule: Schedule.spaced("50 millis"),
              while: ({ _tag }) => _tag !== "ProjectionBehind"
            })
          })
          const isParked = (one: typeof rows) =>
            Effect.map(Effect.result(one.get(poison.town)), ({ _tag }) => _tag === "Failure")
          const kill = Effect.fnUntraced(function* (
            turn: number,
            during: Effect.Effect<void, unknown, EventStore.EventStore>
          ) {
            const which = yield* Random.nextIntBetween(0, 1)
            // A projector that starts needs a server.
            yield* Effect.promise(() => Promise.all(projectors.map((one) => one.running())))
            const happening = yield* Effect.forkChild(during)
            yield* Effect.sleep(yield* Random.nextIntBetween(0, 200))
            if (turn % crashInterval === crashInterval - 1) {
              yield* Effect.promise(() => server.crash())
              yield* Effect.promise(() => server.start())
            } else {
              yield* Effect.promise(() => projectors[which]!.end())
              projectors[which] = start()
            }
            yield* Fiber.join(happening)
          })
          // At least one, in any case.
          yield* put("first", sent(towns, 1, poison.note))
          for (let turn = 0; turn < turns / 2; turn++) {
            yield* kill(turn, happen)
            yield* caughtUp
            assert.deepStrictEqual((yield* rows.all).map(brief), (yield* live.all).map(brief))
            assert.isTrue(yield* isParked(rows))
            assert.isTrue(yield* isParked(live))
            assert.strictEqual((yield* projections!.status("Towns"))?.parked, 1)
          }
          writeFileSync(fixedFile, "")
          const again = Effect.andThen(Effect.ignore(projections!.retry("Towns")), happen)
          for (let turn = 0; turn < turns / 2; turn++) yield* kill(turn, again)
          yield* patiently(projections!.retry("Towns"))
          yield* Effect.retry(
            Effect.flatMap(projections!.status("Towns"), (status) =>
              status?.parked === 0 ? Effect.void : Effect.fail(`still parked: ${JSON.stringify(status)}`)
            ),
            Schedule.upTo(Schedule.spaced("50 millis"), { times: 400 })
          )
          yield* caughtUp
          const sound = yield* LiveProjection.make(definition())
          assert.deepStrictEqual((yield* rows.all).map(brief), (yield* sound.all).map(brief))
          for (const projector of projectors) assert.isTrue(projector.isRunning, projector.output)
        }).pipe(Effect.scoped, Effect.provide(PgEventStore.layer({ url: server.url })))
      }).pipe(Effect.scoped),
    600_000 + turns * 4_000
  )
}
