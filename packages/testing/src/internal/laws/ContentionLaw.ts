/** The law that commands of two services at once come out as in some order of them. */
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
 * Two services, as in two processes, run commands on one instance, and each comes between the other's reading and writing: what they are
 * told is what some order of the commands gives.
 *
 * **When to use**
 *
 * Against decisions that keep something from the first try for the second, and snapshots that differ from the history they sum up: the
 * services keep no state, and begin each command with the newest snapshot.
 *
 * **Errors**
 *
 * Throws a `Violation`; a `TypeError` where it is given a `history`: it is about `commands`.
 *
 * **Gotchas**
 *
 * It runs the services on a store in memory, which takes longer than to fold: it draws a tenth of the histories that others do.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.contention(subject)
 * ```
 */
export const contention: Law.Law = Law.make({
  name: "contention",
  claim: "commands of two services at once come out as in some order",
  of: "reachable states",
  share: 0.1,
  steps: ({ subject }, steps) => {
    const met = meet(subject, steps)
    const [problem] = met?.problems ?? []
    if (problem === undefined) return undefined
    const [, index, told] = /\(command-(\d+)\) (.*)$/s.exec(problem) ?? []
    const because = `run while the other service runs the next one, it ${told ?? problem}`
    return { at: index === undefined ? steps.length - 1 : Number(index) - 1, because }
  }
})

export interface Met {
  readonly problems: ReadonlyArray<string>
  /** How often an append was refused, since the other service had been faster. */
  readonly conflicts: number
  /** How often a service went on from a snapshot. */
  readonly resumed: number
}

/** Runs commands by two services in turn, the next one always within the one before; undefined where a handler throws. */
export const meet = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  steps: ReadonlyArray<Histories.Step<Command>>
): Met | undefined => {
  const exit = Effect.runSyncExit(
    Effect.scoped(run(subject, steps)).pipe(
      Effect.provideService(Snapshots.CurrentPolicy, { events: 1 }),
      Effect.provideService(AggregateCache.CacheCapacity, 0),
      Effect.provide(MemoryEventStore.layer, { local: true })
    )
  )
  // A decision that throws, or whose events do not fit, is another law's to tell.
  return Exit.isSuccess(exit) ? exit.value : undefined
}

const run = Effect.fnUntraced(function* <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  steps: ReadonlyArray<Histories.Step<Command>>
) {
  const store = yield* EventStore.EventStore
  const { snapshots } = store
  let [conflicts, resumed, clock, next] = [0, 0, 0, 0]
  /** What is done between the reading and the writing of a service. */
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
      // Snapshots are taken in the background: now.
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
  // Declarations take only schemas that are codecs.
  const { command, name } = aggregate as Aggregate.Any
  // A second try sees the very facts of the first.
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
