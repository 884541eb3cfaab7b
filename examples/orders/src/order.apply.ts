/** The effect of each event on an order. Pure: nothing but state and event. */
import { Order, type OrderState } from "./generated/order.ts"

export const apply = Order.apply({
  OrderPlaced: (state, { customerId, lines, total }): OrderState => ({
    ...state,
    status: "Placed",
    customerId,
    lines,
    total
  }),
  OrderConfirmed: (state): OrderState => ({ ...state, status: "Confirmed" }),
  OrderCompleted: (state): OrderState => ({ ...state, status: "Completed" }),
  OrderCancelled: (state, { reason }): OrderState => ({ ...state, status: "Cancelled", reason })
})
