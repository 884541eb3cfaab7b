/**
 * `fc.scheduler` for an aggregate: concurrent commands of several services, in an order that
 * fast-check chooses and shrinks.
 */
import { type DateTime, Effect, Layer, Result, Stream } from "effect"
import { EventStore, type Repository } from "eventfold"
import type * as fc from "fast-check"
import * as Histories from "./Histories.ts"
import { factsOf } from "./internal/draw/Moves.ts"
import * as Linearisability from "./Linearisability.ts"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"

/**
 * Layer of a store whose reads and appends wait until the scheduler continues them.
 *
 * **When to use**
 *
 * Provide it to the services of `Race.problems`. Build each service separately, as in a process of
 * its own.
 *
 * @example
 * ```ts
 * import { Race } from "@eventfold/testing"
 * import { Layer } from "effect"
 * import { MemoryEventStore } from "eventfold"
 * import type * as fc from "fast-check"
 *
 * const store = (scheduler: fc.Scheduler) => Race.store(scheduler).pipe(Layer.provide(MemoryEventStore.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const store = (scheduler: fc.Scheduler): Layer.Layer<EventStore.EventStore, never, EventStore.EventStore> =>
  Layer.effect(
    EventStore.EventStore,
    Effect.map(EventStore.EventStore, (store): EventStore.Service => {
      const turn = (what: string) => Effect.promise(() => scheduler.schedule(Promise.resolve(), what))
      return {
        ...store,
        append: (...given) => Effect.andThen(turn(`append to ${given[0]}`), store.append(...given)),
        appendAll: (...given) => Effect.andThen(turn("append to several streams"), store.appendAll(...given)),
        read: (...given) => Stream.unwrap(Effect.as(turn(`read ${given[0]}`), store.read(...given)))
      }
    })
  )

/**
 * Runs commands on one instance with several services concurrently, in the order of the scheduler,
 * and returns the results that no sequential order of the commands explains.
 *
 * **When to use**
 *
 * Use it in an `fc.asyncProperty` with `fc.scheduler()` and `Histories.steps`. An empty result
 * means that there is no problem. A failure has the shortest order of reads and appends that
 * reproduces it.
 *
 * **Gotchas**
 *
 * A service of an aggregate with declared facts gets them from its own source: let the source
 * answer by the command.
 *
 * @example
 * ```ts
 * import { Histories, type Laws, Race } from "@eventfold/testing"
 * import * as fc from "fast-check"
 *
 * const holds = <S, E extends Laws.Tagged, C extends Laws.Tagged>(
 *   subject: Laws.Subject<S, E, C>,
 *   services: (scheduler: fc.Scheduler) => Promise<Parameters<typeof Race.problems<string, S, E, C>>[2]>
 * ) =>
 *   fc.asyncProperty(fc.scheduler(), Histories.steps(subject, { length: 6 }), async (scheduler, steps) => {
 *     const problems = await Race.problems(subject, scheduler, await services(scheduler), "1", steps)
 *     return problems.length === 0
 *   })
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const problems = async <Id, State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  scheduler: fc.Scheduler,
  services: ReadonlyArray<{
    /** Runs a command, as a generated service does. */
    readonly execute: (
      id: Id,
      command: Command,
      options?: { readonly commandId?: string; readonly occurredAt?: DateTime.Utc }
    ) => Effect.Effect<Repository.Executed<State, Event>, Tagged>
  }>,
  id: Id,
  steps: ReadonlyArray<Histories.Step<Command>>
): Promise<ReadonlyArray<string>> => {
  let clock = 0
  const calls: Array<Linearisability.Call<State, Event, Command>> = []
  const call = (by: number, index: number) =>
    Effect.gen(function* () {
      const step = steps[index]!
      const facts = factsOf(step, index)
      const began = clock++
      const options = { commandId: facts.commandId, occurredAt: facts.now }
      const outcome = yield* Effect.result(services[by]!.execute(id, step.command, options))
      const known = { instance: "1", command: step.command, facts, began, ended: clock++ }
      if (Result.isSuccess(outcome)) calls.push({ ...known, outcome: { _tag: "Executed", ...outcome.success } })
      else if (Object.hasOwn(subject.aggregate.errors, outcome.failure._tag)) {
        calls.push({ ...known, outcome: { _tag: "Refused", error: outcome.failure } })
      } else return yield* Effect.die(outcome.failure)
    })
  // Each service runs every n-th command, one after another.
  const all = Effect.forEach(
    services,
    (_, by) =>
      Effect.forEach(
        [...steps.keys()].filter((index) => index % services.length === by),
        (index) => call(by, index),
        { discard: true }
      ),
    { concurrency: "unbounded", discard: true }
  )
  await scheduler.waitFor(Effect.runPromise(all))
  return Linearisability.problems(subject, calls)
}
