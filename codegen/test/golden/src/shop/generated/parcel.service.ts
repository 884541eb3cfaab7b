// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 95d3b167c5b0af9b
import { Context, Layer } from "effect"
import { type EventStore, Repository } from "eventfold"
import type { Fold } from "eventfold/generated"
import { apply } from "../parcel.apply.ts"
import { decide } from "../parcel.decide.ts"
import { ParcelCodec, ParcelDeclaration } from "./parcel.codec.ts"
import { fingerprint } from "./parcel.fingerprint.ts"
import type { ParcelCommand, ParcelEvent, ParcelFailures, ParcelState } from "./parcel.ts"

// The loop is the aggregate's own: shared by several, it would call each handler through one megamorphic site.
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

/** A parcel, which nobody commands. */
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
