// Written by `eventfold gen` from schemas/orders/shipment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 4c64f32fe53832ba
import { type Aggregate, Codec } from "eventfold"
import { Shipment as ShipmentSchema } from "schemas/orders/shipment.ts"
import { install } from "./shipment.codec.aot.js"
import type { ShipmentCommand, ShipmentEvent, ShipmentState } from "./shipment.ts"
import type { OrderId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */
const codec = Codec.make<ShipmentEvent, ShipmentState>()({
  event: ShipmentSchema.event,
  state: ShipmentSchema.state,
  compiled: install,
  target: "4.1.0-3dddcf7669d17a22-05578b4c8b2db390"
})

// What is exported names its types: the compiler looks into the declaration's schemas here, and in no other file.

export const ShipmentCodec: Codec.Codec<ShipmentEvent, ShipmentState> = codec
export const ShipmentDeclaration: Aggregate.Typed<
  OrderId,
  ShipmentState,
  ShipmentEvent,
  ShipmentCommand
> = ShipmentSchema
