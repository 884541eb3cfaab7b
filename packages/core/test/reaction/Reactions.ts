/** Reactions that write down what they were handed, for the tests of stores that keep their places. */
import { Data, Effect, Exit, Layer, Schedule, Scope } from "effect"
import { EventStore, Reaction } from "eventfold"
import { codec, Parcel } from "../projection/Parcels.ts"
import { eventually } from "../Stores.ts"

export type Test = (claim: string, effect: Effect.Effect<void, unknown, EventStore.EventStore | Scope.Scope>) => void

/** Why a handler fails. */
export class Away extends Data.TaggedError("Away")<{ readonly message: string }> {}

/** Three attempts. */
export const thrice = Schedule.upTo(Schedule.spaced("5 millis"), { times: 2 })

export const quick = { lease: "400 millis" } as const

/** Notes and towns of parcels, decoded. */
export const parcels = Reaction.events(Parcel, { event: codec }, "Sent", "Returned")

/** Reactions that run until they are told to end. */
export const running = Effect.fnUntraced(function* (
  reactions: ReadonlyArray<Reaction.Reaction>,
  options: Reaction.LayerOptions = quick
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

/** Until everything up to a position was delivered or put aside. */
export const reached = (name: string, { position }: { readonly position: number }) =>
  Effect.flatMap(reactions, ({ status }) =>
    eventually(Effect.map(status(name), (found) => (found?.checkpoint.position ?? -1) >= position))
  )
