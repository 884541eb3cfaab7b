/** How an aggregate came to be what it is: its events, the states around them, and what changed between. */
import { JsonPatch, Result, Schema } from "effect"
import type { Metadata, RecordedEvent } from "./Event.ts"
import type { Loaded } from "./generated/Fold.ts"
import * as EventDecoder from "./internal/codec/EventDecoder.ts"
import * as SafeCodec from "./internal/codec/SafeCodec.ts"

/**
 * One step of a history: an event, and the states around it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Step<State, Event> {
  readonly event: Event
  readonly before: State
  readonly after: State
  /** What the event changed in the state's stored form, as a JSON Patch (RFC 6902); computed when it is asked for. */
  readonly difference: JsonPatch.JsonPatch
  readonly metadata: Metadata
  /** Where and when it is recorded. */
  readonly recorded: RecordedEvent
}

/**
 * What became of a state between two of its versions.
 *
 * @since 0.1.0
 * @category models
 */
export interface Difference<State, Event> {
  readonly from: Loaded<State>
  readonly to: Loaded<State>
  /** The events between, the first after `from`, the last that of `to`. */
  readonly events: ReadonlyArray<Event>
  /** What turns the first state's stored form into the second's. */
  readonly difference: JsonPatch.JsonPatch
}

/**
 * A replay with edits, beside what happened.
 *
 * @since 0.1.0
 * @category models
 */
export interface WhatIf<State, Event> {
  readonly actual: Loaded<State>
  /** The state that the edits lead to. */
  readonly imagined: State
  /** The events that it was folded from. */
  readonly events: ReadonlyArray<Event>
  /** What turns the actual state's stored form into the imagined one's. */
  readonly difference: JsonPatch.JsonPatch
}

/**
 * What is otherwise in a replay.
 *
 * @since 0.1.0
 * @category models
 */
export interface Edits<State, Event> {
  /** Makes the history to replay of the one that happened: with events left out, changed, or added. */
  readonly events?: (history: ReadonlyArray<Event>) => ReadonlyArray<Event>
  /** Another `apply`. */
  readonly apply?: (state: State, event: Event) => State
}

/**
 * A state that was folded does not fit its schema, so that it cannot be compared: a defect of `apply`.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnfitState extends Error {
  override readonly name = "UnfitState"
}

/**
 * Compares states of an aggregate by their stored form.
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
 * Makes the steps of events that follow each other; gives the state after the last of them.
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
    // Most readers of a long history want it for few of the steps.
    get difference() {
      return (computed ??= difference(before, after))
    },
    metadata: recorded.metadata,
    recorded
  }
}
