// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed b122a1c5f5fb733e
import type { DateTime } from "effect"
import type { Decider } from "eventfold"
import { Fold } from "eventfold/generated"
import type { OrderId } from "./values.ts"

// ---- events ---------------------------------------------------------------------------------------------------------

export interface ParcelSent {
  readonly _tag: "ParcelSent"
  readonly at: DateTime.Utc
  readonly order: OrderId
}
export type ParcelEvent = ParcelSent

export const ParcelSent = {
  make: (fields: { readonly at: DateTime.Utc; readonly order: OrderId }): ParcelSent => ({
    _tag: "ParcelSent",
    at: fields.at,
    order: fields.order
  }),
  is: (event: { readonly _tag: string }): event is ParcelSent => event._tag === "ParcelSent"
}

// ---- state ----------------------------------------------------------------------------------------------------------

export type ParcelState = { readonly _tag: "Packed" } | { readonly _tag: "Sent"; readonly at: DateTime.Utc }

// ---- commands -------------------------------------------------------------------------------------------------------

export type ParcelCommand = never

// ---- errors ---------------------------------------------------------------------------------------------------------

export type ParcelError = never

/** Errors that can refuse each command. */
export type ParcelFailures = Record<never, never>

// ---- what you write -------------------------------------------------------------------------------------------------

/** One handler for each event. You write them in ../parcel.apply.ts. */
export interface ParcelHandlers {
  readonly ParcelSent: (state: ParcelState, event: ParcelSent) => ParcelState
}

/**
 * One decision for each command: the events that happen, or the error that refuses it. You write them in ../parcel.decide.ts.
 */
export type ParcelDecider = Record<never, never>

/** (state, event) → state. */
export type ParcelApply = (state: ParcelState, event: ParcelEvent) => ParcelState
/** (state, command, facts) → events or a domain error. */
export type ParcelDecide = (
  state: ParcelState,
  command: ParcelCommand,
  facts: Decider.Facts
) => ReadonlyArray<ParcelEvent>

/** A parcel, which takes no commands. */
export const Parcel = {
  /** Combines the handlers of all events into the step of the fold. */
  apply:
    (on: ParcelHandlers): ParcelApply =>
    (state, event) => {
      switch (event._tag) {
        case "ParcelSent":
          return on.ParcelSent(state, event)
        default:
          return Fold.unhandled("Parcel.apply", event as never)
      }
    },
  /** Combines the decisions of all commands. */
  decide:
    (_on: ParcelDecider): ParcelDecide =>
    (_state, command) => {
      return Fold.unhandled("Parcel.decide", command)
    },
  /** Narrows to this aggregate's events. */
  isEvent: (event: { readonly _tag: string }): event is ParcelEvent => ParcelSent.is(event)
}
