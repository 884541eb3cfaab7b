// Written by `eventfold gen` from schemas/orders/shipment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed c4010f8c6472a1b5
import type { Laws } from "@eventfold/testing"
import { decide } from "../shipment.decide.ts"
import { ShipmentCodec, ShipmentDeclaration } from "./shipment.codec.ts"
import { ShipmentFold } from "./shipment.service.ts"
import type { ShipmentCommand, ShipmentEvent, ShipmentState } from "./shipment.ts"

/** The aggregate as a subject of the laws. */
export const ShipmentLaws: Laws.Subject<ShipmentState, ShipmentEvent, ShipmentCommand> = {
  name: "ShipmentLaws",
  aggregate: ShipmentDeclaration,
  fold: ShipmentFold,
  decide,
  codec: ShipmentCodec
}
