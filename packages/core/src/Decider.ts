/**
 * Decisions are plain functions: (state, command, facts) → events, or the error that refuses the
 * command.
 */
import { type DateTime, type Effect, Schema } from "effect"

/**
 * Facts for a decision: values from outside, which are gathered before the decision runs.
 *
 * **Details**
 *
 * A second attempt after a version conflict gets the same facts, so the same command makes the same
 * events.
 *
 * @since 0.1.0
 * @category models
 */
export interface Facts {
  /**
   * Time at which the command's events occur: the time passed to `execute`, otherwise the time of
   * the clock.
   */
  readonly now: DateTime.Utc
  readonly commandId: string
}

/**
 * Makes an id that depends only on the command and a label, and is the same at every attempt.
 *
 * @example
 * ```ts
 * import { DateTime } from "effect"
 * import { Decider } from "eventfold"
 *
 * Decider.id({ now: DateTime.makeUnsafe(0), commandId: "c-1" }, "transfer") // "c-1/transfer"
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const id = (facts: Facts, label: string): string => `${facts.commandId}/${label}`

/**
 * Decides a command: returns the events that it leads to, or the error that refuses it.
 *
 * @since 0.1.0
 * @category models
 */
export type Decide<State, Command, Event, Failure, Known extends Facts = Facts> = (
  state: State,
  command: Command,
  facts: Known
) => ReadonlyArray<Event> | Failure

/**
 * A fact of a command is unavailable. The command was not decided, and nothing was written.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Decider } from "eventfold"
 *
 * const rate = (currency: string) =>
 *   currency === "CZK"
 *     ? Effect.succeed(1)
 *     : Effect.fail(new Decider.FactUnavailable({ fact: "rate", problem: `no rate of ${currency} today` }))
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class FactUnavailable extends Schema.TaggedError<FactUnavailable>("eventfold/FactUnavailable")(
  "FactUnavailable",
  { fact: Schema.String, problem: Schema.String, cause: Schema.optionalKey(Schema.Defect()) }
) {
  override get message(): string {
    return `the fact ${this.fact} is not available: ${this.problem}`
  }
}

/**
 * Fetches a fact for a command before its decision, given the command and the id of the instance
 * that it is for.
 *
 * @since 0.1.0
 * @category models
 */
export type Ask<Id, Command, Value> = (asked: {
  readonly id: Id
  readonly command: Command
}) => Effect.Effect<Value, FactUnavailable>

/**
 * Returns whether a decision is events. A refusal is one tagged error.
 *
 * @example
 * ```ts
 * import { Decider } from "eventfold"
 *
 * const decided: ReadonlyArray<string> | { readonly _tag: "Refused" } = ["Opened"]
 * Decider.isEvents(decided) // true
 * ```
 *
 * @since 0.1.0
 * @category predicates
 */
export const isEvents = <Event, Failure>(decided: ReadonlyArray<Event> | Failure): decided is ReadonlyArray<Event> =>
  Array.isArray(decided)
