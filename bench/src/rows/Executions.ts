/**
 * Commands (load, decide, append) compared with Emmett's `CommandHandler`, on short aggregates and
 * on a long one.
 */
import { Effect, Layer, type Scope } from "effect"
import { AggregateCache, Snapshots } from "eventfold"
import * as Emmett from "../contenders/Emmett.ts"
import * as Eventfold from "../contenders/Eventfold.ts"
import type { Commanded } from "../Contender.ts"
import { BenchFailed, database } from "../Database.ts"
import { interleaved, type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median, spread } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"

const short = 10
const long = 100_000
const fibers = 64

/** Number of aggregates of ten events, each of which gets one command in a turn. */
const aggregates = (plan: Plan) => (plan.quick ? 200 : 1_000)
/** Number of commands that each fiber runs on its aggregate, which grows by one event for each. */
const commandsPerFiber = 30

const timed = <E>(count: number, effect: Effect.Effect<unknown, E>) =>
  Effect.gen(function* () {
    const start = performance.now()
    yield* effect
    return (count * 1_000) / (performance.now() - start)
  })

/** Fills new streams with ten events each, and times one command on each. */
const onFresh = Effect.fnUntraced(function* (plan: Plan, { deposit, fill }: Commanded, round: string) {
  const streams = Array.from({ length: aggregates(plan) }, (_, i) => `Account-fresh-${round}-${i}`)
  yield* Effect.forEach(streams, (stream) => fill(stream, short), { concurrency: 16, discard: true })
  return yield* timed(streams.length, Effect.forEach(streams, deposit, { discard: true }))
})

const onOwn = Effect.fnUntraced(function* (_plan: Plan, { deposit, fill }: Commanded, round: string) {
  const streams = Array.from({ length: fibers }, (_, i) => `Account-own-${round}-${i}`)
  yield* Effect.forEach(streams, (stream) => fill(stream, short), { concurrency: 16, discard: true })
  const loops = streams.map((stream) => Effect.repeat(deposit(stream), { times: commandsPerFiber - 1 }))
  return yield* timed(fibers * commandsPerFiber, Effect.all(loops, { concurrency: "unbounded", discard: true }))
})

type Turn = (plan: Plan, contender: Commanded, round: string) => Effect.Effect<number, BenchFailed>

const againstEmmett = Effect.fnUntraced(function* (plan: Plan) {
  const turns: ReadonlyArray<readonly [id: string, turn: Turn]> = [
    ["execute-10", onFresh],
    ["execute-64", onOwn],
    ["execute-64-hot", onOwn]
  ]
  const mine = turns.filter(([id]) => plan.wants(id))
  if (mine.length === 0) return []
  const plain = yield* Eventfold.make(yield* database(plan.url, "execute_eventfold"))
  const cache = Layer.fresh(AggregateCache.layer({ capacity: 1_000 }))
  const cached = yield* Eventfold.make(yield* database(plan.url, "execute_cached"), cache)
  const emmett = yield* Emmett.make(yield* database(plan.url, "execute_emmett"))
  const rows: Array<Row> = []
  for (const [id, turn] of mine) {
    const contenders = [id === "execute-64-hot" ? cached : plain, emmett]
    yield* say(`${id}: ${plan.rounds} rounds of ${contenders.map(({ name }) => name).join(", ")}`)
    const rates = yield* interleaved(plan.rounds, contenders, (contender, round) =>
      turn(plan, contender, `${id}-${round}`)
    )
    const [ours, theirs] = contenders.map((contender) => rates.get(contender)!)
    rows.push(row(id, ours!, theirs!))
  }
  return rows
})

const row = (id: string, ours: ReadonlyArray<number>, theirs: ReadonlyArray<number>): Row =>
  measured(
    wanted.find((one) => one.id === id)!,
    {
      eventfold: median(ours),
      baseline: median(theirs),
      spread: { eventfold: spread(ours), baseline: spread(theirs) }
    }
  )

/** Compares a long aggregate with a snapshot with short ones, in the same service. */
const onLong = Effect.fnUntraced(function* (plan: Plan) {
  if (!plan.wants("execute-100k")) return []
  const stream = "Account-long"
  const commands = plan.quick ? 100 : 500
  const snapshots = Snapshots.layer({ events: 100 })
  const ours = yield* Eventfold.make(yield* database(plan.url, "execute_long"), snapshots)
  yield* say(`execute-100k: ${plan.rounds} rounds`)
  yield* ours.fill(stream, long)
  // The first load folds the whole stream, after which the snapshot is written.
  yield* ours.deposit(stream)
  yield* Effect.sleep("1 second")
  const turns: ReadonlyArray<(round: number) => Effect.Effect<number>> = [
    () => timed(commands, Effect.repeat(ours.deposit(stream), { times: commands - 1 })),
    (round) =>
      Effect.gen(function* () {
        const streams = Array.from({ length: commands }, (_, i) => `Account-short-${round}-${i}`)
        yield* Effect.forEach(streams, (stream) => ours.fill(stream, short), { concurrency: 16, discard: true })
        return yield* timed(commands, Effect.forEach(streams, ours.deposit, { discard: true }))
      })
  ]
  const rates = yield* interleaved(plan.rounds, turns, (turn, round) => turn(round))
  return [row("execute-100k", rates.get(turns[0]!)!, rates.get(turns[1]!)!)]
})

/** Compares commands on a cached aggregate with appends: both take one round trip. */
const onHot = Effect.fnUntraced(function* (plan: Plan) {
  if (!plan.wants("execute-hot")) return []
  const cache = AggregateCache.layer({ capacity: 1_000 })
  const ours = yield* Eventfold.make(yield* database(plan.url, "execute_hot"), Layer.fresh(cache))
  yield* say(`execute-hot: ${plan.rounds} rounds`)
  const millis = Math.min(plan.millis, 1_000)
  const turns: ReadonlyArray<(round: number) => Effect.Effect<number>> = [
    (round) =>
      Effect.gen(function* () {
        const stream = `Account-hot-${round}`
        yield* ours.fill(stream, short)
        yield* ours.deposit(stream)
        const start = performance.now()
        let commands = 0
        while (performance.now() - start < millis) {
          yield* ours.deposit(stream)
          commands++
        }
        return (commands * 1_000) / (performance.now() - start)
      }),
    (round) =>
      Effect.map(
        ours.append({ fibers: 1, size: 1, millis, round: `bare-${round}` }),
        ({ latencies, millis }) => (latencies.length * 1_000) / millis
      )
  ]
  const rates = yield* interleaved(plan.rounds, turns, (turn, round) => turn(round))
  return [row("execute-hot", rates.get(turns[0]!)!, rates.get(turns[1]!)!)]
})

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const parts = [againstEmmett(plan), onLong(plan), onHot(plan)]
    const rows: Array<Row> = []
    for (const part of parts) rows.push(...(yield* part))
    return rows
  })
