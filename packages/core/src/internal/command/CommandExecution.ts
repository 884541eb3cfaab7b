/** Options and result of running a command. */
import type { DateTime, Duration } from "effect"
import type { Metadata } from "../../Event.ts"
import type { Loaded } from "../../generated/Loaded.ts"

/**
 * Result of a command.
 *
 * @since 0.1.0
 * @category models
 */
export interface Executed<State, Event> extends Loaded<State> {
  /**
   * Position up to which the log holds all events of the command. Pass it to `waitFor` of a
   * projection to read what was written.
   *
   * It is the position of the last appended event (for commands that run together, of the last
   * event of all of them; for a repeated command id, of the first execution). For a command without
   * events it is the position of the last event of its stream, or 0 if the stream has none.
   */
  readonly position: number
  /** Events that were appended; for a repeated command id, by the first execution. */
  readonly events: ReadonlyArray<Event>
  /**
   * `true` if this command id was executed before. The result is that of the first execution, and
   * nothing was appended.
   */
  readonly repeated: boolean
}

/**
 * Options of `execute` and `executeAll`.
 *
 * @since 0.1.0
 * @category options
 */
export interface ExecuteOptions {
  /**
   * Name of this command. If it is executed again, the first result is returned and nothing is
   * appended. Without it, every call is a new command. A command without events leaves no record of
   * its id.
   */
  readonly commandId?: string
  /** Time at which the events occur in the domain. Defaults to now. */
  readonly occurredAt?: DateTime.Utc
  /** Metadata that is added to `Event.CurrentMetadata`. */
  readonly metadata?: Metadata
  /**
   * Maximum duration of the call. After it, the call fails with `TimedOut` if nothing was written,
   * or with `OutcomeUnknown` if an append was in flight. To find out whether that append succeeded,
   * execute the command again with its `commandId`.
   */
  readonly timeout?: Duration.Input
}
