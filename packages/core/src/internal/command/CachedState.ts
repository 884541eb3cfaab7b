import type { Loaded } from "../../generated/Loaded.ts"

/**
 * State of a stream that loading can continue from: it was cached by this process, or read from a
 * snapshot.
 */
export interface CachedState<State> extends Loaded<State> {
  /** Id of the last event that was folded into the state; empty at version 0. */
  readonly eventId: string
  /**
   * Position of that event; 0 at version 0, and for a snapshot until the event has been read again.
   */
  readonly position: number
  /** Version of the newest snapshot of the stream that this process knows; 0 if it knows none. */
  readonly snapshotVersion: number
}
