/**
 * Where reactions keep how far they have come, and the events that they have put aside: the interface that a store offers as
 * `EventStore.Service.reactions`.
 *
 * Apps ask it how their reactions stand, pause them, resume them, and have parked events delivered again; `Reaction.layer` does the
 * rest. Rebuilding a projection touches none of it.
 */
import type { DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Checkpoint } from "../Checkpoint.ts"
import type { EventId } from "../EventId.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import type { Lag } from "./ProjectionStore.ts"

/**
 * Where a reaction begins that has never run: with the first event of the log, with those that are appended from now on, or after a
 * checkpoint or a position of the log.
 *
 * @since 0.1.0
 * @category models
 */
export type Start = "beginning" | "now" | Checkpoint | number

/**
 * The right to deliver, until another one has it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  readonly name: string
  /** Rises with every lease: who writes with an older one is refused. */
  readonly token: number
  /** Everything up to here was delivered, or put aside. */
  readonly checkpoint: Checkpoint
}

/**
 * What the owner of a lease is told when it renews it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Renewed {
  /** Whether it is to end once what is under way has ended. */
  readonly isPaused: boolean
  /** How many parked events are to be delivered again. */
  readonly retries: number
}

/**
 * State of a reaction in a store.
 *
 * @since 0.1.0
 * @category models
 */
export interface Status {
  readonly name: string
  /** Everything up to here was delivered, or put aside. */
  readonly checkpoint: Checkpoint
  /** Who delivers now; undefined where nobody does. */
  readonly owner: string | undefined
  readonly isPaused: boolean
  /** Why it stopped; undefined where it did not. */
  readonly problem: string | undefined
  /** When its place was last written. */
  readonly savedAt: DateTime.Utc | undefined
  /** How many events it has put aside. */
  readonly parked: number
  /** How far it is behind the log. */
  readonly lag: Lag
}

/**
 * An event that could not be delivered.
 *
 * @since 0.1.0
 * @category models
 */
export interface Undelivered {
  readonly eventId: EventId
  readonly position: number
  readonly stream: string
  readonly version: number
  readonly type: string
  /** How often it was tried. */
  readonly attempts: number
  /** Why the last attempt failed. */
  readonly problem: string
}

/**
 * An event that was put aside.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parked extends Undelivered {
  readonly parkedAt: DateTime.Utc
  /** Whether it is to be delivered again. */
  readonly isAsked: boolean
}

/**
 * Which parked events, in the order of their positions.
 *
 * @since 0.1.0
 * @category options
 */
export interface ParkedOptions {
  /** Those after this position; all of them unless given. */
  readonly after?: number
  /** Only those that are to be delivered again. */
  readonly asked?: boolean
  /** At most so many; 1,000 unless given. */
  readonly limit?: number
}

/**
 * Storage of the checkpoints of reactions.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** Begins a reaction that is not known yet; one that is goes on where it was, wherever it is said to begin. */
  readonly open: (name: string, start: Start) => Effect.Effect<Status, EventStoreError>
  /**
   * The right to deliver, for so many milliseconds of the store's clock; undefined while another has it, and where the reaction is
   * paused or has stopped.
   */
  readonly acquire: (
    name: string,
    owner: string,
    milliseconds: number
  ) => Effect.Effect<Lease | undefined, EventStoreError>
  /** For so many milliseconds more; undefined where another has it since. */
  readonly renew: (lease: Lease, milliseconds: number) => Effect.Effect<Renewed | undefined, EventStoreError>
  /** Gives it back before its time. */
  readonly release: (lease: Lease) => Effect.Effect<void, EventStoreError>
  /**
   * Writes how far it has come, which never goes back; false, and nothing is written, where the lease is another's since. May be called
   * again where it is not known what came of it; so may `park` and `unpark`.
   */
  readonly save: (lease: Lease, to: Checkpoint) => Effect.Effect<boolean, EventStoreError>
  /**
   * Runs work in a transaction of the store's database, with the store's client: what is written with that, and what this service writes
   * meanwhile, is committed together, or nothing is. A store may do without.
   */
  readonly inTransaction?: <A, E, R>(
    work: (sql: SqlClient) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | EventStoreError, R>
  /** Puts an event aside, or writes what came of another attempt; false where the lease is another's since. */
  readonly park: (lease: Lease, event: Undelivered) => Effect.Effect<boolean, EventStoreError>
  /** A parked event was delivered; false where the lease is another's since. */
  readonly unpark: (lease: Lease, eventId: EventId) => Effect.Effect<boolean, EventStoreError>
  /** Stops the reaction, and says why. */
  readonly stop: (lease: Lease, problem: string) => Effect.Effect<void, EventStoreError>
  /** Ends it once what is under way has ended, until it is resumed. */
  readonly pause: (name: string) => Effect.Effect<void, EventStoreError>
  /** Lets a reaction go on that was paused or has stopped. */
  readonly resume: (name: string) => Effect.Effect<void, EventStoreError>
  /** Has parked events delivered again, one of them or all; gives how many there are. */
  readonly retry: (name: string, eventId?: EventId) => Effect.Effect<number, EventStoreError>
  /** Gives up a parked event, which is never delivered then; false where there is none of that id. */
  readonly discard: (name: string, eventId: EventId) => Effect.Effect<boolean, EventStoreError>
  /** Undefined where it has never run. */
  readonly status: (name: string) => Effect.Effect<Status | undefined, EventStoreError>
  /** All of them, in the order of their names. */
  readonly statuses: Effect.Effect<ReadonlyArray<Status>, EventStoreError>
  readonly parked: (name: string, options?: ParkedOptions) => Effect.Effect<ReadonlyArray<Parked>, EventStoreError>
}
