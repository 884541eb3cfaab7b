/** Value of each order. Pure: times and ids come in `origin`. */
import { Fold } from "eventfold/generated"
import { OrderTotals, type OrderTotalsRow } from "./generated/order-totals.ts"

// Write each handler: take the row (`undefined` if there is none) and the event, return the next row, or `undefined`
// to delete it.
export const project = OrderTotals.project({
  OrderPlaced: (_row, _event, _origin): OrderTotalsRow | undefined =>
    Fold.notWritten("OrderTotals.project OrderPlaced"),
  Everything: (_row, _event, _origin): OrderTotalsRow | undefined => Fold.notWritten("OrderTotals.project Everything"),
  OrderDropped: (_row, _event, _origin): OrderTotalsRow | undefined =>
    Fold.notWritten("OrderTotals.project OrderDropped")
})
