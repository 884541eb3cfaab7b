/** Notifications of appends between processes. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Queue, type Scope } from "effect"
import type { Listen } from "../connect/Connector.ts"
import * as Debounce from "../sql/Debounce.ts"
import { backOff, pause } from "../sql/SystemTimer.ts"

/**
 * Returns the channel of a store. Two stores of one database have different ids, and so different
 * channels.
 */
export const channelOf = (storeId: string): string => `eventfold:${storeId}`

/**
 * The minimum time between two notifications: each takes a lock that all notifiers of the server
 * share.
 */
const notifyIntervalMs = 10

/**
 * Returns a function that notifies other processes, in the background. It is never used in a
 * transaction that appends: a NOTIFY in it makes all commits wait for each other. If this process
 * dies before it notifies, other processes find the events by polling.
 */
export const makeNotifier = (sql: PgClient, channel: string): Effect.Effect<() => void, never, Scope.Scope> =>
  Debounce.make(
    // The commit record of a notification may be lost, so it does not wait for the disk.
    Effect.ignore(sql.unsafe("select set_config('synchronous_commit', 'off', true), pg_notify($1, '')", [channel])),
    notifyIntervalMs
  )

/**
 * Calls `onNotified` at each notification, and whenever one may have been missed. Reconnects until
 * it is interrupted.
 */
export const listen = (open: Listen, channel: string, onNotified: () => void): Effect.Effect<never> => {
  let failures = 0
  const once = Effect.scoped(
    Effect.gen(function* () {
      const notifications = yield* open(channel)
      failures = 0
      while (true) {
        onNotified()
        yield* Queue.takeAll(notifications)
      }
    })
  )
  return Effect.forever(
    Effect.gen(function* () {
      const ended = yield* Effect.exit(once)
      failures++
      yield* Effect.logDebug("the connection that listens for appends has ended; it is opened again", ended)
      yield* pause(backOff(failures))
    })
  )
}
