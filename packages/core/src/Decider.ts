/** Decisions are plain functions: (state, command, facts) → events, or the error that refuses the command. */
import { type DateTime, type Effect, Schema } from "effect"

/**
 * What a decision may know about the world, gathered before it runs and handed in as values.
 *
 * **Details**
 *
 * A second try after a version conflict sees the same facts, so the same command makes the same events.
 *
 * @since 0.1.0
 * @category models
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
 *
 * @since 0.1.0
 * @category accessors
 */
export const id = (facts: Facts, label: string): string => `${facts.commandId}/${label}`

export type Decide<State, Command, Event, Failure, Known extends Facts = Facts> = (
  state: State,
  command: Command,
  facts: Known
) => ReadonlyArray<Event> | Failure

/**
 * A fact that a command needs could not be had. Nothing was decided, and nothing written.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Decider } from "eventfold"
 *
 * const rate = (currency: string) =>
 *   currency === "CZK" ? Effect.succeed(1) : Effect.fail(Decider.unavailable("rate", `no rate of ${currency} today`))
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
    return `the fact ${this.fact} can't be had: ${this.problem}`
  }
}

/**
 * What a service of facts fails with.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unavailable = (fact: string, problem: string, cause?: unknown): FactUnavailable =>
  new FactUnavailable({ fact, problem, ...(cause === undefined ? {} : { cause }) })

/**
 * What a fact is asked for: a command, and the instance that it is for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Asked<Id, Command> {
  readonly id: Id
  readonly command: Command
}

/**
 * Gets a fact for a command that is about to be decided.
 *
 * @since 0.1.0
 * @category models
 */
export type Ask<Id, Command, Value> = (asked: Asked<Id, Command>) => Effect.Effect<Value, FactUnavailable>

/**
 * Where an aggregate's declared facts come from; generated code puts it together.
 *
 * @since 0.1.0
 * @category models
 */
export interface FactSource<Id> {
  /** Which facts each command is decided with: the declaration's `flow`. */
  readonly flow: { readonly [command: string]: { readonly facts: ReadonlyArray<string> } }
  readonly schemas: { readonly [fact: string]: Schema.Codec<unknown, unknown> }
  /** Each is asked for the commands that declare the fact, and for no others. */
  readonly ask: { readonly [fact: string]: Ask<Id, never, unknown> }
}

/**
 * Events come as an array, a refusal as one tagged error.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isEvents = <Event, Failure>(decided: ReadonlyArray<Event> | Failure): decided is ReadonlyArray<Event> =>
  Array.isArray(decided)
