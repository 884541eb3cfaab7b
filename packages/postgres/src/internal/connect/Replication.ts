/** Reading on a replica: the primary says how far, and a replica's store takes nothing. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, type Scope } from "effect"
import { type EventStore, EventStoreError } from "eventfold"
import { coalesced } from "./Debounce.ts"
import { type Place, unavailable } from "../sql/SqlFailure.ts"
import { pause } from "../sql/SystemTimer.ts"

/** At most one publication in so many milliseconds. */
const spacing = 20

/**
 * Publishes how far the log can be read, after appends of this process and every so many milliseconds: for what other
 * processes have appended, and for what an append under way held back. `schema` is quoted already.
 */
export const makePublisher = (
  sql: PgClient,
  schema: string,
  place: Place,
  everyMillis: number
): Effect.Effect<() => void, never, Scope.Scope> =>
  Effect.gen(function* () {
    let isFailing = false
    // One that fails is made up for by the next. It is told once: the next ones would say the same, many times a second.
    const task = Effect.matchEffect(sql.unsafe(`select ${schema}.publish()`), {
      onFailure: (error) => {
        if (isFailing) return Effect.void
        isFailing = true
        const { message } = unavailable(place)(error)
        return Effect.logWarning(`replicas are not told how far the log can be read, and wait: ${message}`)
      },
      onSuccess: () => {
        if (!isFailing) return Effect.void
        isFailing = false
        return Effect.logInfo("replicas are told again how far the log can be read")
      }
    })
    const publish = yield* coalesced(task, spacing)
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(Effect.sync(publish), pause(everyMillis))))
    return publish
  })

const refuse = (operation: string) => () => {
  const problem = "this store reads a replica, which takes no writes: append through a store on the primary"
  return Effect.fail(EventStoreError.EventStoreError.invalidRequest(operation, problem))
}

/** The same store, refusing what writes. */
export const readOnly = (store: EventStore.Service): EventStore.Service => ({
  ...store,
  append: refuse("append"),
  appendAll: refuse("append"),
  archive: refuse("archive"),
  unarchive: refuse("unarchive"),
  truncate: refuse("truncate"),
  ...(store.snapshots === undefined
    ? {}
    : // What was loaded here is left to the primary to keep.
      { snapshots: { ...store.snapshots, save: () => Effect.void, drop: refuse("drop") } })
})
