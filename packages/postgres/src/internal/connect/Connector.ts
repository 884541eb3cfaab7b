/** The connection of a store to its database. */
import type { Notification } from "@effect/sql-pg/PgConnection"
import type { PgClient } from "@effect/sql-pg/PgClient"
import type { Effect, Queue, Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Place } from "../sql/SqlFailure.ts"

/**
 * Opens a connection of its own for the notifications of a channel, for as long as the scope is
 * open.
 */
export type Listen = (channel: string) => Effect.Effect<Queue.Dequeue<Notification, SqlError>, SqlError, Scope.Scope>

/** The database of a store, and how the store uses it. */
export interface Connector {
  readonly client: PgClient
  /** The database, for error messages. */
  readonly place: Place
  /** Maximum number of batches of appends that are sent at the same time. */
  readonly lanes: number
  /** Number of connections of the client. Defaults to 10. */
  readonly connections?: number
  /** Opens a connection that listens for notifications. Defaults to the client's `listen`. */
  readonly listen?: Listen
  /** `true` if the database is a replica, which is only read. */
  readonly isReplica?: boolean
  /** `true` if the store publishes how far the log can be read, for stores on replicas. */
  readonly forReplicas?: boolean
}
