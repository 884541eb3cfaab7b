/** The log without gaps, on real connections whose statements are paused between their steps. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { serverUrl } from "../server/serverUrl.ts"
import * as Schedule from "./Schedule.ts"
import { isSoak } from "./Soak.ts"
import * as Stage from "./Stage.ts"

const seed = Number(process.env["EVENTFOLD_SEED"] ?? Math.floor(Math.random() * 2 ** 31))

/** Runs schedules one after another; gives how many there were. */
const runAll = Effect.fnUntraced(function* (
  schedulesFor: (stage: Stage.Stage) => Iterable<Schedule.Schedule>,
  millis = Infinity
) {
  const stage = yield* Stage.make({ url: yield* Effect.promise(serverUrl) })
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

const families = {
  "three writers that lock and draw, insert, and commit or roll back, and a full read after each step":
    Schedule.threeWriters,
  "two such writers, and the reader's three steps between any of theirs": Schedule.twoWriters
}

describe("each event is delivered exactly once, in order, under", () => {
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
})
