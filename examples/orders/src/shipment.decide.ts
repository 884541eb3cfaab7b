/**
 * Decides commands to a shipment: the events they lead to, or the error that refuses them. Pure.
 */
import {
  Shipment,
  ShipmentAlreadyCalledOff,
  ShipmentAlreadyDispatched,
  ShipmentAlreadyFailed,
  ShipmentAlreadyPrepared,
  ShipmentCalledOff,
  ShipmentDispatched,
  ShipmentFailed,
  ShipmentNotPrepared,
  ShipmentPrepared,
  type ShipmentState
} from "./generated/shipment.ts"

/** The reason why a shipment is closed, if it is: the first of the three outcomes stays. */
const notWaiting = ({ status, tracking }: ShipmentState) => {
  switch (status) {
    case "Unprepared":
      return ShipmentNotPrepared.make()
    case "Dispatched":
      return ShipmentAlreadyDispatched.make({ tracking: tracking! })
    case "Failed":
      return ShipmentAlreadyFailed.make()
    case "CalledOff":
      return ShipmentAlreadyCalledOff.make()
    case "Prepared":
      return undefined
  }
}

export const decide = Shipment.decide({
  PrepareShipment: ({ status }, command) =>
    status === "Unprepared" ? [ShipmentPrepared.make(command)] : ShipmentAlreadyPrepared.make(),

  DispatchShipment: (state, command) => notWaiting(state) ?? [ShipmentDispatched.make(command)],

  FailShipment: (state, { reason }) => notWaiting(state) ?? [ShipmentFailed.make({ reason })],

  CallOffShipment: (state) => notWaiting(state) ?? [ShipmentCalledOff.make()]
})
