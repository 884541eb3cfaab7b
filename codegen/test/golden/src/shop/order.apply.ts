/** What each event does to the state of Order. Pure: no clock, no randomness, nothing but state and event. */
import { Fold } from "eventfold/generated"
import { Order, type OrderState } from "./generated/order.ts"

// Write each handler: take `state` and `event`, return the next state, such as `{ ...state, status: "Open" }`.
// It names its return type: without it, TypeScript lets a misspelt field of the state pass.
export const apply = Order.apply({
  OrderPlaced: (_state, _event): OrderState => Fold.notWritten("Order.apply OrderPlaced"),
  Everything: (_state, _event): OrderState => Fold.notWritten("Order.apply Everything"),
  OrderDropped: (_state, _event): OrderState => Fold.notWritten("Order.apply OrderDropped")
})
