// Written by `eventfold gen` from schemas/orders/shipment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed fba3c6fd3178bcbf
import { Codec } from "eventfold"
import { Shipment as ShipmentDeclaration } from "schemas/orders/shipment.ts"
import { install } from "./shipment.codec.aot.js"
import type { ShipmentEvent, ShipmentState } from "./shipment.ts"

/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */
export const ShipmentCodec = Codec.make<ShipmentEvent, ShipmentState>()({
  event: ShipmentDeclaration.event,
  state: ShipmentDeclaration.state,
  compiled: install,
  target: "4.1.0-5819d0ee175812b2"
})
