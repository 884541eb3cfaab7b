/** Rates and latencies of appends, for different numbers of fibers, and of appends in batches. */
import { Effect, type Scope } from "effect"
import * as Emmett from "../contenders/Emmett.ts"
import * as Eventfold from "../contenders/Eventfold.ts"
import * as Raw from "../contenders/Raw.ts"
import type { Contender, Driven } from "../Contender.ts"
import { BenchFailed, database } from "../Database.ts"
import { interleaved, type Plan, say } from "../Plan.ts"
import { measured, type Row, type Wanted } from "../Results.ts"
import { median, quantile, spread } from "../Statistics.ts"
import { emmett, fibers, wanted } from "../Wanted.ts"

interface Measurement {
  readonly contender: Contender
  /** Events per second of each round. */
  readonly rates: ReadonlyArray<number>
  readonly p50: ReadonlyArray<number>
  readonly p99: ReadonlyArray<number>
}

const summary = (contender: Contender, size: number, rounds: ReadonlyArray<Driven>): Measurement => ({
  contender,
  rates: rounds.map(({ latencies, millis }) => (latencies.length * size * 1_000) / millis),
  p50: rounds.map(({ latencies }) => quantile(latencies, 0.5)),
  p99: rounds.map(({ latencies }) => quantile(latencies, 0.99))
})

/** The driver with the best median of this measure. */
const best = (raw: ReadonlyArray<Measurement>, by: "rates" | "p50" | "p99"): Measurement =>
  raw.toSorted((a, b) => (by === "rates" ? median(b[by]) - median(a[by]) : median(a[by]) - median(b[by])))[0]!

const row = (row: Wanted, of: "rates" | "p50" | "p99", eventfold: Measurement, baseline: Measurement, note?: string) =>
  measured(row, {
    eventfold: median(eventfold[of]),
    baseline: median(baseline[of]),
    spread: { eventfold: spread(eventfold[of]), baseline: spread(baseline[of]) },
    ...(row.baselineName === baseline.contender.name
      ? {}
      : { baselineName: `${row.baselineName} (${baseline.contender.name})` }),
    ...(note === undefined ? {} : { note })
  })

const others = (raw: ReadonlyArray<Measurement>, by: "rates" | "p50" | "p99", digits: number) =>
  raw.map((each) => `${each.contender.name} ${median(each[by]).toFixed(digits)}`).join(", ")

/**
 * Measures one kind of append with all contenders; after each turn, every acknowledged event must
 * be stored.
 */
const compare = Effect.fn("Appends.compare")(function* (
  plan: Plan,
  contenders: ReadonlyArray<Contender>,
  kind: { readonly name: string; readonly fibers: number; readonly size: number }
) {
  yield* say(`${kind.name}: ${plan.rounds} rounds of ${contenders.map(({ name }) => name).join(", ")}`)
  const turns = yield* interleaved(plan.rounds, contenders, (contender, round) =>
    Effect.gen(function* () {
      const before = yield* contender.count
      const driven = yield* contender.append({ ...kind, millis: plan.millis, round: `${kind.name}-${round}` })
      const stored = (yield* contender.count) - before
      const acknowledged = driven.latencies.length * kind.size
      if (stored !== acknowledged) {
        return yield* new BenchFailed({
          message: `${contender.name} acknowledged ${acknowledged} events, but ${stored} are stored (${kind.name})`
        })
      }
      return driven
    })
  )
  return contenders.map((contender) => summary(contender, kind.size, turns.get(contender)!))
})

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const kinds = [
      ...fibers.map((count) => ({ name: `append-${count}`, latency: `latency-${count}`, fibers: count, size: 1 })),
      { name: "append-batch-100", latency: undefined, fibers: 1, size: 100 }
    ].filter(({ latency, name }) => plan.wants(name) || (latency !== undefined && plan.wants(latency)))
    const result: Array<Row> = []

    if (kinds.length > 0) {
      const eventfold = yield* Eventfold.make(yield* database(plan.url, "eventfold"))
      const contenders = [
        eventfold,
        yield* Emmett.make(yield* database(plan.url, "emmett")),
        yield* Raw.withPg(yield* database(plan.url, "pg")),
        yield* Raw.withEffect(yield* database(plan.url, "sql_pg"), { multiplex: false }),
        yield* Raw.withEffect(yield* database(plan.url, "sql_pg_pipelined"), { multiplex: true })
      ]
      for (const kind of kinds) {
        const [ours, theirs, ...raw] = yield* compare(plan, contenders, kind)
        for (const each of wanted) {
          const isRate = each.id === kind.name
          if (!plan.wants(each.id) || !(isRate || each.id === kind.latency)) continue
          const by = isRate ? "rates" : each.what.startsWith("p50") ? "p50" : "p99"
          result.push(
            each.baselineName === emmett
              ? row(each, by, ours!, theirs!)
              : row(each, by, ours!, best(raw, by), others(raw, by, isRate ? 0 : 2))
          )
        }
      }
    }

    const alone = wanted.find(({ id }) => id === "latency-lone")!
    if (plan.wants(alone.id)) {
      const contenders = [
        yield* Eventfold.make(yield* database(plan.url, "lone_eventfold")),
        yield* Raw.lone(yield* database(plan.url, "lone"))
      ]
      const [ours, direct] = yield* compare(plan, contenders, { name: alone.id, fibers: 1, size: 1 })
      result.push(row(alone, "p50", ours!, direct!))
    }
    return result
  })
