/** Helpers for tests that run on every store. */
import { Effect, Stream } from "effect"
import { EventStore, type EventStoreError } from "eventfold"

export const store = EventStore.EventStore

let names = 0
/** Returns a number that no other test of this file uses. */
export const unused = (): number => ++names

/** Returns a stream id that no other test of this file uses. */
export const stream = (aggregate = "Account"): string => `${aggregate}-${unused()}`

/** Returns the reason of a failure; fails if the effect succeeds. */
export const reasonOf = <A, R>(effect: Effect.Effect<A, EventStoreError.EventStoreError, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

export const versionsOf = (id: string, options?: EventStore.ReadOptions) =>
  Effect.flatMap(store, ({ read }) =>
    Effect.map(Stream.runCollect(read(id, options)), (rows) => rows.map(({ version }) => version))
  )
