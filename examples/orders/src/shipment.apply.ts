/** The effect of each event on a shipment. Pure. */
import { Shipment, type ShipmentState } from "./generated/shipment.ts"

export const apply = Shipment.apply({
  ShipmentPrepared: (state): ShipmentState => ({ ...state, status: "Prepared" }),
  ShipmentDispatched: (state, { tracking }): ShipmentState => ({ ...state, status: "Dispatched", tracking }),
  ShipmentFailed: (state): ShipmentState => ({ ...state, status: "Failed" }),
  ShipmentCalledOff: (state): ShipmentState => ({ ...state, status: "CalledOff" })
})
