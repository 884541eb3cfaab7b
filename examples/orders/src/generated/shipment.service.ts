// Written by `eventfold gen` from schemas/orders/shipment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed a164043e856a77a4
import { Context, Layer } from "effect"
import { type EventStore, Repository } from "eventfold"
import type { Fold } from "eventfold/generated"
import { apply } from "../shipment.apply.ts"
import { decide } from "../shipment.decide.ts"
import { ShipmentCodec, ShipmentDeclaration } from "./shipment.codec.ts"
import { fingerprint } from "./shipment.fingerprint.ts"
import type { ShipmentCommand, ShipmentEvent, ShipmentFailures, ShipmentState } from "./shipment.ts"
import type { OrderId } from "./values.ts"

// Each aggregate has its own loop: a shared one would call the handlers of all aggregates from one megamorphic call site.
export const ShipmentFold: Fold.Fold<ShipmentState, ShipmentEvent> = {
  initial: ShipmentDeclaration.initial,
  apply,
  run: (state, events) => {
    for (const event of events) state = apply(state, event)
    return state
  },
  fingerprint
}

const ShipmentsTag: Context.ServiceClass<
  Shipments,
  "orders/Shipments",
  Repository.Repository<OrderId, ShipmentState, ShipmentEvent, ShipmentCommand, ShipmentFailures>
> = Context.Service<Shipments, Context.Service.Shape<typeof ShipmentsTag>>()("orders/Shipments")

/** The parcel of an order: prepared in the warehouse, then handed to a carrier; or not. */
export class Shipments extends ShipmentsTag {
  static readonly layer: Layer.Layer<Shipments, never, EventStore.EventStore> = Layer.effect(
    this,
    Repository.make({
      name: "Shipment",
      id: ShipmentDeclaration.id,
      fold: ShipmentFold,
      decide,
      codec: ShipmentCodec,
      command: ShipmentDeclaration.command,
      invariants: ShipmentDeclaration.invariants
    })
  )
}
