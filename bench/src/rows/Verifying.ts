/** The bank's events, copied to a million, replayed by a verification: each time in a fresh process. */
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
const program = path.join(import.meta.dirname, "../processes/verifying.ts")
const Told = Schema.fromJsonString(
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
    const taken: Array<typeof Told.Type> = []
    // The first one warms up.
    for (let round = 0; round <= rounds; round++) {
      const { stdout } = yield* attempt("verifying", () => run(process.execPath, [program, url]))
      const told = yield* Schema.decodeUnknownEffect(Told)(stdout.slice(stdout.lastIndexOf("\n") + 1))
      if (told.events !== count || told.mismatches > 0 || told.digest !== (taken[0] ?? told).digest) {
        return yield* new BenchFailed({ message: `${told.events} of ${count} events, ${told.mismatches} mismatches` })
      }
      if (round > 0) taken.push(told)
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
