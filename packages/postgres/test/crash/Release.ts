/** A release of a projection, by its number: its handlers count each parcel that many times. */
import { Projector } from "eventfold"
import { StoredProjection } from "eventfold/generated"
import { definition, times } from "../../../core/test/projection/Parcels.ts"

export const release = (number: number) => definition("Towns", times(number), "towns", `release ${number}`)

/** Pages are small, so that time passes between a projector's read and its write. */
export const projectorOf = (number: number) =>
  Projector.layer([StoredProjection.runnable(release(number))], { lease: "250 millis", pageSize: 5, retries: 0 })
