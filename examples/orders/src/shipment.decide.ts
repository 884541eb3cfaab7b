/** Whether a command may happen to a shipment, and what happens then. Pure. */
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

/** Why nothing more can become of a shipment, if so: whichever of the three came first stays. */
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
