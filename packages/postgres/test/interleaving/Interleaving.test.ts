/** The log without gaps, on real connections whose statements are paused between their steps. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { serverUrl, serverUrlOf } from "../server/serverUrl.ts"
import * as Schedule from "./Schedule.ts"
import { isSoak } from "./Soak.ts"
import * as Stage from "./Stage.ts"

const seed = Number(process.env["EVENTFOLD_SEED"] ?? Math.floor(Math.random() * 2 ** 31))

/** Runs schedules one after another; returns their number. */
const runAll = Effect.fnUntraced(function* (
  schedulesFor: (stage: Stage.Stage) => Iterable<Schedule.Schedule>,
  millis = Infinity,
  options: Partial<Stage.Options> = {}
) {
  const stage = yield* Stage.make({ url: yield* Effect.promise(serverUrl), ...options })
  const end = Date.now() + millis
  let count = 0
  for (const schedule of schedulesFor(stage)) {
    count++
    const problem = yield* stage.run(schedule)
    if (problem !== undefined) assert.fail(`EVENTFOLD_SEED=${seed}, schedule ${count}: ${problem}`)
    if (Date.now() > end) break
  }
  return count
})

/**
 * Reads as subscriptions do: the last event that can be read, and then, in another statement, the
 * events up to it.
 */
const readToHead: Stage.Read = (reader, schema, after, limit) =>
  Effect.gen(function* () {
    const [row] = yield* reader.run(`select head_position::text from ${schema}.head(0)`)
    const rows = yield* reader.run(
      `select e.event_id::text, e.position::float8 from ${schema}.events e
        where e.position > $1 and e.position <= $2 order by e.position limit $3`,
      [BigInt(after), BigInt(String(row?.[0] ?? 0)), limit]
    )
    return rows.map(([id, position]) => ({ id: String(id), position: Number(position) }))
  })

const families = {
  "three writers that lock and draw, insert, and commit or roll back, and a full read after each step":
    Schedule.threeWriters,
  "two such writers, and the reader's three steps between any of theirs": Schedule.twoWriters
}

describe("interleavings: each event is delivered exactly once, in order, with", () => {
  for (const [name, family] of Object.entries(families)) {
    it.live(
      `${name}: ${isSoak ? "all schedules" : "a sample"}`,
      ({ annotate }) =>
        Effect.gen(function* () {
          const count = yield* isSoak
            ? runAll(() => Schedule.all(family))
            : runAll(() => Schedule.sample(family, Schedule.random(seed)), 5_000)
          yield* Effect.promise(() => annotate(`${count} schedules${isSoak ? "" : `, EVENTFOLD_SEED=${seed}`}`))
        }),
      3_600_000
    )
  }

  it.live(
    `two such writers, and the steps of a subscription between any of theirs: ${isSoak ? "all schedules" : "a sample"}`,
    ({ annotate }) =>
      Effect.gen(function* () {
        const options = { read: readToHead }
        const count = yield* isSoak
          ? runAll(() => Schedule.all(Schedule.twoWriters), Infinity, options)
          : runAll(() => Schedule.sample(Schedule.twoWriters, Schedule.random(seed)), 3_000, options)
        yield* Effect.promise(() => annotate(`${count} schedules${isSoak ? "" : `, EVENTFOLD_SEED=${seed}`}`))
      }),
    3_600_000
  )

  it.live(
    "savepoints, caught exceptions, two-phase commits, batches and other kinds of appends: a sample",
    ({ annotate }) =>
      Effect.gen(function* () {
        const count = yield* runAll(
          (stage) => Schedule.mixed(Schedule.random(seed), Schedule.kindsFor(stage)),
          isSoak ? 120_000 : 6_000
        )
        yield* Effect.promise(() => annotate(`${count} schedules, EVENTFOLD_SEED=${seed}`))
      }),
    3_600_000
  )

  it.live(
    "the same on PostgreSQL 15, the oldest supported version: a sample",
    ({ annotate }) =>
      Effect.gen(function* () {
        const url = yield* Effect.promise(() => serverUrlOf(15))
        const millis = isSoak ? 120_000 : 1_500
        const next = Schedule.random(seed)
        const counts = [
          yield* runAll(() => Schedule.sample(Schedule.threeWriters, next), millis, { url }),
          yield* runAll(() => Schedule.sample(Schedule.twoWriters, next), millis, { url }),
          yield* runAll(() => Schedule.sample(Schedule.twoWriters, next), millis, { url, read: readToHead }),
          yield* runAll((stage) => Schedule.mixed(next, Schedule.kindsFor(stage)), millis, { url })
        ]
        yield* Effect.promise(() => annotate(`${counts.join(" + ")} schedules, EVENTFOLD_SEED=${seed}`))
      }),
    3_600_000
  )
})
