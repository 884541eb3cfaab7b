/** Decides each command of Parcel: returns events, or an error. Pure: the time comes in `facts`. */
import { Parcel } from "./generated/parcel.ts"

export const decide = Parcel.decide({})
