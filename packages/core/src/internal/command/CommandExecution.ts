/** What running a command takes, and what it gives. */
import type { DateTime, Duration } from "effect"
import type { Loaded } from "../../AggregateCache.ts"
import type { Metadata } from "../../Event.ts"

/** What a command led to. */
export interface Executed<State, Event> extends Loaded<State> {
  /**
   * The log holds all that the command led to, up to this position: give it to the `waitFor` of a projection to read what was written. It is
   * that of the last event that was appended (of commands that run together, by all of them), for a repeated command id by the first time. Of
   * a command that led to no events it is that of the last event of the stream it was decided on, 0 where there is none.
   */
  readonly position: number
  /** What was appended; for a repeated command id, by the first time. */
  readonly events: ReadonlyArray<Event>
  /** True if this command id was run before: this is its first result, and nothing was appended now. */
  readonly repeated: boolean
}

export interface ExecuteOptions {
  /**
   * Names this command: given again, the first result is returned and nothing happens twice. Without it every call is a
   * command of its own. A command that led to no events leaves no record.
   */
  readonly commandId?: string
  /** When it happened in the domain; without it, now. */
  readonly occurredAt?: DateTime.Utc
  /** Added to `Event.CurrentMetadata`. */
  readonly metadata?: Metadata
  /**
   * How long it may take. Then it fails: with `TimedOut`, where nothing was written, or with `OutcomeUnknown`, where an append
   * was under way, which running the command again under its `commandId` settles.
   */
  readonly timeout?: Duration.Input
}
