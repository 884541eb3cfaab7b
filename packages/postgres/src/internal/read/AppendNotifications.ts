/** Tells other processes that something was appended, and is told by them. */
import type { Notification } from "@effect/sql-pg/PgConnection"
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Queue, type Scope } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { coalesced } from "../connect/Debounce.ts"
import { backOff, pause } from "../sql/SystemTimer.ts"

/** Opens a connection of its own for a channel's notifications, for as long as the scope is open. */
export type Listen = (channel: string) => Effect.Effect<Queue.Dequeue<Notification, SqlError>, SqlError, Scope.Scope>

/** Two stores of one database have different ids, and so different channels. */
export const channelOf = (storeId: string): string => `eventfold:${storeId}`

/** At most one notification in so many milliseconds: each takes a lock that all of the server's notifiers share. */
const spacing = 10

/**
 * Something that tells other processes, in the background. Never from within an appending transaction: a NOTIFY in it
 * makes all commits wait for each other. If this process dies in between, the others find the events by polling.
 */
export const makeNotifier = (sql: PgClient, channel: string): Effect.Effect<() => void, never, Scope.Scope> =>
  coalesced(
    // Nothing is lost with the commit record of a notification, so nobody waits for the disk.
    Effect.ignore(sql.unsafe("select set_config('synchronous_commit', 'off', true), pg_notify($1, '')", [channel])),
    spacing
  )

/** Calls `onNotified` at each notification, and whenever one may have been missed. Connects again for ever. */
export const listening = (listen: Listen, channel: string, onNotified: () => void): Effect.Effect<never> => {
  let failures = 0
  const once = Effect.scoped(
    Effect.gen(function* () {
      const notifications = yield* listen(channel)
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
      yield* Effect.logDebug("the connection that listens for appends has ended, and is opened again", ended)
      yield* pause(backOff(failures))
    })
  )
}
