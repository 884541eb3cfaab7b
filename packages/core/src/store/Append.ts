/** Appends to streams, and their results. */
import type { NewEvent } from "../Event.ts"

/**
 * Condition on a stream, under which an append to it is written.
 *
 * - `"any"`: no condition; never conflicts.
 * - `"noStream"`: the stream has no events.
 * - `"streamExists"`: the stream has at least one event.
 * - a number: the last version of the stream is this one; 0 is the same as `"noStream"`.
 *
 * @since 0.1.0
 * @category models
 */
export type ExpectedVersion = "any" | "noStream" | "streamExists" | number

/**
 * Events for one stream.
 *
 * @since 0.1.0
 * @category models
 */
export interface Append {
  /**
   * Id of the stream: at most 1,000 bytes of UTF-8, well-formed, without NUL. That of an aggregate
   * is `Name-id`.
   */
  readonly stream: string
  readonly expected: ExpectedVersion
  readonly events: ReadonlyArray<NewEvent>
}

/**
 * Result of an append: the place of its last event.
 *
 * @since 0.1.0
 * @category models
 */
export interface Appended {
  /** Version of the last appended event; of the stream's last event if the append had none. */
  readonly version: number
  /**
   * Position of the last appended event; of the stream's last event if the append had none, and 0
   * if the stream has none.
   */
  readonly position: number
  /**
   * `true` if the same event ids were in the log already: version and position are those of the
   * last of them, and nothing was written.
   */
  readonly repeated: boolean
}
