/**
 * The log as subscriptions read it: one watch for all subscriptions, and reads that survive
 * outages.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Context, Effect, RcRef, Scope } from "effect"
import type { EventStoreError } from "eventfold"
import type { StoreService } from "eventfold/store"
import type { Listen } from "../connect/Connector.ts"
import { LogWatch } from "./LogWatch.ts"
import * as AppendNotifications from "./AppendNotifications.ts"
import type { EventReader } from "./EventReader.ts"
import { type Place, storeClosed } from "../sql/SqlFailure.ts"
import * as StalledAppends from "./StalledAppends.ts"
import { backOff, pause } from "../sql/SystemTimer.ts"

/** Options of {@link make}. */
export interface Options {
  readonly sql: PgClient
  /** Already quoted. */
  readonly schema: string
  readonly place: Place
  readonly storeId: string
  readonly listen: Listen
  /**
   * `true` if the database is a replica, which sends and receives no notifications, and may be
   * behind.
   */
  readonly isReplica: boolean
  readonly log: Pick<EventReader, "lastAt" | "look" | "slice">
  readonly pollMillis: number
  readonly stalledMillis: number
}

/** The subscriptions of a store. */
export interface Subscriptions {
  readonly log: StoreService.Log
  /**
   * Wakes the subscriptions of this process, and notifies other processes, after an append of this
   * process.
   */
  readonly notify: () => void
}

export const make = (options: Options): Effect.Effect<Subscriptions, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { isReplica, listen, log, place, pollMillis, schema, sql, stalledMillis, storeId } = options
    const own = yield* Effect.context<Scope.Scope>()
    const channel = AppendNotifications.channelOf(storeId)
    const notifyOthers = yield* AppendNotifications.makeNotifier(sql, channel)
    let isClosed = false
    let watching: LogWatch | undefined

    // Created for the first subscription, shared by the next ones, and closed with the last: then
    // no connection listens.
    const watches: RcRef.RcRef<LogWatch> = yield* RcRef.make({
      acquire: Effect.gen(function* () {
        const watch: LogWatch = new LogWatch({
          look: log.look,
          pollMillis,
          stalled: StalledAppends.make(sql, schema, place, stalledMillis, isReplica),
          onFailure: Effect.suspend(() => RcRef.invalidate(watches))
        })
        watching = watch
        yield* Effect.addFinalizer(() =>
          Effect.andThen(
            watch.close,
            Effect.sync(() => {
              if (watching === watch) watching = undefined
            })
          )
        )
        yield* Effect.forkScoped(watch.run)
        if (!isReplica) yield* Effect.forkScoped(AppendNotifications.listen(listen, channel, watch.poke))
        return watch
      })
    })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        isClosed = true
      })
    )

    /** Retries as long as a retry may succeed. The watch logs that the database is unreachable. */
    const retried = Effect.fnUntraced(function* <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) {
      for (let failures = 1; ; failures++) {
        const result = yield* Effect.result(effect)
        if (result._tag === "Success") return result.success
        if (isClosed || !result.failure.isRetryable) return yield* result.failure
        yield* Effect.logDebug(`a subscription reads again: ${result.failure.message}`)
        yield* pause(backOff(failures))
      }
    })

    const reader: StoreService.Log = {
      lags: isReplica,
      // The first subscriber creates the watch for all of them: with the context of the store, and
      // not in a transaction or a span of the subscriber.
      watch: Effect.updateContext(
        Effect.suspend(() => (isClosed ? Effect.fail(storeClosed) : RcRef.get(watches))),
        (caller: Context.Context<Scope.Scope>) => Context.add(own, Scope.Scope, Context.get(caller, Scope.Scope))
      ),
      lastAt: (position) => retried(log.lastAt(position)),
      slice: (slice) => retried(log.slice(slice))
    }
    return {
      log: reader,
      notify: () => {
        watching?.poke()
        notifyOthers()
      }
    }
  })
