/**
 * Loads of a stream of 10,000 events (read, decoded and folded) compared with Emmett, and with only
 * reading the rows.
 */
import { Effect, type Scope } from "effect"
import * as Emmett from "../contenders/Emmett.ts"
import * as Eventfold from "../contenders/Eventfold.ts"
import * as Raw from "../contenders/Raw.ts"
import type { Contender } from "../Contender.ts"
import { BenchFailed, database } from "../Database.ts"
import { interleaved, type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median, spread } from "../Statistics.ts"
import { emmett, wanted } from "../Wanted.ts"

const length = 10_000

/** Loads the stream repeatedly until the end of the turn; returns events per second. */
const turn = (plan: Plan, contender: Contender, stream: string) =>
  Effect.gen(function* () {
    const start = performance.now()
    let loads = 0
    while (loads === 0 || performance.now() - start < plan.millis) {
      const count = yield* contender.load(stream)
      if (count !== length) {
        return yield* new BenchFailed({ message: `${contender.name} read ${count} of ${length} events` })
      }
      loads++
    }
    return (loads * length * 1_000) / (performance.now() - start)
  })

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const mine = wanted.filter(({ id }) => id === "load-10k" && plan.wants(id))
    if (mine.length === 0) return []
    const contenders = [
      yield* Eventfold.make(yield* database(plan.url, "load_eventfold")),
      yield* Emmett.make(yield* database(plan.url, "load_emmett")),
      yield* Raw.withPg(yield* database(plan.url, "load_pg")),
      yield* Raw.withEffect(yield* database(plan.url, "load_sql_pg"), { multiplex: false })
    ]
    yield* say(`load-10k: ${plan.rounds} rounds of ${contenders.map(({ name }) => name).join(", ")}`)
    for (const contender of contenders) yield* contender.fill("Account-long", length)
    const rates = yield* interleaved(plan.rounds, contenders, (contender) => turn(plan, contender, "Account-long"))
    const [ours, theirs, ...raw] = contenders.map((contender) => ({ contender, rates: rates.get(contender)! }))
    const fastest = raw.toSorted((a, b) => median(b.rates) - median(a.rates))[0]!
    return mine.map((row) => {
      const baseline = row.baselineName === emmett ? theirs! : fastest
      return measured(row, {
        eventfold: median(ours!.rates),
        baseline: median(baseline.rates),
        spread: { eventfold: spread(ours!.rates), baseline: spread(baseline.rates) },
        ...(baseline === fastest
          ? {
              baselineName: `${row.baselineName} (${fastest.contender.name})`,
              note: raw.map(({ contender, rates }) => `${contender.name} ${median(rates).toFixed(0)}`).join(", ")
            }
          : {})
      })
    })
  })
