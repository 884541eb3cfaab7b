/** Decisions are plain functions: (state, command, facts) → events, or the error that refuses the command. */
import type { DateTime } from "effect"

/**
 * What a decision may know about the world, gathered before it runs and handed in as values.
 *
 * **Details**
 *
 * A second try after a version conflict sees the same facts, so the same command makes the same events.
 */
export interface Facts {
  /** When the command's events occur: the time given to `execute`, else the clock's. */
  readonly now: DateTime.Utc
  readonly commandId: string
}

/**
 * An id that depends on the command and a label only: the same at every try.
 *
 * @example
 * ```ts
 * import { DateTime } from "effect"
 * import { Decider } from "eventfold"
 *
 * Decider.id({ now: DateTime.makeUnsafe(0), commandId: "c-1" }, "transfer") // "c-1/transfer"
 * ```
 */
export const id = (facts: Facts, label: string): string => `${facts.commandId}/${label}`

export type Decide<State, Command, Event, Failure> = (
  state: State,
  command: Command,
  facts: Facts
) => ReadonlyArray<Event> | Failure

/** Events come as an array, a refusal as one tagged error. */
export const isEvents = <Event, Failure>(decided: ReadonlyArray<Event> | Failure): decided is ReadonlyArray<Event> =>
  Array.isArray(decided)
