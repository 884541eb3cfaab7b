/** Whether appends and loads keep their pace as the log grows from 10⁴ to 10⁷ events, a raw control beside them. */
import { Effect, type Scope } from "effect"
import * as Eventfold from "../contenders/Eventfold.ts"
import * as Raw from "../contenders/Raw.ts"
import type { Contender } from "../Contender.ts"
import { attempt, BenchFailed, database, pool } from "../Database.ts"
import { fillLog } from "../Filling.ts"
import { interleaved, type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"

const workingSet = Array.from({ length: 100 }, (_, i) => `Account-kept-${i}`)
const eventsOfEach = 100

/** Loads every stream of the working set until the turn is over; gives events in a second. */
const loads = (plan: Plan, contender: Contender) =>
  Effect.gen(function* () {
    const start = performance.now()
    let events = 0
    while (performance.now() - start < plan.millis) {
      for (const stream of workingSet) {
        const count = yield* contender.load(stream)
        if (count !== eventsOfEach) return yield* new BenchFailed({ message: `${contender.name} read ${count} events` })
        events += count
      }
    }
    return (events * 1_000) / (performance.now() - start)
  })

const appends = Effect.fnUntraced(function* (
  plan: Plan,
  contender: Contender,
  round: string,
  forget: Effect.Effect<void, BenchFailed>
) {
  // Short turns, and what they appended is taken out again: otherwise the smallest log would not stay small.
  const millis = Math.min(plan.millis, 500)
  const { latencies, millis: taken } = yield* contender.append({ fibers: 64, size: 1, millis, round: `grown-${round}` })
  yield* forget
  return (latencies.length * 1_000) / taken
})

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const mine = wanted.filter(({ id }) => ["growth-append", "growth-load"].includes(id) && plan.wants(id))
    if (mine.length === 0 || !plan.long) return []
    // Both work on the same log, so that the control sees the same pages and indexes.
    const url = yield* database(plan.url, "growth")
    const ours = yield* Eventfold.make(url)
    const raw = yield* Raw.withPg(url)
    const filling = yield* pool(url, 1)
    const forget = attempt("taking out what was appended", async () => {
      await filling.query(
        `delete from ${Eventfold.schema}.events where stream_id >= 'Account-grown-' and stream_id < 'Account-grown.'`
      )
      await filling.query(`vacuum ${Eventfold.schema}.events`)
    })
    for (const stream of workingSet) yield* ours.fill(stream, eventsOfEach)

    const sizes = plan.quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000, 10_000_000]
    const rates: Record<string, Array<readonly [ours: number, raw: number]>> = {
      "growth-append": [],
      "growth-load": []
    }
    for (const size of sizes) {
      yield* say(`growth: the log at ${size} events`)
      yield* fillLog(filling, size)
      const take = (name: string, turn: (contender: Contender, round: number) => Effect.Effect<number, unknown>) =>
        plan.wants(name)
          ? Effect.map(interleaved(plan.rounds, [ours, raw], turn), (taken) => {
              rates[name]!.push([median(taken.get(ours)!), median(taken.get(raw)!)])
            })
          : Effect.void
      yield* take("growth-load", (contender) => loads(plan, contender))
      yield* take("growth-append", (contender, round) =>
        appends(plan, contender, `${size}-${round}-${contender.name}`, forget)
      )
    }
    return mine.map((row) => {
      const taken = rates[row.id]!
      const [first, last] = [taken[0]!, taken.at(-1)!]
      return measured(row, {
        eventfold: last[0] / first[0],
        baseline: last[1] / first[1],
        baselineName: `${row.baselineName} (pg)`,
        note: `${plan.quick ? "only to 100,000 events: " : ""}events/s by size: ${taken.map(([ours, raw], i) => `${sizes[i]}: ${ours.toFixed(0)} (raw ${raw.toFixed(0)})`).join(", ")}`
      })
    })
  })
