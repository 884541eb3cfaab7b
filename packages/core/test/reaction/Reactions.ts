/** Reactions that record their deliveries, for the tests of stores. */
import { Data, Effect, Exit, Layer, Schedule, Scope } from "effect"
import { EventStore, Reaction } from "eventfold"
import { codec, Parcel } from "../projection/Parcels.ts"
import { eventually } from "../Stores.ts"

export type Test = (claim: string, effect: Effect.Effect<void, unknown, EventStore.EventStore | Scope.Scope>) => void

/** Error of a handler. */
export class Away extends Data.TaggedError("Away")<{ readonly message: string }> {}

/** Three attempts. */
export const thrice = Schedule.upTo(Schedule.spaced("5 millis"), { times: 2 })

export const quick = { lease: "400 millis" } as const

/** Decoded notes and towns of parcels. */
export const parcels = Reaction.events(Parcel, codec, "Sent", "Returned")

/** Starts reactions; the returned effect ends them. */
export const running = Effect.fnUntraced(function* (
  reactions: ReadonlyArray<Reaction.Reaction>,
  options: Parameters<typeof Reaction.layer>[1] = quick
) {
  const store = yield* EventStore.EventStore
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(
    Layer.provide(Reaction.layer(reactions, options), Layer.succeed(EventStore.EventStore, store)),
    scope
  )
  return Scope.close(scope, Exit.void)
})

export const reactions = Effect.map(EventStore.EventStore, (store) => store.reactions!)

/** Waits until all events up to a position are delivered or parked. */
export const reached = (name: string, { position }: { readonly position: number }) =>
  Effect.flatMap(reactions, ({ status }) =>
    eventually(Effect.map(status(name), (found) => (found?.checkpoint.position ?? -1) >= position))
  )
