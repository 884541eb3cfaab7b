// Written by `eventfold gen` from schemas/orders/shipment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 6fa99065955b4d15
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Shipment as ShipmentSchema } from "schemas/orders/shipment.ts"
import { install } from "./shipment.codec.aot.ts"
import type { ShipmentCommand, ShipmentEvent, ShipmentState } from "./shipment.ts"
import type { OrderId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */
const codec = Codec.make<ShipmentEvent, ShipmentState>()({
  event: ShipmentSchema.event,
  state: ShipmentSchema.state,
  compiled: install,
  target: "4.1.0-5094b7310eac450d-7b934322448826ae"
})

// What is exported names its types: the compiler looks into the declaration's schemas here, and in no other file.

export const ShipmentCodec: Codec.Codec<ShipmentEvent, ShipmentState> = codec
export const ShipmentDeclaration: Aggregate.Typed<
  OrderId,
  ShipmentState,
  ShipmentEvent,
  ShipmentCommand
> = ShipmentSchema
