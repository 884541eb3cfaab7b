/**
 * The harness can fail: it finds each broken rule of the log, and reports the schedule that shows
 * it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { serverUrl } from "../server/serverUrl.ts"
import { equivalents, mutants, type Variant } from "./Mutant.ts"
import * as Schedule from "./Schedule.ts"
import { isSoak } from "./Soak.ts"
import * as Stage from "./Stage.ts"

const seed = Number(process.env["EVENTFOLD_SEED"] ?? Math.floor(Math.random() * 2 ** 31))

/** Runs schedules until one shows a mistake, or the time is up. */
const examine = Effect.fnUntraced(function* (variant: Variant, millis: number) {
  const stage = yield* Stage.make({ ...variant, url: yield* Effect.promise(serverUrl) })
  if (variant.needsPreparedTransactions === true && !stage.preparesTransactions) return undefined
  const end = Date.now() + millis
  let count = 0
  for (const schedule of variant.schedules(Schedule.random(seed))) {
    count++
    const problem = yield* stage.run(schedule)
    if (problem !== undefined || Date.now() > end) return { count, problem }
  }
  return { count, problem: undefined }
})

describe("the harness finds a lost event with", () => {
  for (const [name, variant] of Object.entries(mutants)) {
    it(
      name,
      async ({ annotate, skip }) => {
        const result = await Effect.runPromise(Effect.scoped(examine(variant, 500_000)))
        if (result === undefined) return skip("the server's max_prepared_transactions is 0")
        const { count, problem } = result
        if (problem === undefined) return assert.fail(`EVENTFOLD_SEED=${seed}: nothing found in ${count} schedules`)
        await annotate(`EVENTFOLD_SEED=${seed}, schedule ${count}: ${problem}`, "counterexample")
      },
      600_000
    )
  }
})

describe("the harness finds no lost event with", () => {
  for (const [name, variant] of Object.entries(equivalents)) {
    it.live(
      name,
      () =>
        Effect.gen(function* () {
          const result = yield* examine(variant, isSoak ? 60_000 : 1_000)
          if (result?.problem !== undefined) {
            assert.fail(`EVENTFOLD_SEED=${seed}, schedule ${result.count}: ${result.problem}`)
          }
        }),
      600_000
    )
  }
})
