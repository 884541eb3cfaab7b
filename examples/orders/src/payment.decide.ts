/** Decides commands to a payment: the events they lead to, or the error that refuses them. Pure. */
import { Amount, Cents } from "schemas/orders/money.ts"
import {
  CaptureExceedsOutstanding,
  NothingToRefund,
  Payment,
  PaymentAlreadyCaptured,
  PaymentAlreadyDeclined,
  PaymentAlreadyRequested,
  PaymentCaptured,
  PaymentDeclined,
  PaymentNotRequested,
  PaymentRefunded,
  PaymentRequested,
  type PaymentState
} from "./generated/payment.ts"

/** The reason why nothing more is expected of a payment, if there is one. */
const notOutstanding = ({ status }: PaymentState) => {
  switch (status) {
    case "Unrequested":
      return PaymentNotRequested.make()
    case "Captured":
      return PaymentAlreadyCaptured.make()
    case "Declined":
      return PaymentAlreadyDeclined.make()
    case "Requested":
      return undefined
  }
}

export const decide = Payment.decide({
  RequestPayment: ({ status }, command) =>
    status === "Unrequested" ? [PaymentRequested.make(command)] : PaymentAlreadyRequested.make(),

  CapturePayment: (state, { amount }) => {
    const refused = notOutstanding(state)
    if (refused !== undefined) return refused
    const outstanding = state.amount - state.captured
    return amount > outstanding
      ? CaptureExceedsOutstanding.make({ amount, outstanding: Cents.make(outstanding) })
      : [PaymentCaptured.make({ amount, outstanding: Cents.make(outstanding - amount) })]
  },

  DeclinePayment: (state, { reason }) => notOutstanding(state) ?? [PaymentDeclined.make({ reason })],

  RefundPayment: ({ captured, refunded }) =>
    captured > refunded ? [PaymentRefunded.make({ amount: Amount.make(captured - refunded) })] : NothingToRefund.make()
})
