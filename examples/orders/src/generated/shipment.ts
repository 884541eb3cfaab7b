// Written by `eventfold gen` from schemas/orders/shipment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 5344ba7bd58b09dc
import type { DateTime } from "effect"
import type { Decider } from "eventfold"
import { Fold } from "eventfold/generated"
import type { Address, Items } from "./values.ts"

// ---- events ---------------------------------------------------------------------------------------------------------

/** Tells the warehouse the articles to pack and the deadline. */
export interface ShipmentPrepared {
  readonly _tag: "ShipmentPrepared"
  readonly items: Items
  readonly address: Address
  readonly dispatchBy: DateTime.Utc
}
/** The parcel has left the warehouse. */
export interface ShipmentDispatched {
  readonly _tag: "ShipmentDispatched"
  readonly carrier: string
  readonly tracking: string
}
/** The warehouse can't send it. */
export interface ShipmentFailed {
  readonly _tag: "ShipmentFailed"
  readonly reason: string
}
/** Tells the warehouse to stop: from here on the parcel can't be dispatched. */
export interface ShipmentCalledOff {
  readonly _tag: "ShipmentCalledOff"
}
export type ShipmentEvent = ShipmentPrepared | ShipmentDispatched | ShipmentFailed | ShipmentCalledOff

export const ShipmentPrepared = {
  make: (fields: {
    readonly items: Items
    readonly address: Address
    readonly dispatchBy: DateTime.Utc
  }): ShipmentPrepared => ({
    _tag: "ShipmentPrepared",
    items: fields.items,
    address: fields.address,
    dispatchBy: fields.dispatchBy
  }),
  is: (event: { readonly _tag: string }): event is ShipmentPrepared => event._tag === "ShipmentPrepared"
}
export const ShipmentDispatched = {
  make: (fields: { readonly carrier: string; readonly tracking: string }): ShipmentDispatched => ({
    _tag: "ShipmentDispatched",
    carrier: fields.carrier,
    tracking: fields.tracking
  }),
  is: (event: { readonly _tag: string }): event is ShipmentDispatched => event._tag === "ShipmentDispatched"
}
export const ShipmentFailed = {
  make: (fields: { readonly reason: string }): ShipmentFailed => ({
    _tag: "ShipmentFailed",
    reason: fields.reason
  }),
  is: (event: { readonly _tag: string }): event is ShipmentFailed => event._tag === "ShipmentFailed"
}
export const ShipmentCalledOff = {
  make: (): ShipmentCalledOff => ({ _tag: "ShipmentCalledOff" }),
  is: (event: { readonly _tag: string }): event is ShipmentCalledOff => event._tag === "ShipmentCalledOff"
}

// ---- state ----------------------------------------------------------------------------------------------------------

export interface ShipmentState {
  readonly status: "Unprepared" | "Prepared" | "Dispatched" | "Failed" | "CalledOff"
  /** The carrier's number of the parcel. */
  readonly tracking: string | null
}

// ---- commands -------------------------------------------------------------------------------------------------------

/** Tells the warehouse what to pack. */
export interface PrepareShipment {
  readonly _tag: "PrepareShipment"
  readonly items: Items
  readonly address: Address
  readonly dispatchBy: DateTime.Utc
}
/** Notes that it was handed to a carrier. */
export interface DispatchShipment {
  readonly _tag: "DispatchShipment"
  readonly carrier: string
  readonly tracking: string
}
/** Notes that it can't be sent. */
export interface FailShipment {
  readonly _tag: "FailShipment"
  readonly reason: string
}
/** Gives up waiting for it. A parcel that has just left stays on its way. */
export interface CallOffShipment {
  readonly _tag: "CallOffShipment"
}
export type ShipmentCommand = PrepareShipment | DispatchShipment | FailShipment | CallOffShipment

export const PrepareShipment = {
  make: (fields: {
    readonly items: Items
    readonly address: Address
    readonly dispatchBy: DateTime.Utc
  }): PrepareShipment => ({
    _tag: "PrepareShipment",
    items: fields.items,
    address: fields.address,
    dispatchBy: fields.dispatchBy
  }),
  is: (command: { readonly _tag: string }): command is PrepareShipment => command._tag === "PrepareShipment"
}
export const DispatchShipment = {
  make: (fields: { readonly carrier: string; readonly tracking: string }): DispatchShipment => ({
    _tag: "DispatchShipment",
    carrier: fields.carrier,
    tracking: fields.tracking
  }),
  is: (command: { readonly _tag: string }): command is DispatchShipment => command._tag === "DispatchShipment"
}
export const FailShipment = {
  make: (fields: { readonly reason: string }): FailShipment => ({
    _tag: "FailShipment",
    reason: fields.reason
  }),
  is: (command: { readonly _tag: string }): command is FailShipment => command._tag === "FailShipment"
}
export const CallOffShipment = {
  make: (): CallOffShipment => ({ _tag: "CallOffShipment" }),
  is: (command: { readonly _tag: string }): command is CallOffShipment => command._tag === "CallOffShipment"
}

// ---- errors ---------------------------------------------------------------------------------------------------------

export interface ShipmentNotPrepared {
  readonly _tag: "ShipmentNotPrepared"
}
export interface ShipmentAlreadyPrepared {
  readonly _tag: "ShipmentAlreadyPrepared"
}
export interface ShipmentAlreadyDispatched {
  readonly _tag: "ShipmentAlreadyDispatched"
  readonly tracking: string
}
export interface ShipmentAlreadyFailed {
  readonly _tag: "ShipmentAlreadyFailed"
}
export interface ShipmentAlreadyCalledOff {
  readonly _tag: "ShipmentAlreadyCalledOff"
}
export type ShipmentError =
  | ShipmentNotPrepared
  | ShipmentAlreadyPrepared
  | ShipmentAlreadyDispatched
  | ShipmentAlreadyFailed
  | ShipmentAlreadyCalledOff

export const ShipmentNotPrepared = {
  make: (): ShipmentNotPrepared => ({ _tag: "ShipmentNotPrepared" }),
  is: (error: { readonly _tag: string }): error is ShipmentNotPrepared => error._tag === "ShipmentNotPrepared"
}
export const ShipmentAlreadyPrepared = {
  make: (): ShipmentAlreadyPrepared => ({ _tag: "ShipmentAlreadyPrepared" }),
  is: (error: { readonly _tag: string }): error is ShipmentAlreadyPrepared => error._tag === "ShipmentAlreadyPrepared"
}
export const ShipmentAlreadyDispatched = {
  make: (fields: { readonly tracking: string }): ShipmentAlreadyDispatched => ({
    _tag: "ShipmentAlreadyDispatched",
    tracking: fields.tracking
  }),
  is: (error: { readonly _tag: string }): error is ShipmentAlreadyDispatched => error._tag === "ShipmentAlreadyDispatched"
}
export const ShipmentAlreadyFailed = {
  make: (): ShipmentAlreadyFailed => ({ _tag: "ShipmentAlreadyFailed" }),
  is: (error: { readonly _tag: string }): error is ShipmentAlreadyFailed => error._tag === "ShipmentAlreadyFailed"
}
export const ShipmentAlreadyCalledOff = {
  make: (): ShipmentAlreadyCalledOff => ({ _tag: "ShipmentAlreadyCalledOff" }),
  is: (error: { readonly _tag: string }): error is ShipmentAlreadyCalledOff => error._tag === "ShipmentAlreadyCalledOff"
}

/** Errors that can refuse each command. */
export interface ShipmentFailures {
  readonly PrepareShipment: ShipmentAlreadyPrepared
  readonly DispatchShipment:
    | ShipmentNotPrepared
    | ShipmentAlreadyDispatched
    | ShipmentAlreadyFailed
    | ShipmentAlreadyCalledOff
  readonly FailShipment:
    | ShipmentNotPrepared
    | ShipmentAlreadyDispatched
    | ShipmentAlreadyFailed
    | ShipmentAlreadyCalledOff
  readonly CallOffShipment:
    | ShipmentNotPrepared
    | ShipmentAlreadyDispatched
    | ShipmentAlreadyFailed
    | ShipmentAlreadyCalledOff
}

// ---- what you write -------------------------------------------------------------------------------------------------

/** One handler for each event. You write them in ../shipment.apply.ts. */
export interface ShipmentHandlers {
  /** Tells the warehouse the articles to pack and the deadline. */
  readonly ShipmentPrepared: (state: ShipmentState, event: ShipmentPrepared) => ShipmentState
  /** The parcel has left the warehouse. */
  readonly ShipmentDispatched: (state: ShipmentState, event: ShipmentDispatched) => ShipmentState
  /** The warehouse can't send it. */
  readonly ShipmentFailed: (state: ShipmentState, event: ShipmentFailed) => ShipmentState
  /** Tells the warehouse to stop: from here on the parcel can't be dispatched. */
  readonly ShipmentCalledOff: (state: ShipmentState, event: ShipmentCalledOff) => ShipmentState
}

/**
 * One decision for each command: the events that happen, or the error that refuses it. You write them in ../shipment.decide.ts.
 */
export interface ShipmentDecider {
  /** Tells the warehouse what to pack. */
  readonly PrepareShipment: (
    state: ShipmentState,
    command: PrepareShipment,
    facts: Decider.Facts
  ) => ReadonlyArray<ShipmentPrepared> | ShipmentAlreadyPrepared
  /** Notes that it was handed to a carrier. */
  readonly DispatchShipment: (
    state: ShipmentState,
    command: DispatchShipment,
    facts: Decider.Facts
  ) =>
    | ReadonlyArray<ShipmentDispatched>
    | ShipmentNotPrepared
    | ShipmentAlreadyDispatched
    | ShipmentAlreadyFailed
    | ShipmentAlreadyCalledOff
  /** Notes that it can't be sent. */
  readonly FailShipment: (
    state: ShipmentState,
    command: FailShipment,
    facts: Decider.Facts
  ) =>
    | ReadonlyArray<ShipmentFailed>
    | ShipmentNotPrepared
    | ShipmentAlreadyDispatched
    | ShipmentAlreadyFailed
    | ShipmentAlreadyCalledOff
  /** Gives up waiting for it. A parcel that has just left stays on its way. */
  readonly CallOffShipment: (
    state: ShipmentState,
    command: CallOffShipment,
    facts: Decider.Facts
  ) =>
    | ReadonlyArray<ShipmentCalledOff>
    | ShipmentNotPrepared
    | ShipmentAlreadyDispatched
    | ShipmentAlreadyFailed
    | ShipmentAlreadyCalledOff
}

/** (state, event) → state. */
export type ShipmentApply = (state: ShipmentState, event: ShipmentEvent) => ShipmentState
/** (state, command, facts) → events or a domain error. */
export type ShipmentDecide = (
  state: ShipmentState,
  command: ShipmentCommand,
  facts: Decider.Facts
) => ReadonlyArray<ShipmentEvent> | ShipmentError

/** The parcel of an order: prepared in the warehouse, then handed to a carrier; or not. */
export const Shipment = {
  /** Combines the handlers of all events into the step of the fold. */
  apply:
    (on: ShipmentHandlers): ShipmentApply =>
    (state, event) => {
      switch (event._tag) {
        case "ShipmentPrepared":
          return on.ShipmentPrepared(state, event)
        case "ShipmentDispatched":
          return on.ShipmentDispatched(state, event)
        case "ShipmentFailed":
          return on.ShipmentFailed(state, event)
        case "ShipmentCalledOff":
          return on.ShipmentCalledOff(state, event)
        default:
          return Fold.unhandled("Shipment.apply", event)
      }
    },
  /** Combines the decisions of all commands. */
  decide:
    (on: ShipmentDecider): ShipmentDecide =>
    (state, command, facts) => {
      switch (command._tag) {
        case "PrepareShipment":
          return on.PrepareShipment(state, command, facts)
        case "DispatchShipment":
          return on.DispatchShipment(state, command, facts)
        case "FailShipment":
          return on.FailShipment(state, command, facts)
        case "CallOffShipment":
          return on.CallOffShipment(state, command, facts)
        default:
          return Fold.unhandled("Shipment.decide", command)
      }
    },
  /** Narrows to this aggregate's events. */
  isEvent: (event: { readonly _tag: string }): event is ShipmentEvent =>
    ShipmentPrepared.is(event) ||
    ShipmentDispatched.is(event) ||
    ShipmentFailed.is(event) ||
    ShipmentCalledOff.is(event),
  /** Narrows to this aggregate's commands. */
  isCommand: (command: { readonly _tag: string }): command is ShipmentCommand =>
    PrepareShipment.is(command) ||
    DispatchShipment.is(command) ||
    FailShipment.is(command) ||
    CallOffShipment.is(command),
  /** Narrows to this aggregate's errors. */
  isError: (error: { readonly _tag: string }): error is ShipmentError =>
    ShipmentNotPrepared.is(error) ||
    ShipmentAlreadyPrepared.is(error) ||
    ShipmentAlreadyDispatched.is(error) ||
    ShipmentAlreadyFailed.is(error) ||
    ShipmentAlreadyCalledOff.is(error)
}
