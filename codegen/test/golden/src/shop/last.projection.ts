/** Rows that are no struct. Pure: times and ids come in `origin`. */
import { Fold } from "eventfold/generated"
import { Last, type LastRow } from "./generated/last.ts"

// Write each handler: take the row (`undefined` if there is none) and the event, return the next row, or `undefined`
// to delete it.
export const project = Last.project({
  OrderPlaced: (_row, _event, _origin): LastRow | undefined => Fold.notWritten("Last.project OrderPlaced")
})
