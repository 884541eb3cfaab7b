/** Decides commands to an order: the events they lead to, or the error that refuses them. Pure. */
import { Amount, Cents } from "schemas/orders/money.ts"
import {
  Order,
  OrderAlreadyCancelled,
  OrderAlreadyCompleted,
  OrderAlreadyConfirmed,
  OrderAlreadyPlaced,
  OrderCancelled,
  OrderCompleted,
  OrderConfirmed,
  OrderNotConfirmed,
  OrderNotPlaced,
  OrderPlaced,
  type OrderState,
  OrderTooLarge,
  UnknownArticle
} from "./generated/order.ts"
import type { Line } from "./generated/values.ts"

const most = Cents.make(10_000_000)

/** The reason why an order can't be paid for, if there is one. */
const notPlaced = ({ reason, status }: OrderState) => {
  switch (status) {
    case "Unplaced":
      return OrderNotPlaced.make()
    case "Confirmed":
      return OrderAlreadyConfirmed.make()
    case "Completed":
      return OrderAlreadyCompleted.make()
    case "Cancelled":
      return OrderAlreadyCancelled.make({ reason: reason! })
    case "Placed":
      return undefined
  }
}

/** The reason why an order can't be sent, if there is one. */
const notConfirmed = ({ reason, status }: OrderState) => {
  switch (status) {
    case "Unplaced":
      return OrderNotPlaced.make()
    case "Placed":
      return OrderNotConfirmed.make()
    case "Completed":
      return OrderAlreadyCompleted.make()
    case "Cancelled":
      return OrderAlreadyCancelled.make({ reason: reason! })
    case "Confirmed":
      return undefined
  }
}

export const decide = Order.decide({
  PlaceOrder: ({ status }, { address, customerId, items }, { prices }) => {
    if (status !== "Unplaced") return OrderAlreadyPlaced.make()
    const lines: Array<Line> = []
    for (const [i, { quantity, sku }] of items.entries()) {
      const unitPrice = prices[i] ?? null
      if (unitPrice === null) return UnknownArticle.make({ sku })
      lines.push({ sku, quantity, unitPrice })
    }
    const total = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0)
    if (total > most) return OrderTooLarge.make({ total, most })
    return [OrderPlaced.make({ customerId, lines, address, total: Amount.make(total) })]
  },

  ConfirmOrder: (state) => notPlaced(state) ?? [OrderConfirmed.make()],

  CompleteOrder: (state) => notConfirmed(state) ?? [OrderCompleted.make()],

  CancelUnpaidOrder: (state, { reason }) => notPlaced(state) ?? [OrderCancelled.make({ reason })],

  CancelUnsentOrder: (state, { reason }) => notConfirmed(state) ?? [OrderCancelled.make({ reason })]
})
