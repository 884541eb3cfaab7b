/** What each event does to the state of Parcel. Pure: no clock, no randomness, nothing but state and event. */
import { Fold } from "eventfold/generated"
import { Parcel, type ParcelState } from "./generated/parcel.ts"

// Write each handler: take `state` and `event`, return the next state, such as `{ ...state, status: "Open" }`.
// It names its return type: without it, TypeScript lets a misspelt field of the state pass.
export const apply = Parcel.apply({
  ParcelSent: (_state, _event): ParcelState => Fold.notWritten("Parcel.apply ParcelSent")
})
