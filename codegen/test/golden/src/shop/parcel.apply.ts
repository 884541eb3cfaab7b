/** Computes the state of Parcel after each event. Pure: no clock, no randomness, only state and event. */
import { Fold } from "eventfold/generated"
import { Parcel, type ParcelState } from "./generated/parcel.ts"

// Write each handler: take `state` and `event`, return the next state, such as `{ ...state, status: "Open" }`.
// Keep the return type: without it, TypeScript accepts a misspelt field of the state.
export const apply = Parcel.apply({
  ParcelSent: (_state, _event): ParcelState => Fold.notWritten("Parcel.apply ParcelSent")
})
