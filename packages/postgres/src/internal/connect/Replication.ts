/**
 * Reading on a replica: the primary publishes the horizon, and the store of a replica refuses
 * writes.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, type Scope } from "effect"
import { type EventStore, EventStoreError } from "eventfold"
import * as Debounce from "../sql/Debounce.ts"
import { type Place, unavailable } from "../sql/SqlFailure.ts"
import { pause } from "../sql/SystemTimer.ts"

/** The minimum time between two publications. */
const publishIntervalMs = 20

/**
 * Publishes the horizon of the log every `intervalMs`, and whenever the returned function is called
 * after an append of this process. The interval covers appends of other processes, and events that
 * a running append held back. `schema` is already quoted.
 */
export const makePublisher = (
  sql: PgClient,
  schema: string,
  place: Place,
  intervalMs: number
): Effect.Effect<() => void, never, Scope.Scope> =>
  Effect.gen(function* () {
    let isFailing = false
    // The next publication makes up for one that fails. Only the first failure is logged: the
    // others would repeat it many times a second.
    const task = Effect.matchEffect(sql.unsafe(`select ${schema}.publish()`), {
      onFailure: (error) => {
        if (isFailing) return Effect.void
        isFailing = true
        const { message } = unavailable(place)(error)
        return Effect.logWarning(`replicas wait, because publishing how far they can read the log fails: ${message}`)
      },
      onSuccess: () => {
        if (!isFailing) return Effect.void
        isFailing = false
        return Effect.logInfo("publishing how far replicas can read the log succeeds again")
      }
    })
    const publish = yield* Debounce.make(task, publishIntervalMs)
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sync(publish), pause(intervalMs))))
    return publish
  })

/** Fails a write. */
const refuse = (operation: string) => () => {
  const problem = "this store reads a replica, which accepts no writes: append through a store on the primary"
  return Effect.fail(EventStoreError.EventStoreError.invalidRequest(operation, problem))
}

/** Returns the same store, which refuses writes. */
export const readOnly = (store: EventStore.Service): EventStore.Service => ({
  ...store,
  append: refuse("append"),
  appendAll: refuse("append"),
  archive: refuse("archive"),
  unarchive: refuse("unarchive"),
  truncate: refuse("truncate"),
  ...(store.snapshots === undefined
    ? {}
    : // Loading saves snapshots on the primary only.
      { snapshots: { ...store.snapshots, save: () => Effect.void, drop: refuse("drop") } })
})
