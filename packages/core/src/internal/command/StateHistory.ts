/**
 * Reads past states of an aggregate: its history, differences between versions, and replays with
 * edits.
 */
import { Effect, type Schema, Stream } from "effect"
import type { Service as Store } from "../../EventStore.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Fold } from "../../generated/Fold.ts"
import type { Loaded } from "../../generated/Loaded.ts"
import * as History from "../../History.ts"
import type { StateCopies } from "./StateCopies.ts"
import type { StateLoader } from "./StateLoader.ts"

export class StateHistory<State, Event extends { readonly _tag: string }> {
  readonly #name: string
  readonly #store: Store
  readonly #fold: Fold<State, Event>
  readonly #states: StateLoader<State, Event>
  readonly #copies: StateCopies<State, Event>
  /** Copies a state also if the service caches none. */
  readonly #copyState: (state: State) => State
  readonly #difference: ReturnType<typeof History.differ<State>>

  constructor(options: {
    readonly name: string
    readonly store: Store
    readonly fold: Fold<State, Event>
    readonly codec: Schema.Codec<State, Schema.Json>
    readonly states: StateLoader<State, Event>
    readonly copies: StateCopies<State, Event>
    readonly copyState: (state: State) => State
  }) {
    this.#name = options.name
    this.#store = options.store
    this.#fold = options.fold
    this.#states = options.states
    this.#copies = options.copies
    this.#copyState = options.copyState
    this.#difference = History.differ(options.name, options.codec)
  }

  /** Streams every event with the state before and after it, page by page. */
  steps(stream: string): Stream.Stream<History.Step<State, Event>, EventStoreError> {
    return this.#store.read(stream).pipe(
      Stream.mapAccumArrayEffect(
        (): Loaded<State> => this.#states.initial(),
        ({ state, version }, page) =>
          Effect.map(Effect.fromResult(this.#states.decodePage(page, version)), ({ events, sources }) => {
            const { apply } = this.#fold
            const [after, steps] = History.steps({ from: state, events, sources, apply, difference: this.#difference })
            // The next page continues from the state, which the caller may change: it has got it as
            // part of a step.
            return [{ state: this.#copyState(after), version: version + page.length }, steps] as const
          })
      )
    )
  }

  /** Computes the difference between two versions. */
  difference(
    stream: string,
    from: number,
    to: number
  ): Effect.Effect<History.Difference<State, Event>, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      if (from > to) {
        const problem = `from ${from} is after to ${to}; name the earlier one first`
        return yield* EventStoreError.invalidRequest(`${this.#name}.diff`, problem)
      }
      const before = yield* this.#states.load(stream, { to: from })
      const events: Array<Event> = []
      const after = yield* this.#states.resume(before, stream, { to }, (page) => void events.push(...page.events))
      return {
        from: this.#copies.loaded(before),
        to: this.#copies.loaded(after),
        events,
        difference: this.#difference(before.state, after.state)
      }
    })
  }

  /** Replays a stream with edits. */
  whatIf(
    stream: string,
    edits: {
      readonly events?: (history: ReadonlyArray<Event>) => ReadonlyArray<Event>
      readonly apply?: (state: State, event: Event) => State
    }
  ): Effect.Effect<History.WhatIf<State, Event>, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const recorded: Array<Event> = []
      const actual = yield* this.#states.resume(
        this.#states.initial(),
        stream,
        {},
        (page) => void recorded.push(...page.events)
      )
      const events = edits.events?.(recorded) ?? recorded
      const imagined = events.reduce(edits.apply ?? this.#fold.apply, this.#states.initial().state)
      return {
        actual: { state: actual.state, version: actual.version },
        imagined,
        events,
        difference: this.#difference(actual.state, imagined)
      }
    })
  }
}
