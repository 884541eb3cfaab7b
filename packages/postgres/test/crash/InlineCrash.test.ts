/**
 * Programs that append with inline rows are killed and stopped, and the server crashes under them:
 * in every snapshot of the database the rows equal the fold of the events. 4 times; 100 with
 * EVENTFOLD_SOAK=1.
 */
import { assert, it } from "@effect/vitest"
import { Effect, Random, Schedule } from "effect"
import { startServer } from "../server/PostgresServer.ts"
import { clientOf, eventually } from "../StoreOnServer.ts"
import { ChildProcess } from "./ChildProcess.ts"

const isSoak = process.env["EVENTFOLD_SOAK"] !== undefined
const turns = isSoak ? 100 : 4

/**
 * Towns whose number of parcels by the events differs from that in the row. One statement, so one
 * snapshot.
 */
const differences = `select coalesce(e.town, r._key), e.parcels::float8, r.parcels::float8
  from (
    select t as town, count(*) as parcels from eventfold.events, jsonb_array_elements_text(data::jsonb -> 'to') t
    where type = 'Sent' group by 1
  ) e full join eventfold_depot.towns r on r._key = e.town
  where e.parcels is distinct from r.parcels`

it.live(
  `inline rows: during and after ${turns} kills, stops and restarts they equal the fold of the events`,
  () =>
    Effect.gen(function* () {
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => startServer({})),
        (server) => Effect.promise(() => server.stop())
      )
      const start = () => new ChildProcess("inline", server.url, "eventfold")
      const programs = [start(), start()]
      yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all(programs.map((one) => one.end()))))
      yield* Effect.promise(() => Promise.all(programs.map((one) => one.running())))
      const sql = yield* clientOf(server.url)
      const values = (text: string) =>
        Effect.retry(sql.unsafe(text).values, { schedule: Schedule.spaced("50 millis"), times: 200 })
      const agree = Effect.gen(function* () {
        assert.deepStrictEqual(yield* values(differences), [])
      })
      const count = Effect.map(values("select count(*)::int from eventfold.events"), ([row]) => Number(row?.[0]))
      for (let turn = 0; turn < turns; turn++) {
        const which = yield* Random.nextIntBetween(0, 1)
        yield* Effect.promise(() => Promise.all(programs.map((one) => one.running())))
        yield* Effect.sleep(yield* Random.nextIntBetween(20, 150))
        yield* agree
        if (turn % 4 === 3) {
          yield* Effect.promise(() => server.crash())
          yield* Effect.promise(() => server.start())
        } else if (isSoak && turn % 10 === 2) {
          // Often within a transaction: the other process waits until the server ends that.
          programs[which]!.signal("SIGSTOP")
          yield* Effect.sleep("12 seconds")
          yield* agree
          programs[which]!.signal("SIGCONT")
        } else {
          yield* Effect.promise(() => programs[which]!.end())
          programs[which] = start()
        }
        yield* agree
        // The processes continue.
        const before = yield* count
        yield* eventually(Effect.map(count, (now) => now > before))
      }
      for (const one of programs) assert.isTrue(one.isRunning, one.output)
    }),
  600_000 + turns * 6_000
)
