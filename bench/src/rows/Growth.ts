/**
 * Rates of appends and loads while the log grows from 10⁴ to 10⁷ events, with raw statements as the
 * control.
 */
import { Effect, type Scope } from "effect"
import * as Eventfold from "../contenders/Eventfold.ts"
import * as Raw from "../contenders/Raw.ts"
import type { Contender } from "../Contender.ts"
import { attempt, BenchFailed, database, pool } from "../Database.ts"
import { fillLog } from "../LogFill.ts"
import { interleaved, type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"

const workingSet = Array.from({ length: 100 }, (_, i) => `Account-kept-${i}`)
const eventsOfEach = 100

/** Loads every stream of the working set until the end of the turn; returns events per second. */
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

const appends = Effect.fnUntraced(function* (plan: Plan, { contender, deleteAppended }: Side, round: string) {
  // Turns are short, and their events are deleted afterwards: otherwise the small log would not
  // stay small.
  const millis = Math.min(plan.millis, 500)
  const { latencies, millis: taken } = yield* contender.append({ fibers: 64, size: 1, millis, round: `grown-${round}` })
  yield* deleteAppended
  return (latencies.length * 1_000) / taken
})

/** A contender on one of the two logs. */
interface Side {
  readonly contender: Contender
  /** Deletes the events that turns appended to that log. */
  readonly deleteAppended: Effect.Effect<void, BenchFailed>
}

/**
 * A log with the working set. Both contenders use it, so that the control has the same pages and
 * indexes.
 */
const log = Effect.fnUntraced(function* (plan: Plan, name: string) {
  const url = yield* database(plan.url, name)
  const ours = yield* Eventfold.make(url)
  const raw = yield* Raw.withPg(url)
  const filling = yield* pool(url, 1)
  for (const stream of workingSet) yield* ours.fill(stream, eventsOfEach)
  const deleteAppended = attempt("deleting the appended events", async () => {
    await filling.query(
      `delete from ${Eventfold.schema}.events where stream_id >= 'Account-grown-' and stream_id < 'Account-grown.'`
    )
    await filling.query(`vacuum ${Eventfold.schema}.events`)
  })
  const side = (contender: Contender): Side => ({ contender, deleteAppended })
  return { ours: side(ours), raw: side(raw), growTo: (size: number) => fillLog(filling, size) }
})

/** Median rates of each contender on each log, for one size of the growing log. */
interface Taken {
  readonly ours: { readonly small: number; readonly grown: number }
  readonly raw: { readonly small: number; readonly grown: number }
}

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const mine = wanted.filter(({ id }) => ["growth-append", "growth-load"].includes(id) && plan.wants(id))
    if (mine.length === 0 || !plan.long) return []
    // The small log takes turns with the growing one, since the machine can be faster or slower
    // half an
    // hour later.
    const small = yield* log(plan, "small")
    const grown = yield* log(plan, "growth")
    const sides = [small.ours, grown.ours, small.raw, grown.raw]

    const smallest = 10_000
    const sizes = plan.quick ? [100_000] : [100_000, 1_000_000, 10_000_000]
    yield* small.growTo(smallest)
    const taken: Record<string, Array<Taken>> = { "growth-append": [], "growth-load": [] }
    for (const size of sizes) {
      yield* say(`growth: a log of ${size} events beside one of ${smallest}`)
      yield* grown.growTo(size)
      const take = (name: string, turn: (side: Side, round: number) => Effect.Effect<number, unknown>) =>
        plan.wants(name)
          ? Effect.map(interleaved(plan.rounds, sides, turn), (rates) => {
              const rate = (side: Side) => median(rates.get(side)!)
              taken[name]!.push({
                ours: { small: rate(small.ours), grown: rate(grown.ours) },
                raw: { small: rate(small.raw), grown: rate(grown.raw) }
              })
            })
          : Effect.void
      yield* take("growth-load", ({ contender }) => loads(plan, contender))
      yield* take("growth-append", (side, round) => appends(plan, side, `${size}-${round}-${side.contender.name}`))
    }
    return mine.map((row) => {
      const last = taken[row.id]!.at(-1)!
      const rates = taken[row.id]!.map(
        ({ ours, raw }, i) =>
          `${sizes[i]}: ${ours.grown.toFixed(0)} to ${ours.small.toFixed(0)} (raw ${raw.grown.toFixed(0)} to ${raw.small.toFixed(0)})`
      )
      return measured(row, {
        eventfold: last.ours.grown / last.ours.small,
        baseline: last.raw.grown / last.raw.small,
        baselineName: `${row.baselineName} (pg)`,
        note: `${plan.quick ? "only to 100,000 events: " : ""}events/s by size, beside those of a log of ${smallest}: ${rates.join(", ")}`
      })
    })
  })
