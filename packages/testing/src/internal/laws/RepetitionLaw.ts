/** The law that a command given again, by its id, changes nothing. */
import { DateTime, Effect, Exit, Result, Schema, Stream } from "effect"
import { type Aggregate, EventStore, EventStoreError, MemoryEventStore, Repository } from "eventfold"
import * as Divergence from "../subject/Divergence.ts"
import * as Histories from "../../Histories.ts"
import { factsOf } from "../draw/Moves.ts"
import * as Law from "./Law.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"

/**
 * A command that is run again under its `commandId` gives its first result and appends nothing: at once, and once all others have
 * been run.
 *
 * **When to use**
 *
 * Against what makes a retried command differ from itself: a codec that loses something, a decision or a fold that remembers.
 *
 * **Errors**
 *
 * Throws a `Violation`; a `TypeError` where it is given a `history`: it is about `commands`.
 *
 * **Gotchas**
 *
 * It runs the service on a store in memory, which takes longer than to fold: it draws a tenth of the histories that others do.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.repetition(subject)
 * ```
 */
export const repetition: Law.Law = Law.make({
  name: "repetition",
  claim: "a command that is run again changes nothing",
  of: "reachable states",
  share: 0.1,
  steps: ({ subject }, steps) => {
    const exit = Effect.runSyncExit(
      Effect.scoped(run(subject, steps)).pipe(Effect.provide(MemoryEventStore.layer, { local: true }))
    )
    if (Exit.isSuccess(exit)) return exit.value
    // A decision that throws, or whose events do not fit, is another law's to tell.
    return undefined
  }
})

const isUnreadable = (failure: unknown): boolean =>
  failure instanceof EventStoreError.EventStoreError && failure.reason._tag === "DecodeFailure"

const run = Effect.fnUntraced(function* <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  steps: ReadonlyArray<Histories.Step<Command>>
) {
  const { codec, decide, fold } = subject
  // Declarations take only schemas that are codecs.
  const aggregate = subject.aggregate as Aggregate.Any
  let at = 0
  const repository = yield* Repository.make<string, State, Command, Event, Record<Command["_tag"], Tagged>>({
    name: aggregate.name,
    id: Schema.String,
    fold,
    decide: (state, command, facts) =>
      decide(state, command, { ...factsOf(steps[at]!, at), commandId: facts.commandId }),
    codec,
    command: aggregate.command as Schema.Codec<Command, unknown>,
    invariants: {}
  })
  const { read } = yield* EventStore.EventStore
  const length = Stream.runCount(read(`${aggregate.name}-1`))
  const encodeState = Schema.encodeUnknownSync(codec.state)
  const encodeEvent = Schema.encodeUnknownSync(codec.event)
  const results: Array<Schema.Json> = []
  const execute = (index: number) => {
    at = index
    const { at: time, command } = steps[index]!
    const options = { commandId: `command-${index + 1}`, occurredAt: DateTime.makeUnsafe(time) }
    return Effect.flatMap(Effect.result(repository.execute("1", command, options)), (outcome) => {
      // The law of codecs reports events that cannot be read back: nothing can be compared here.
      if (Result.isFailure(outcome) && isUnreadable(outcome.failure)) return Effect.fail(outcome.failure)
      // What led to no events left no record: run again it is decided again.
      if (Result.isFailure(outcome) || outcome.success.events.length === 0) return Effect.succeed(undefined)
      const { events, state, version } = outcome.success
      const result: Schema.Json = {
        version,
        state: encodeState(state),
        events: events.map((event) => encodeEvent(event))
      }
      return Effect.succeed(result)
    })
  }
  const again = Effect.fnUntraced(function* (index: number, when: string) {
    const first = results[index]
    if (first === undefined || first === null) return undefined
    const before = yield* length
    const second = yield* execute(index)
    if ((yield* length) !== before) return { at: index, because: `run again ${when}, it appended events` }
    const differences = Divergence.between(first, second ?? null)
    return differences.length === 0
      ? undefined
      : { at: index, because: `run again ${when}, it gave another result (first → again)`, differences }
  })
  for (const index of steps.keys()) {
    results.push((yield* execute(index)) ?? null)
    const found = yield* again(index, "at once")
    if (found !== undefined) return found
  }
  for (const index of steps.keys()) {
    const found = yield* again(index, "after all others")
    if (found !== undefined) return found
  }
  return undefined
})
