/** The rows of PlacedOrders. Pure: times and ids come in `origin`. */
import { Fold } from "eventfold/generated"
import { PlacedOrders, type PlacedOrdersRow } from "./generated/placed-orders.ts"

// Write each handler: take the row (`undefined` if there is none) and the event, return the row as it then is, or
// `undefined` to have none.
export const project = PlacedOrders.project({
  OrderPlaced: (_row, _event, _origin): PlacedOrdersRow | undefined =>
    Fold.notWritten("PlacedOrders.project OrderPlaced")
})
