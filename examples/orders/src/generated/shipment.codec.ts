// Written by `eventfold gen` from schemas/orders/shipment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 765f7848d58a00f2
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Shipment as ShipmentSchema } from "schemas/orders/shipment.ts"
import { install } from "./shipment.codec.aot.ts"
import type { ShipmentCommand, ShipmentEvent, ShipmentState } from "./shipment.ts"
import type { OrderId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: if the schema differs from them, `tsc` reports it here. */
const codec = Codec.make<ShipmentEvent, ShipmentState>()({
  event: ShipmentSchema.event,
  state: ShipmentSchema.state,
  compiled: install,
  target: "4.1.0-b81105ecbd5f4050-8fd94bc2c4539bfe"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const ShipmentCodec: Codec.Codec<ShipmentEvent, ShipmentState> = codec
export const ShipmentDeclaration: Aggregate.Typed<
  OrderId,
  ShipmentState,
  ShipmentEvent,
  ShipmentCommand
> = ShipmentSchema
