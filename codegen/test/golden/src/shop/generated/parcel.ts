// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 1d94deec36b6afc6
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

/** Which errors may refuse which command. */
export type ParcelFailures = Record<never, never>

// ---- what you write -------------------------------------------------------------------------------------------------

/** One handler for each event. Yours are in ../parcel.apply.ts. */
export interface ParcelHandlers {
  readonly ParcelSent: (state: ParcelState, event: ParcelSent) => ParcelState
}

/**
 * One decision for each command: the events that then happen, or the error that refuses it. Yours are in ../parcel.decide.ts.
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

/** A parcel, which nobody commands. */
export const Parcel = {
  /** Every event's handler, together: the fold's step. */
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
  /** Every command's decision, together. */
  decide:
    (_on: ParcelDecider): ParcelDecide =>
    (_state, command) => {
      return Fold.unhandled("Parcel.decide", command)
    },
  /** Narrows to this aggregate's events. */
  isEvent: (event: { readonly _tag: string }): event is ParcelEvent => ParcelSent.is(event)
}
