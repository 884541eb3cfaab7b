/** The connection of a store to its database. */
import type { Notification } from "@effect/sql-pg/PgConnection"
import type { PgClient } from "@effect/sql-pg/PgClient"
import type { Effect, Queue, Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"

/**
 * The database of a store, and how the store uses it.
 *
 * **When to use**
 *
 * `PgEventStore.connect` and `PgliteEventStore.connect` return one. Create one yourself for a
 * `PgClient` that your app configures.
 *
 * @since 0.1.0
 * @category models
 */
export interface Connector {
  readonly client: PgClient
  /** The database, as error messages name it. It never holds a password. */
  readonly place: {
    /** The host and the port, such as `localhost:5432`. */
    readonly address: string
    readonly database: string
    readonly user: string
    /** Timeout of connecting, in seconds. */
    readonly connectSeconds: number
  }
  /** Maximum number of batches of appends that are sent at the same time. */
  readonly lanes: number
  /** Number of connections of the client. Defaults to 10. */
  readonly connections?: number
  /**
   * Opens a connection of its own for the notifications of a channel, for as long as the scope is
   * open. Defaults to the client's `listen`.
   */
  readonly listen?: (channel: string) => Effect.Effect<Queue.Dequeue<Notification, SqlError>, SqlError, Scope.Scope>
  /** `true` if the database is a replica, which is only read. */
  readonly isReplica?: boolean
  /** `true` if the store publishes how far the log can be read, for stores on replicas. */
  readonly forReplicas?: boolean
}

export type Listen = NonNullable<Connector["listen"]>
