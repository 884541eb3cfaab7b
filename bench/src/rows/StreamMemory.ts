/** Memory that streaming the whole log takes, in a separate process. */
import { Effect, Schema, type Scope } from "effect"
import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import * as Eventfold from "../contenders/Eventfold.ts"
import { attempt, BenchFailed, database, pool } from "../Database.ts"
import { fillLog } from "../LogFill.ts"
import { type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median, spread } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"

const run = promisify(execFile)

const Grown = Schema.fromJsonString(
  Schema.Struct({ events: Schema.Int, heldMB: Schema.Finite, residentMB: Schema.Finite, seconds: Schema.Finite })
)

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const row = wanted.find(({ id }) => id === "stream-1m")!
    if (!plan.wants(row.id)) return []
    const count = plan.quick ? 100_000 : 1_000_000
    yield* say(`stream-1m: filling a log with ${count} events`)
    const url = yield* database(plan.url, "streaming")
    yield* Eventfold.createTables(url)
    yield* fillLog(yield* pool(url, 1), count)
    const times = plan.quick ? 1 : 5
    yield* say(`stream-1m: streaming it ${times} times, each in a new process`)
    const grown: Array<typeof Grown.Type> = []
    for (let i = 0; i < times; i++) {
      const file = path.join(import.meta.dirname, "../processes/StreamProgram.ts")
      const { stdout } = yield* attempt("streaming the log", () => run(process.execPath, ["--expose-gc", file, url]))
      const result = yield* Schema.decodeUnknownEffect(Grown)(stdout)
      if (result.events !== count) {
        return yield* new BenchFailed({ message: `${result.events} of ${count} events were streamed` })
      }
      grown.push(result)
    }
    const of = (key: "heldMB" | "residentMB" | "seconds") => grown.map((each) => each[key])
    const rate = count / median(of("seconds"))
    return [
      measured(row, {
        eventfold: median(of("heldMB")),
        spread: { eventfold: spread(of("heldMB")), baseline: null },
        note: `${plan.quick ? `only ${count} events; ` : ""}held after garbage collection; the process's resident memory grew by ${median(of("residentMB")).toFixed(0)} MB; ${rate.toFixed(0)} events/s`
      })
    ]
  })
