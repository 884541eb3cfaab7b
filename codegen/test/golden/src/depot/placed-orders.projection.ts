/** The rows of PlacedOrders. Pure: times and ids come in `origin`. */
import { Fold } from "eventfold/generated"
import { PlacedOrders, type PlacedOrdersRow } from "./generated/placed-orders.ts"

// Write each handler: take the row (`undefined` if there is none) and the event, return the next row, or `undefined`
// to delete it.
export const project = PlacedOrders.project({
  OrderPlaced: (_row, _event, _origin): PlacedOrdersRow | undefined =>
    Fold.notWritten("PlacedOrders.project OrderPlaced")
})
