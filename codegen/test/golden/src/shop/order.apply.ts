/** Computes the state of Order after each event. Pure: no clock, no randomness, only state and event. */
import { Fold } from "eventfold/generated"
import { Order, type OrderState } from "./generated/order.ts"

// Write each handler: take `state` and `event`, return the next state, such as `{ ...state, status: "Open" }`.
// Keep the return type: without it, TypeScript accepts a misspelt field of the state.
export const apply = Order.apply({
  OrderPlaced: (_state, _event): OrderState => Fold.notWritten("Order.apply OrderPlaced"),
  Everything: (_state, _event): OrderState => Fold.notWritten("Order.apply Everything"),
  OrderDropped: (_state, _event): OrderState => Fold.notWritten("Order.apply OrderDropped")
})
