/**
 * Runs commands until a given time, with a cache, on instances that other processes use too; prints
 * their results.
 */
import type { Linearisability } from "@eventfold/testing"
import { PgEventStore } from "@eventfold/postgres"
import { DateTime, Effect, Layer, Result } from "effect"
import { AggregateCache, Snapshots } from "eventfold"
import { createInterface } from "node:readline"
import { type Command, makeTallies, type State, type TallyEvent } from "../../../core/test/Tally.ts"

const [url, schema, name] = process.argv.slice(2) as [string, string, string]

const words = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
/** Reports the end of a phase, and waits for the line that starts the next. */
const wait = (said: string) =>
  Effect.promise(async () => {
    process.stdout.write(`${said}\n`)
    return String((await words.next()).value)
  })

/** One clock for all processes of the machine. */
const clock = () => Number(process.hrtime.bigint() / 1_000n)
const now = DateTime.makeUnsafe(0)

const draw = (): Command => {
  const kind = Math.floor(Math.random() * 4)
  return kind === 0 ? { _tag: "Double" } : kind === 1 ? { _tag: "Wait" } : { _tag: "Count", by: kind * 40 }
}

const calls: Array<Linearisability.Call<State, TallyEvent, Command>> = []

const program = Effect.gen(function* () {
  const tallies = yield* makeTallies()
  const until = Number(yield* wait("ready"))
  const work = Effect.fnUntraced(function* (fiber: number) {
    for (let i = 0; Date.now() < until; i++) {
      // Every half second other instances are used, the same in all processes.
      const instance = `${Math.floor(Date.now() / 500)}-${Math.floor(Math.random() * 4)}`
      const command = draw()
      const commandId = `${name}/${fiber}/${i}`
      const began = clock()
      const outcome = yield* Effect.result(tallies.execute(instance, command, { commandId, occurredAt: now }))
      const ended = clock()
      if (Result.isFailure(outcome) && outcome.failure._tag === "EventStoreError") return yield* outcome.failure
      calls.push({
        instance,
        command,
        facts: { now, commandId },
        began,
        ended,
        outcome: Result.isSuccess(outcome)
          ? { _tag: "Executed", ...outcome.success }
          : { _tag: "Refused", error: outcome.failure }
      })
      yield* Effect.sleep("2 millis")
    }
  })
  yield* Effect.all([work(0), work(1), work(2)], { concurrency: "unbounded", discard: true })
  // The states, by its cache, of instances that other processes have written to, once all of them
  // have ended.
  yield* wait("done")
  const states: Record<string, unknown> = {}
  for (const instance of new Set(calls.map(({ instance }) => instance)))
    states[instance] = yield* tallies.load(instance)
  return states
})

const states = await Effect.runPromise(
  Effect.scoped(program).pipe(
    Effect.provide(
      Layer.mergeAll(
        PgEventStore.layer({ url, schema, maxConnections: 6 }),
        AggregateCache.layer({ capacity: 10_000 }),
        Snapshots.layer({ events: 5 })
      )
    )
  )
)
process.stdout.write(`${JSON.stringify({ calls, states })}\n`)
process.stdin.destroy()
