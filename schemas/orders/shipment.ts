/** The shipment of an order, as the warehouse reports it. */
import { Schema } from "effect"
import { Aggregate } from "eventfold"
import { Address, Items, OrderId } from "./order.ts"

/** The parcel of an order: prepared in the warehouse, then handed to a carrier; or not. */
export const Shipment = Aggregate.make("Shipment", {
  id: OrderId,
  state: Schema.Struct({
    status: Schema.Literals(["Unprepared", "Prepared", "Dispatched", "Failed", "CalledOff"]),
    /** The carrier's number of the parcel. */
    tracking: Schema.NullOr(Schema.NonEmptyString)
  }),
  initial: { status: "Unprepared", tracking: null },
  events: {
    /** Tells the warehouse the articles to pack and the deadline. */
    ShipmentPrepared: { items: Items, address: Address, dispatchBy: Schema.DateTimeUtc },
    /** The parcel has left the warehouse. */
    ShipmentDispatched: { carrier: Schema.NonEmptyString, tracking: Schema.NonEmptyString },
    /** The warehouse can't send it. */
    ShipmentFailed: { reason: Schema.NonEmptyString },
    /** Tells the warehouse to stop: from here on the parcel can't be dispatched. */
    ShipmentCalledOff: {}
  },
  errors: {
    ShipmentNotPrepared: {},
    ShipmentAlreadyPrepared: {},
    ShipmentAlreadyDispatched: { tracking: Schema.NonEmptyString },
    ShipmentAlreadyFailed: {},
    ShipmentAlreadyCalledOff: {}
  },
  commands: {
    /** Tells the warehouse what to pack. */
    PrepareShipment: {
      payload: { items: Items, address: Address, dispatchBy: Schema.DateTimeUtc },
      emits: ["ShipmentPrepared"],
      fails: ["ShipmentAlreadyPrepared"]
    },
    /** Notes that it was handed to a carrier. */
    DispatchShipment: {
      payload: { carrier: Schema.NonEmptyString, tracking: Schema.NonEmptyString },
      emits: ["ShipmentDispatched"],
      fails: ["ShipmentNotPrepared", "ShipmentAlreadyDispatched", "ShipmentAlreadyFailed", "ShipmentAlreadyCalledOff"]
    },
    /** Notes that it can't be sent. */
    FailShipment: {
      payload: { reason: Schema.NonEmptyString },
      emits: ["ShipmentFailed"],
      fails: ["ShipmentNotPrepared", "ShipmentAlreadyDispatched", "ShipmentAlreadyFailed", "ShipmentAlreadyCalledOff"]
    },
    /** Gives up waiting for it. A parcel that has just left stays on its way. */
    CallOffShipment: {
      payload: {},
      emits: ["ShipmentCalledOff"],
      fails: ["ShipmentNotPrepared", "ShipmentAlreadyDispatched", "ShipmentAlreadyFailed", "ShipmentAlreadyCalledOff"]
    }
  },
  invariants: {
    "a parcel has a number when it is on its way": ({ status, tracking }) =>
      (tracking !== null) === (status === "Dispatched")
  }
})
