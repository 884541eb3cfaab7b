/** The fold in memory: the generated one against one written by hand. */
import { AccountFold } from "bank/src/generated/account.service.ts"
import { Effect } from "effect"
import { BenchFailed } from "../Database.ts"
import * as HandWritten from "../HandWritten.ts"
import { events } from "../Payload.ts"
import { interleaved, type Plan, say } from "../Plan.ts"
import { measured, type Row } from "../Results.ts"
import { median, spread } from "../Statistics.ts"
import { wanted } from "../Wanted.ts"

const count = 100_000

export const rows = (plan: Plan): Effect.Effect<ReadonlyArray<Row>, BenchFailed> =>
  Effect.gen(function* () {
    const row = wanted.find(({ id }) => id === "fold")!
    if (!plan.wants(row.id)) return []
    yield* say(`fold: ${plan.rounds} rounds of ${count} events`)
    const history = events(count)
    const generated = () => AccountFold.run(AccountFold.initial, history)
    const byHand = () => HandWritten.fold(history)
    const [a, b] = [generated(), byHand()]
    if (a.balance !== b.balance || a.charges !== b.charges || a.movements !== b.movements) {
      return yield* new BenchFailed({ message: "the generated fold and the one by hand disagree" })
    }
    const rates = yield* interleaved(plan.rounds, [generated, byHand], (fold) =>
      Effect.sync(() => {
        const start = performance.now()
        let folds = 0
        let movements = 0
        while (performance.now() - start < plan.millis) {
          movements += fold().movements
          folds++
        }
        if (movements !== folds * (count - 1)) throw new Error("a fold has lost events")
        return (folds * count * 1_000) / (performance.now() - start)
      })
    )
    const [ours, theirs] = [rates.get(generated)!, rates.get(byHand)!]
    return [
      measured(row, {
        eventfold: median(ours),
        baseline: median(theirs),
        spread: { eventfold: spread(ours), baseline: spread(theirs) }
      })
    ]
  })
