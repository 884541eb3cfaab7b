/**
 * Storage of the checkpoints and parked events of reactions, which a store provides as
 * `EventStore.Service.reactions`.
 *
 * Apps use it to read the status of reactions, to pause and resume them, and to retry parked
 * events; `Reaction.layer` does the rest. Rebuilding a projection does not affect it.
 */
import type { DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Checkpoint } from "../Checkpoint.ts"
import type { EventId } from "../EventId.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import type { Status as ProjectionStatus } from "./ProjectionStore.ts"

/**
 * The right to deliver, until another process has it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  readonly name: string
  /** Increases with every lease: a write under an older lease is refused. */
  readonly token: number
  /** Everything up to here was delivered or parked. */
  readonly checkpoint: Checkpoint
}

/**
 * State of a reaction in a store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  readonly name: string
  /** Everything up to here was delivered or parked. */
  readonly checkpoint: Checkpoint
  /** Owner of the lease; `undefined` if there is none. */
  readonly owner: string | undefined
  readonly isPaused: boolean
  /** Reason for which it stopped; `undefined` if it did not stop. */
  readonly problem: string | undefined
  /** Time at which its checkpoint was last written. */
  readonly savedAt: DateTime.Utc | undefined
  /** Number of parked events. */
  readonly parked: number
  /** Lag behind the log. */
  readonly lag: ProjectionStatus["lag"]
}

/**
 * A parked event: one that could not be delivered.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parked {
  readonly eventId: EventId
  readonly position: number
  readonly stream: string
  readonly version: number
  readonly type: string
  /** Number of attempts. */
  readonly attempts: number
  /** Error of the last attempt. */
  readonly problem: string
  readonly parkedAt: DateTime.Utc
  /** `true` if it is to be retried. */
  readonly isAsked: boolean
}

/**
 * Storage of the checkpoints of reactions.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /**
   * Registers a new reaction, which starts at the first event of the log, at events that are
   * appended from now on, or after a checkpoint or a position. A known reaction continues at its
   * checkpoint, for any `start`.
   */
  readonly open: (
    name: string,
    start: "beginning" | "now" | Checkpoint | number
  ) => Effect.Effect<Status, EventStoreError>
  /**
   * Acquires the lease, for a number of milliseconds of the store's clock; `undefined` if another
   * process has it, or if the reaction is paused or has stopped.
   */
  readonly acquire: (
    name: string,
    owner: string,
    milliseconds: number
  ) => Effect.Effect<Lease | undefined, EventStoreError>
  /**
   * Extends the lease, and returns the requests of operators; `undefined` if another process has
   * it.
   */
  readonly renew: (
    lease: Lease,
    milliseconds: number
  ) => Effect.Effect<
    | {
        /** `true` if the reaction is to pause after the current deliveries. */
        readonly isPaused: boolean
        /** Number of parked events that are to be retried. */
        readonly retries: number
      }
    | undefined,
    EventStoreError
  >
  /** Releases the lease early. */
  readonly release: (lease: Lease) => Effect.Effect<void, EventStoreError>
  /**
   * Writes the checkpoint, which never moves backwards; returns `false`, without writing, if
   * another process has the lease. May be repeated if its outcome is unknown, like `park` and
   * `unpark`.
   */
  readonly save: (lease: Lease, to: Checkpoint) => Effect.Effect<boolean, EventStoreError>
  /**
   * Runs work in a transaction of the store's database, with the store's client: the writes of the
   * work and those of this service are committed together. Optional.
   */
  readonly inTransaction?: <A, E, R>(
    work: (sql: SqlClient) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | EventStoreError, R>
  /**
   * Parks an event, or records a further attempt; returns `false` if another process has the lease.
   */
  readonly park: (lease: Lease, event: Omit<Parked, "isAsked" | "parkedAt">) => Effect.Effect<boolean, EventStoreError>
  /**
   * Removes a parked event that was delivered; returns `false` if another process has the lease.
   */
  readonly unpark: (lease: Lease, eventId: EventId) => Effect.Effect<boolean, EventStoreError>
  /** Stops the reaction with a reason. */
  readonly stop: (lease: Lease, problem: string) => Effect.Effect<void, EventStoreError>
  /** Pauses it after the current deliveries, until it is resumed. */
  readonly pause: (name: string) => Effect.Effect<void, EventStoreError>
  /** Resumes a reaction that was paused or has stopped. */
  readonly resume: (name: string) => Effect.Effect<void, EventStoreError>
  /** Requests a retry of one parked event or of all; returns their number. */
  readonly retry: (name: string, eventId?: EventId) => Effect.Effect<number, EventStoreError>
  /**
   * Discards a parked event, which is then never delivered; returns `false` if there is none with
   * that id.
   */
  readonly discard: (name: string, eventId: EventId) => Effect.Effect<boolean, EventStoreError>
  /** Returns the state of a reaction; `undefined` if it has never run. */
  readonly status: (name: string) => Effect.Effect<Status | undefined, EventStoreError>
  /** Returns the states of all reactions, in the order of their names. */
  readonly statuses: Effect.Effect<ReadonlyArray<Status>, EventStoreError>
  /** Lists parked events in the order of their positions. */
  readonly parked: (
    name: string,
    options?: {
      /** Lists events after this position. Defaults to all. */
      readonly after?: number
      /** Lists events that are to be retried. */
      readonly asked?: boolean
      /** Maximum number of events. Defaults to 1,000. */
      readonly limit?: number
    }
  ) => Effect.Effect<ReadonlyArray<Parked>, EventStoreError>
}
