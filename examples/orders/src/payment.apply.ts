/** The effect of each event on a payment. Pure. */
import { Cents } from "schemas/orders/money.ts"
import { Payment, type PaymentState } from "./generated/payment.ts"

export const apply = Payment.apply({
  PaymentRequested: (state, { amount }): PaymentState => ({ ...state, status: "Requested", amount }),
  PaymentCaptured: (state, { amount, outstanding }): PaymentState => ({
    ...state,
    status: outstanding === 0 ? "Captured" : state.status,
    captured: Cents.make(state.captured + amount)
  }),
  PaymentDeclined: (state): PaymentState => ({ ...state, status: "Declined" }),
  PaymentRefunded: (state, { amount }): PaymentState => ({ ...state, refunded: Cents.make(state.refunded + amount) })
})
