/** The law that a command that is repeated with its id changes nothing. */
import { DateTime, Effect, Exit, Result, Schema, Stream } from "effect"
import { type Aggregate, EventStore, EventStoreError, MemoryEventStore, Repository } from "eventfold"
import * as Divergence from "../subject/Divergence.ts"
import * as Histories from "../../Histories.ts"
import { factsOf } from "../draw/Moves.ts"
import * as Law from "./Law.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"
import * as EventJson from "../subject/EventJson.ts"

/**
 * Checks that a command that is repeated with its `commandId` returns its first result and appends
 * nothing, both immediately and after all other commands.
 *
 * **When to use**
 *
 * It finds codecs that lose values, and decisions and folds that remember earlier calls: each makes
 * a retried command return another result.
 *
 * **Errors**
 *
 * Throws a `Violation`, or a `TypeError` if it gets a `history`: the law checks `commands`.
 *
 * **Gotchas**
 *
 * The law runs the service on a store in memory, which is slower than a fold, so it draws a tenth
 * of the histories.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.repetition(subject)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const repetition = Law.make({
  name: "repetition",
  claim: "running a command again changes nothing",
  of: "reachable states",
  share: 0.1,
  steps: ({ subject }, steps) => {
    const exit = Effect.runSyncExit(
      Effect.scoped(run(subject, steps)).pipe(Effect.provide(MemoryEventStore.layer, { local: true }))
    )
    if (Exit.isSuccess(exit)) return exit.value
    // Other laws report a decision that throws or whose events do not fit their schema.
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
  // Declarations accept only schemas that are codecs.
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
  const encodeEvent = EventJson.encoder(codec.events)
  const results: Array<Schema.Json> = []
  const execute = (index: number) => {
    at = index
    const { at: time, command } = steps[index]!
    const options = { commandId: `command-${index + 1}`, occurredAt: DateTime.makeUnsafe(time) }
    return Effect.flatMap(Effect.result(repository.execute("1", command, options)), (outcome) => {
      // The law of codecs reports events that cannot be read back: there is no result to compare.
      if (Result.isFailure(outcome) && isUnreadable(outcome.failure)) return Effect.fail(outcome.failure)
      // A command without events leaves no record, so a repeat is decided again.
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
    if ((yield* length) !== before) return { at: index, because: `repeated ${when}, it appended events` }
    const differences = Divergence.between(first, second ?? null)
    return differences.length === 0
      ? undefined
      : { at: index, because: `repeated ${when}, it returned another result (first → repeated)`, differences }
  })
  for (const index of steps.keys()) {
    results.push((yield* execute(index)) ?? null)
    const found = yield* again(index, "immediately")
    if (found !== undefined) return found
  }
  for (const index of steps.keys()) {
    const found = yield* again(index, "after all other commands")
    if (found !== undefined) return found
  }
  return undefined
})
