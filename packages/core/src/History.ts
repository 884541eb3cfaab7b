/** The history of an aggregate: its events, the states between them, and their differences. */
import { JsonPatch, Result, Schema } from "effect"
import type { Metadata, RecordedEvent } from "./Event.ts"
import type { Loaded } from "./generated/Loaded.ts"
import * as EventDecoder from "./internal/codec/EventDecoder.ts"
import * as SafeCodec from "./internal/codec/SafeCodec.ts"

/**
 * A step of a history: an event, and the states before and after it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Step<State, Event> {
  readonly event: Event
  readonly before: State
  readonly after: State
  /**
   * Difference between the stored forms of the two states, as a JSON Patch (RFC 6902); computed at
   * the first access.
   */
  readonly difference: JsonPatch.JsonPatch
  readonly metadata: Metadata
  /** The recorded event, with its place and times. */
  readonly recorded: RecordedEvent
}

/**
 * Difference between two versions of a state.
 *
 * @since 0.1.0
 * @category models
 */
export interface Difference<State, Event> {
  readonly from: Loaded<State>
  readonly to: Loaded<State>
  /** Events after version `from`, up to version `to`. */
  readonly events: ReadonlyArray<Event>
  /** JSON Patch from the first state's stored form to the second's. */
  readonly difference: JsonPatch.JsonPatch
}

/**
 * A replay with edits, compared with the actual history.
 *
 * @since 0.1.0
 * @category models
 */
export interface WhatIf<State, Event> {
  readonly actual: Loaded<State>
  /** State after the replay. */
  readonly imagined: State
  /** Events of the replay. */
  readonly events: ReadonlyArray<Event>
  /** JSON Patch from the actual state's stored form to that of the replay. */
  readonly difference: JsonPatch.JsonPatch
}

/**
 * A folded state does not fit its schema, and cannot be compared: a defect of `apply`.
 *
 * @example
 * ```ts
 * import { Cause, Effect } from "effect"
 * import { History } from "eventfold"
 *
 * const reported = <A, E>(difference: Effect.Effect<A, E>) =>
 *   Effect.tapCause(difference, (cause) =>
 *     Cause.squash(cause) instanceof History.UnfitState ? Effect.logError("a state does not fit its schema") : Effect.void)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class UnfitState extends Error {
  override readonly name = "UnfitState"
}

/**
 * Makes a function that compares states of an aggregate by their stored form.
 *
 * @internal
 */
export const differ = <State>(aggregate: string, codec: Schema.Codec<State, Schema.Json>) => {
  const encode = SafeCodec.encodeUnknownResult(codec)
  const stored = (state: State): Schema.Json => {
    const encoded = encode(state)
    if (Result.isSuccess(encoded)) return encoded.success
    const { path, problem } = EventDecoder.firstProblem(encoded.failure.issue)
    throw new UnfitState(
      `a state of ${aggregate} cannot be compared, since it does not fit its schema: ${path === "" ? "" : `${path}: `}${problem}; correct \`apply\`, or the schema of the state`
    )
  }
  return (from: State, to: State): JsonPatch.JsonPatch => (from === to ? [] : JsonPatch.get(stored(from), stored(to)))
}

/**
 * Computes the steps of consecutive events. Returns the steps and the state after the last of them.
 *
 * @internal
 */
export const steps = <State, Event>(options: {
  readonly from: State
  readonly events: ReadonlyArray<Event>
  readonly sources: ReadonlyArray<RecordedEvent>
  readonly apply: (state: State, event: Event) => State
  readonly difference: (from: State, to: State) => JsonPatch.JsonPatch
}): readonly [after: State, steps: Array<Step<State, Event>>] => {
  const made: Array<Step<State, Event>> = []
  let before = options.from
  for (const [i, event] of options.events.entries()) {
    made.push(step(event, before, options.apply(before, event), options.sources[i]!, options.difference))
    before = made.at(-1)!.after
  }
  return [before, made]
}

const step = <State, Event>(
  event: Event,
  before: State,
  after: State,
  recorded: RecordedEvent,
  difference: (from: State, to: State) => JsonPatch.JsonPatch
): Step<State, Event> => {
  let computed: JsonPatch.JsonPatch | undefined
  return {
    event,
    before,
    after,
    // Most readers of a long history need the difference of few steps.
    get difference() {
      return (computed ??= difference(before, after))
    },
    metadata: recorded.metadata,
    recorded
  }
}
