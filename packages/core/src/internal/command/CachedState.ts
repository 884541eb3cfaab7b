/** A state that is kept to go on from: in the process, or as a snapshot. */
import type { Loaded } from "../../AggregateCache.ts"

export interface Kept<State> extends Loaded<State> {
  /** Id of the last event that went into it; empty at version 0. */
  readonly eventId: string
  /** Position of that event; 0 at version 0, and of a snapshot until the event has been read once more. */
  readonly position: number
  /** Version of the stream's newest snapshot, as far as known; 0 without one. */
  readonly snapshotAt: number
}
