/**
 * One command that was checked and is bound to its stream: its ids, its facts, and how it is
 * decided and encoded.
 */
import { type Effect, Result } from "effect"
import { type Facts, isEvents } from "../../Decider.ts"
import type { NewEvent } from "../../Event.ts"
import * as EventId from "../../EventId.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { AggregateModel } from "./AggregateModel.ts"
import type { CachedState } from "./CachedState.ts"
import type { CommandContext } from "./CommandContext.ts"
import type { Executed } from "./CommandExecution.ts"
import type { StateLoader } from "./StateLoader.ts"

type Tagged = { readonly _tag: string }

/** Result of `decide`. */
export type Decision<State, Event, Failure> =
  | { readonly _tag: "Refused"; readonly error: Failure }
  | {
      readonly _tag: "Accepted"
      readonly events: ReadonlyArray<Event>
      /** State after the events. */
      readonly next: CachedState<State>
      readonly stored: ReadonlyArray<NewEvent>
    }

export class CommandCall<State, Event extends Tagged, Failure, Command extends Tagged = Tagged> {
  readonly stream: string
  readonly facts: Facts
  readonly #aggregate: AggregateModel<never, State, Command, Event, Failure>
  readonly #command: Command
  readonly #context: CommandContext
  readonly #idOf: (index: number) => string
  /** Ids of the first events, which are the same at each attempt. */
  readonly #ids: Array<string> = []

  constructor(
    aggregate: AggregateModel<never, State, Command, Event, Failure>,
    stream: string,
    command: Command,
    facts: { readonly [fact: string]: unknown },
    context: CommandContext
  ) {
    const { commandId, isNamed, now, seed } = context
    this.stream = stream
    this.#aggregate = aggregate
    // Events and cached states can share objects with the command and the facts, and the caller may
    // change its own later.
    this.#command = aggregate.copies.value(command)
    this.facts = { ...aggregate.copies.value(facts), now, commandId }
    this.#context = context
    this.#idOf = isNamed ? EventId.derive(stream, seed) : EventId.series(seed)
  }

  /** States of the aggregate. */
  get states(): StateLoader<State, Event> {
    return this.#aggregate.states
  }

  /** Decides the command on a state. Throws what `decide`, `apply` and the invariants throw. */
  decide(on: CachedState<State>): Result.Result<Decision<State, Event, Failure>, EventStoreError> {
    const { copies, decide, fold, name } = this.#aggregate
    const events = decide(on.state, this.#command, this.facts)
    if (!isEvents(events)) return Result.succeed({ _tag: "Refused", error: copies.value(events) })
    if (events.length === 0) return Result.succeed({ _tag: "Accepted", events, next: on, stored: [] })
    if (events.length > EventId.maxPerCommand) {
      const problem = `${this.#command._tag} led to ${events.length} events; the maximum is ${EventId.maxPerCommand}`
      return Result.fail(EventStoreError.invalidRequest(`${name}.execute`, problem))
    }
    const state = fold.run(on.state, events)
    this.#aggregate.requireInvariants(this.stream, this.#command, state)
    while (this.#ids.length < events.length) this.#ids.push(this.#idOf(this.#ids.length))
    const stored = this.#aggregate.encodeEvents(this.stream, events, this.#ids, this.#context)
    if (Result.isFailure(stored)) return Result.fail(stored.failure)
    const next = { ...on, state, version: on.version + events.length, eventId: this.#ids[events.length - 1]! }
    return Result.succeed({ _tag: "Accepted", events, next, stored: stored.success })
  }

  /** Loads the result of the command if it was executed before. */
  earlierResult(): Effect.Effect<Executed<State, Event> | undefined, EventStoreError> {
    return this.#aggregate.earlierResult(this.stream, this.#idOf)
  }

  /** Loads the state with all events up to a position. */
  stateAt(position: number): Effect.Effect<CachedState<State>, EventStoreError> {
    return this.states.replay(this.stream, { while: (recorded) => recorded.position <= position })
  }

  /** Returns a copy of the result for the caller, which shares nothing with cached states. */
  copyOut(executed: Executed<State, Event>): Executed<State, Event> {
    return this.#aggregate.copies.executed(executed)
  }
}
