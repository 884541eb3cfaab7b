/**
 * Transactions that don't append never hold back readers, in the store's database or in another
 * database of the server.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { serverUrl } from "../server/serverUrl.ts"
import * as Bystander from "./Bystander.ts"
import { mutants, stalling } from "./Mutant.ts"
import * as Schedule from "./Schedule.ts"
import * as Stage from "./Stage.ts"

const seed = Number(process.env["EVENTFOLD_SEED"] ?? Math.floor(Math.random() * 2 ** 31))

/** Runs schedules while all bystanders are open. */
const examine = Effect.fnUntraced(function* (options: Omit<Stage.Options, "url">, count: number) {
  const url = yield* Effect.promise(serverUrl)
  const stage = yield* Stage.make({ ...options, url })
  yield* Bystander.openAll({ ...stage, url })
  const schedules = Schedule.mixed(Schedule.random(seed), Schedule.kindsFor(stage), ["after each step"])
  for (let i = 1; i <= count; i++) {
    const problem = yield* stage.run(schedules.next().value)
    if (problem !== undefined) return `EVENTFOLD_SEED=${seed}, schedule ${i}: ${problem}`
  }
  return undefined
})

describe("bystanders: with open transactions in this and another database", () => {
  it.live(
    "each event is delivered when its writers have ended",
    () =>
      Effect.gen(function* () {
        const problem = yield* examine({}, 60)
        if (problem !== undefined) assert.fail(problem)
      }),
    600_000
  )

  const waiting = Object.entries({
    ...stalling,
    "the transaction-id reader": mutants["the transaction-id reader, with transactions that append twice"]!
  })
  for (const [name, mutant] of waiting) {
    it.live(
      `readers wait: ${name}`,
      ({ annotate }) =>
        Effect.gen(function* () {
          const problem = yield* examine(mutant, 20)
          if (problem === undefined) return assert.fail(`EVENTFOLD_SEED=${seed}: nothing found`)
          yield* Effect.promise(() => annotate(problem, "counterexample"))
        }),
      600_000
    )
  }
})
