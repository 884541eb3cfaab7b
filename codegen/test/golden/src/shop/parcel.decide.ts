/** Whether a command of Parcel may happen, and what happens then. Pure: the time comes in `facts`. */
import { Parcel } from "./generated/parcel.ts"

export const decide = Parcel.decide({})
