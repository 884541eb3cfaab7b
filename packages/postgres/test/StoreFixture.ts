/** What the tests that run on every store are written with. */
import { Effect, Stream } from "effect"
import { EventStore, type EventStoreError } from "eventfold"

export const store = EventStore.EventStore

let names = 0
/** A number that no other test of this file uses. */
export const unused = (): number => ++names

/** A stream id that no other test of this file uses. */
export const stream = (aggregate = "Account"): string => `${aggregate}-${unused()}`

/** Why it fails; that it does is part of the claim. */
export const reasonOf = <A, R>(effect: Effect.Effect<A, EventStoreError.EventStoreError, R>) =>
  Effect.map(Effect.flip(effect), ({ reason }) => reason)

export const versionsOf = (id: string, options?: EventStore.ReadOptions) =>
  Effect.flatMap(store, ({ read }) =>
    Effect.map(Stream.runCollect(read(id, options)), (rows) => rows.map(({ version }) => version))
  )
