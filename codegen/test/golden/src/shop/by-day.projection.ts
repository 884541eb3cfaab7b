/** Orders and parcels together. Pure: times and ids come in `origin`. */
import { Fold } from "eventfold/generated"
import { ByDay, type ByDayKey, type ByDayRow } from "./generated/by-day.ts"

// Write each handler: take the row (`undefined` if there is none) and the event, return the next row, or `undefined`
// to delete it.
// Under `keys`, return for each aggregate the key of the row that an event belongs to, or an array of keys.
export const project = ByDay.project({
  keys: {
    Parcel: (_event, _origin): ByDayKey => Fold.notWritten("ByDay.keys Parcel"),
    Order: (_event, _origin): ByDayKey => Fold.notWritten("ByDay.keys Order")
  },
  on: {
    ParcelSent: (_row, _event, _origin, _key): ByDayRow | undefined => Fold.notWritten("ByDay.project ParcelSent"),
    OrderPlaced: (_row, _event, _origin, _key): ByDayRow | undefined => Fold.notWritten("ByDay.project OrderPlaced"),
    OrderDropped: (_row, _event, _origin, _key): ByDayRow | undefined => Fold.notWritten("ByDay.project OrderDropped")
  }
})
