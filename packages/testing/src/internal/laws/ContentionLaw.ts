/** The law that concurrent commands of two services have the results of some sequential order. */
import { Effect, Exit, Result, Schema } from "effect"
import {
  type Aggregate,
  AggregateCache,
  type Decider,
  EventStore,
  MemoryEventStore,
  Repository,
  Snapshots
} from "eventfold"
import * as Histories from "../../Histories.ts"
import { factsOf } from "../draw/Moves.ts"
import * as Law from "./Law.ts"
import * as Linearisability from "../../Linearisability.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"

/**
 * Checks that concurrent commands have the results of some sequential order. Two services, as in
 * two processes, run commands on one instance, and each writes between the read and the write of
 * the other.
 *
 * **When to use**
 *
 * It finds decisions that remember their first attempt, and snapshots that differ from the history
 * that they replace: the services cache no state, and begin each command with the newest snapshot.
 *
 * **Errors**
 *
 * Throws a `Violation`, or a `TypeError` if it gets a `history`: the law checks `commands`.
 *
 * **Gotchas**
 *
 * The law runs the services on a store in memory, which is slower than a fold, so it draws a tenth
 * of the histories.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.contention(subject)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const contention = Law.make({
  name: "contention",
  claim: "concurrent commands of two services have the outcome of some order",
  of: "reachable states",
  share: 0.1,
  steps: ({ subject }, steps) => {
    const met = meet(subject, steps)
    const [problem] = met?.problems ?? []
    if (problem === undefined) return undefined
    const [, index, outcome] = /\(command-(\d+)\) (.*)$/s.exec(problem) ?? []
    const because = `run concurrently with the next command of the other service, it ${outcome ?? problem}`
    return { at: index === undefined ? steps.length - 1 : Number(index) - 1, because }
  }
})

/** Result of running commands with two services. */
export interface Met {
  readonly problems: ReadonlyArray<string>
  /** Number of appends that were refused because the other service wrote first. */
  readonly conflicts: number
  /** Number of commands that began with a snapshot. */
  readonly resumed: number
}

/**
 * Runs commands with two services in turn, each inside the previous one; `undefined` if a handler
 * throws.
 */
export const meet = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  steps: ReadonlyArray<Histories.Step<Command>>
): Met | undefined => {
  const exit = Effect.runSyncExit(
    Effect.scoped(run(subject, steps)).pipe(
      Effect.provide(Snapshots.layer({ events: 1 })),
      Effect.provide(AggregateCache.layer({ capacity: 0 })),
      Effect.provide(MemoryEventStore.layer, { local: true })
    )
  )
  // Other laws report a decision that throws or whose events do not fit their schema.
  return Exit.isSuccess(exit) ? exit.value : undefined
}

const run = Effect.fnUntraced(function* <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  steps: ReadonlyArray<Histories.Step<Command>>
) {
  const store = yield* EventStore.EventStore
  const { snapshots } = store
  let [conflicts, resumed, clock, next] = [0, 0, 0, 0]
  /** Command that runs between the read and the write of a service. */
  let between: Effect.Effect<void> | undefined
  const watched: typeof store = {
    ...store,
    append: (stream, expected, events) =>
      Effect.gen(function* () {
        const first = between
        between = undefined
        if (first !== undefined) yield* first
        const appended = yield* Effect.result(store.append(stream, expected, events))
        if (Result.isFailure(appended) && appended.failure.reason._tag === "VersionConflict") conflicts++
        return yield* Effect.fromResult(appended)
      }),
    ...(snapshots === undefined
      ? {}
      : {
          snapshots: {
            ...snapshots,
            latest: (stream, fingerprint) =>
              Effect.tap(snapshots.latest(stream, fingerprint), (found) =>
                Effect.sync(() => void (resumed += found === undefined ? 0 : 1))
              )
          }
        })
  }
  const service = Effect.provideService(serviceOf(subject, steps), EventStore.EventStore, watched)
  const services = [yield* service, yield* service]
  const calls: Array<Linearisability.Call<State, Event, Command>> = []

  const call = (by: number): Effect.Effect<void> =>
    Effect.gen(function* () {
      const index = next++
      const step = steps[index]
      if (step === undefined) return
      const facts = factsOf(step, index)
      const began = clock++
      const outcome = yield* Effect.result(
        services[by]!.execute("1", step.command, { commandId: facts.commandId, occurredAt: facts.now })
      )
      const ended = clock++
      if (Result.isSuccess(outcome)) {
        calls.push({
          instance: "1",
          command: step.command,
          facts,
          began,
          ended,
          outcome: { _tag: "Executed", ...outcome.success }
        })
      } else if (Object.hasOwn(subject.aggregate.errors, outcome.failure._tag)) {
        calls.push({
          instance: "1",
          command: step.command,
          facts,
          began,
          ended,
          outcome: { _tag: "Refused", error: outcome.failure }
        })
      } else return yield* Effect.die(outcome.failure)
      // Lets the background task take a snapshot.
      yield* Effect.yieldNow
    })
  for (let turn = 0; next < steps.length; turn++) {
    between = call((turn + 1) % 2)
    yield* call(turn % 2)
    between = undefined
  }
  return { problems: Linearisability.problems(subject, calls), conflicts, resumed }
})

const serviceOf = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate, codec, decide, fold }: Subject<State, Event, Command>,
  steps: ReadonlyArray<Histories.Step<Command>>
) => {
  // Declarations accept only schemas that are codecs.
  const { command, name } = aggregate as Aggregate.Any
  // A second attempt gets the same facts as the first.
  const known = new Map<string, Decider.Facts>()
  const knownFacts = ({ commandId }: Decider.Facts) => {
    const index = Number(commandId.slice("command-".length)) - 1
    const facts = known.get(commandId) ?? factsOf(steps[index]!, index)
    known.set(commandId, facts)
    return facts
  }
  return Repository.make<string, State, Command, Event, Record<Command["_tag"], Tagged>>({
    name,
    id: Schema.String,
    fold,
    decide: (state, command, facts) => decide(state, command, knownFacts(facts)),
    codec,
    command: command as Schema.Codec<Command, unknown>,
    invariants: {}
  })
}
