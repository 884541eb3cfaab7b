/** Verifications of a million copied events of the bank, each in a new process. */
import { Effect, Schema, type Scope } from "effect"
import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import * as BankLog from "../BankLog.ts"
import * as Eventfold from "../contenders/Eventfold.ts"
import { attempt, BenchFailed, database, pool } from "../Database.ts"
import { type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median, spread } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"

const run = promisify(execFile)
const program = path.join(import.meta.dirname, "../processes/VerifyProgram.ts")
const Output = Schema.fromJsonString(
  Schema.Struct({
    seconds: Schema.Finite,
    peakMB: Schema.Finite,
    events: Schema.Finite,
    mismatches: Schema.Finite,
    digest: Schema.String
  })
)

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const row = wanted.find(({ id }) => id === "verify")!
    if (!plan.wants(row.id)) return []
    const count = plan.quick ? 100_000 : 1_000_000
    const rounds = Math.min(plan.rounds, 5)
    const url = yield* database(plan.url, "verify")
    yield* say(`verify: filling a log with ${count} events of the bank`)
    const events = yield* BankLog.original
    yield* Eventfold.createTables(url)
    yield* BankLog.fill(yield* pool(url, 1), events, count)
    yield* say(`verify: ${rounds} rounds`)
    const taken: Array<typeof Output.Type> = []
    // The first round is a warm-up.
    for (let round = 0; round <= rounds; round++) {
      const { stdout } = yield* attempt("verifying", () => run(process.execPath, [program, url]))
      const output = yield* Schema.decodeUnknownEffect(Output)(stdout.slice(stdout.lastIndexOf("\n") + 1))
      if (output.events !== count || output.mismatches > 0 || output.digest !== (taken[0] ?? output).digest) {
        return yield* new BenchFailed({
          message: `${output.events} of ${count} events, ${output.mismatches} mismatches`
        })
      }
      if (round > 0) taken.push(output)
    }
    const rates = taken.map(({ seconds }) => count / seconds)
    const peaks = taken.map(({ peakMB }) => peakMB)
    return [
      measured(row, {
        eventfold: median(rates),
        spread: { eventfold: spread(rates), baseline: null },
        note: `${plan.quick ? `only ${count} events; ` : ""}one process, 4 connections; ${median(peaks).toFixed(0)} MB of memory at most`
      })
    ]
  })
