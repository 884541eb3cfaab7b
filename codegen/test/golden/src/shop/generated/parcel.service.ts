// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed dc6aaf8af1d57200
import { Context, Layer } from "effect"
import { type EventStore, Repository } from "eventfold"
import type { Fold } from "eventfold/generated"
import { apply } from "../parcel.apply.ts"
import { decide } from "../parcel.decide.ts"
import { ParcelCodec, ParcelDeclaration } from "./parcel.codec.ts"
import { fingerprint } from "./parcel.fingerprint.ts"
import type { ParcelCommand, ParcelEvent, ParcelFailures, ParcelState } from "./parcel.ts"

// Each aggregate has its own loop: a shared one would call the handlers of all aggregates from one megamorphic call site.
export const ParcelFold: Fold.Fold<ParcelState, ParcelEvent> = {
  initial: ParcelDeclaration.initial,
  apply,
  run: (state, events) => {
    for (const event of events) state = apply(state, event)
    return state
  },
  fingerprint
}

const ParcelsTag: Context.ServiceClass<
  Parcels,
  "shop/Parcels",
  Repository.Repository<string, ParcelState, ParcelEvent, ParcelCommand, ParcelFailures>
> = Context.Service<Parcels, Context.Service.Shape<typeof ParcelsTag>>()("shop/Parcels")

/** A parcel, which takes no commands. */
export class Parcels extends ParcelsTag {
  static readonly layer: Layer.Layer<Parcels, never, EventStore.EventStore> = Layer.effect(
    this,
    Repository.make({
      name: "Parcel",
      id: ParcelDeclaration.id,
      fold: ParcelFold,
      decide,
      codec: ParcelCodec,
      command: ParcelDeclaration.command,
      invariants: ParcelDeclaration.invariants
    })
  )
}
