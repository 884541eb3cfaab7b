/** `subscribe` and `pages` on the database: one look-out for all subscriptions, and reading that outlives outages. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Context, Effect, RcRef, Scope } from "effect"
import type { EventStore, EventStoreError } from "eventfold"
import { LogReader } from "eventfold/store"
import { closed, LogWatch } from "./LogWatch.ts"
import { channelOf, type Listen, listening, makeNotifier } from "./AppendNotifications.ts"
import type { Reading } from "./EventReader.ts"
import type { Place } from "../sql/SqlFailure.ts"
import * as StalledAppends from "./StalledAppends.ts"
import { backOff, pause } from "../sql/SystemTimer.ts"

export interface Options {
  readonly sql: PgClient
  /** Quoted already. */
  readonly schema: string
  readonly place: Place
  readonly storeId: string
  readonly listen: Listen
  /** A replica is told of nothing, tells nobody, and may be behind. */
  readonly isReplica: boolean
  readonly log: Pick<Reading, "lastAt" | "look" | "slice">
  readonly pollMillis: number
  readonly stalledMillis: number
}

export interface Following extends Pick<EventStore.Service, "pages" | "subscribe"> {
  /** This process has appended: its own subscriptions look at once, other processes are told. */
  readonly appended: () => void
}

export const make = (options: Options): Effect.Effect<Following, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { isReplica, listen, log, place, pollMillis, schema, sql, stalledMillis, storeId } = options
    const own = yield* Effect.context<Scope.Scope>()
    const channel = channelOf(storeId)
    const notify = yield* makeNotifier(sql, channel)
    let isClosed = false
    let watching: LogWatch | undefined

    // Made for the first subscription, shared by the next ones, closed with the last: then no connection listens.
    const watches: RcRef.RcRef<LogWatch> = yield* RcRef.make({
      acquire: Effect.gen(function* () {
        const watch: LogWatch = new LogWatch({
          look: log.look,
          pollMillis,
          stalling: StalledAppends.make(sql, schema, place, stalledMillis, isReplica),
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
        if (!isReplica) yield* Effect.forkScoped(listening(listen, channel, watch.poke))
        return watch
      })
    })
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        isClosed = true
      })
    )

    /** Tries again for as long as that may help. The look-out says in the log that the database is away. */
    const persist = Effect.fnUntraced(function* <A>(effect: Effect.Effect<A, EventStoreError.EventStoreError>) {
      for (let failures = 1; ; failures++) {
        const result = yield* Effect.result(effect)
        if (result._tag === "Success") return result.success
        if (isClosed || !result.failure.isRetryable) return yield* result.failure
        yield* Effect.logDebug(`a subscription reads again: ${result.failure.message}`)
        yield* pause(backOff(failures))
      }
    })

    const reader = LogReader.make({
      id: storeId,
      lags: isReplica,
      // Whoever subscribes first has the look-out made, for all: with the store's context, and not in a transaction or a span
      // that this one is in.
      watch: Effect.updateContext(
        Effect.suspend(() => (isClosed ? Effect.fail(closed) : RcRef.get(watches))),
        (caller: Context.Context<Scope.Scope>) => Context.add(own, Scope.Scope, Context.get(caller, Scope.Scope))
      ),
      lastAt: (position) => persist(log.lastAt(position)),
      slice: (slice) => persist(log.slice(slice))
    })
    return {
      ...reader,
      appended: () => {
        watching?.poke()
        notify()
      }
    }
  })
