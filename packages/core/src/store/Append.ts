/** What is appended to streams, and where it stands then. */
import type { NewEvent } from "../Event.ts"

/**
 * What must be true of a stream for an append to it to be written.
 *
 * - `"any"`: nothing; never conflicts.
 * - `"noStream"`: it has no events.
 * - `"streamExists"`: it has at least one.
 * - a number: its last version is exactly this; 0 is the same as `"noStream"`.
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
  /** At most 1,000 bytes of UTF-8, well-formed, without NUL. An aggregate's is `Name-id`. */
  readonly stream: string
  readonly expected: ExpectedVersion
  readonly events: ReadonlyArray<NewEvent>
}

/**
 * Where the last event of an append now stands.
 *
 * @since 0.1.0
 * @category models
 */
export interface Appended {
  /** Version of the last of the appended events (of the stream's last event, where none were given). */
  readonly version: number
  /** Position of the last of the appended events (of the stream's last event, where none were given; 0 without any). */
  readonly position: number
  /** True if the same event ids were there already: this is then where the last of them stands, and nothing was written. */
  readonly repeated: boolean
}
