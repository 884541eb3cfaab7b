/** Stores that fail after they are closed. */
import { Cause, Effect, type Scope, Stream } from "effect"
import type { EventStore, EventStoreError, Snapshots } from "eventfold"
import { storeClosed } from "../sql/SqlFailure.ts"

/**
 * Creates a function that returns the same store, whose reads fail once the scope is closed,
 * instead of waiting for connections that are gone.
 */
export const make: Effect.Effect<(store: EventStore.Service) => EventStore.Service, never, Scope.Scope> = Effect.gen(
  function* () {
    let isClosed = false
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        isClosed = true
      })
    )
    // A connection that is closed interrupts the fibers that use it or wait for it: they see a
    // failure, not an interruption.
    const ended = (cause: Cause.Cause<EventStoreError.EventStoreError>) =>
      isClosed && Cause.hasInterruptsOnly(cause) ? Cause.fail(storeClosed) : cause
    const effect = <A>(run: Effect.Effect<A, EventStoreError.EventStoreError>) =>
      Effect.suspend(() => (isClosed ? Effect.fail(storeClosed) : run)).pipe(
        Effect.catchCause((cause) => Effect.failCause(ended(cause)))
      )
    const stream = <A>(run: Stream.Stream<A, EventStoreError.EventStoreError>) =>
      Stream.suspend(() => (isClosed ? Stream.fail(storeClosed) : run)).pipe(
        Stream.catchCause((cause) => Stream.failCause(ended(cause)))
      )
    return (store) => ({
      ...store,
      read: (name, options) => stream(store.read(name, options)),
      readAll: (options) => stream(store.readAll(options)),
      locate: (id) => effect(store.locate(id)),
      streamInfo: (name) => effect(store.streamInfo(name)),
      archive: (name, options) => effect(store.archive(name, options)),
      unarchive: (name, options) => effect(store.unarchive(name, options)),
      truncate: (name, options) => effect(store.truncate(name, options)),
      ...(store.snapshots === undefined ? {} : { snapshots: guarded(store.snapshots, effect) })
    })
  }
)

/** Returns the same snapshots, whose uses fail once the store is closed. */
const guarded = (
  { drop, latest, save }: Snapshots.Service,
  effect: <A>(
    run: Effect.Effect<A, EventStoreError.EventStoreError>
  ) => Effect.Effect<A, EventStoreError.EventStoreError>
): Snapshots.Service => ({
  latest: (stream, fingerprint) => effect(latest(stream, fingerprint)),
  save: (snapshot, options) => effect(save(snapshot, options)),
  drop: (which) => effect(drop(which))
})
