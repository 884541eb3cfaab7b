/**
 * Folds in memory: generated folds compared with handwritten switches, for ten aggregates in one
 * process.
 */
import { Effect, Schema, type Scope } from "effect"
import type { Codec, Fold } from "eventfold/generated"
import * as path from "node:path"
import { attempt, BenchFailed } from "../Database.ts"
import { interleaved, type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median, spread } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"
import * as Project from "./GeneratedProject.ts"
import * as TenAggregates from "./TenAggregates.ts"

/** Number of events of all ten aggregates together. */
const count = 100_000

type Event = { readonly _tag: string }
type State = Readonly<Record<string, unknown>>
type Run = () => State

/** The two folds of an aggregate, over the same history. */
interface Folds {
  readonly generated: Run
  readonly byHand: Run
}

const load = async (root: string, name: string, i: number): Promise<Folds> => {
  const file = (end: string) => path.join(root, "examples/ledgers/src", `${end}.ts`)
  const lower = name.toLowerCase()
  const service: Readonly<Record<string, Fold.Fold<State, Event>>> = await import(file(`generated/${lower}.service`))
  const codecs: Readonly<Record<string, Codec.Codec<Event, State>>> = await import(file(`generated/${lower}.codec`))
  const hand: { readonly fold: (initial: State, events: ReadonlyArray<Event>) => State } = await import(
    file(`${lower}.hand`)
  )
  const [fold, codec] = [service[`${name}Fold`]!, codecs[`${name}Codec`]!]
  const decode = ({ _tag, ...data }: Event): Event => Schema.decodeUnknownSync(codec.events.get(_tag)!)(data)
  const events = TenAggregates.history(i, count / TenAggregates.names.length).map((stored) => decode(stored))
  return {
    generated: () => fold.run(fold.initial, events),
    byHand: () => hand.fold(fold.initial, events)
  }
}

/**
 * Runs all ten folds in turn, repeatedly, so that V8 cannot optimize shared code for one aggregate
 * alone.
 */
const rate = (folds: ReadonlyArray<Run>, millis: number): number => {
  const start = performance.now()
  let rounds = 0
  let folded = 0
  while (performance.now() - start < millis) {
    for (const [i, fold] of folds.entries()) folded += Number(fold()[`moved${i}`])
    rounds++
  }
  if (folded !== rounds * (count - folds.length)) throw new Error("a fold lost events")
  return (rounds * count * 1_000) / (performance.now() - start)
}

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, BenchFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const row = wanted.find(({ id }) => id === "fold")!
    if (!plan.wants(row.id)) return []
    const { length } = TenAggregates.names
    yield* say(`fold: ${plan.rounds} rounds of ${count} events of ${length} aggregates`)
    const root = yield* Project.projectOf(TenAggregates.files)
    yield* Project.timed("eventfold gen", root, [Project.bin, "gen"])
    const folds = yield* attempt("loading what was generated", () =>
      Promise.all(TenAggregates.names.map((name, i) => load(root, name, i)))
    )
    for (const { byHand, generated } of folds) {
      if (JSON.stringify(generated()) !== JSON.stringify(byHand())) {
        return yield* new BenchFailed({ message: "a generated fold and the handwritten one disagree" })
      }
    }
    const contenders = [folds.map(({ generated }) => generated), folds.map(({ byHand }) => byHand)] as const
    const rates = yield* interleaved(plan.rounds, contenders, (runs) => Effect.sync(() => rate(runs, plan.millis)))
    const [ours, theirs] = [rates.get(contenders[0])!, rates.get(contenders[1])!]
    return [
      measured(row, {
        eventfold: median(ours),
        baseline: median(theirs),
        spread: { eventfold: spread(ours), baseline: spread(theirs) }
      })
    ]
  })
