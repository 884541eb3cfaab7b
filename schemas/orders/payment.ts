/** The payment of an order, as the payment provider reports it. */
import { Schema } from "effect"
import { Aggregate } from "eventfold"
import { Amount, Cents } from "./money.ts"
import { OrderId } from "./order.ts"

/**
 * The payment of an order: asked for once, captured in one part or in several, and given back where
 * nothing is sent.
 */
export const Payment = Aggregate.make("Payment", {
  id: OrderId,
  state: Schema.Struct({
    status: Schema.Literals(["Unrequested", "Requested", "Captured", "Declined"]),
    /** The amount to pay. */
    amount: Cents,
    captured: Cents,
    refunded: Cents
  }),
  initial: { status: "Unrequested", amount: Cents.make(0), captured: Cents.make(0), refunded: Cents.make(0) },
  events: {
    /** The customer is asked to pay until a time. */
    PaymentRequested: { amount: Amount, dueBy: Schema.DateTimeUtc },
    /** Money came in; so much is still to come. */
    PaymentCaptured: { amount: Amount, outstanding: Cents },
    /** The rest of the payment will not arrive; earlier parts have arrived. */
    PaymentDeclined: { reason: Schema.NonEmptyString },
    /** All that had come in, and had not gone back before, went back. */
    PaymentRefunded: { amount: Amount }
  },
  errors: {
    PaymentNotRequested: {},
    PaymentAlreadyRequested: {},
    PaymentAlreadyCaptured: {},
    PaymentAlreadyDeclined: {},
    /** The provider took more than was asked for. */
    CaptureExceedsOutstanding: { amount: Amount, outstanding: Cents },
    NothingToRefund: {}
  },
  commands: {
    /** Asks the customer for what the order costs. */
    RequestPayment: {
      payload: { amount: Amount, dueBy: Schema.DateTimeUtc },
      emits: ["PaymentRequested"],
      fails: ["PaymentAlreadyRequested"]
    },
    /**
     * Notes that the provider has taken all of it, or a part: also when the order was cancelled by
     * then, since the money is there.
     */
    CapturePayment: {
      payload: { amount: Amount },
      emits: ["PaymentCaptured"],
      fails: ["PaymentNotRequested", "PaymentAlreadyCaptured", "PaymentAlreadyDeclined", "CaptureExceedsOutstanding"]
    },
    /** Notes that the provider will not take what is still to come. */
    DeclinePayment: {
      payload: { reason: Schema.NonEmptyString },
      emits: ["PaymentDeclined"],
      fails: ["PaymentNotRequested", "PaymentAlreadyCaptured", "PaymentAlreadyDeclined"]
    },
    /** Refunds everything that has been paid. */
    RefundPayment: { payload: {}, emits: ["PaymentRefunded"], fails: ["NothingToRefund"] }
  },
  invariants: {
    "no more comes in than was asked for": ({ amount, captured }) => captured <= amount,
    "no more goes back than came in": ({ captured, refunded }) => refunded <= captured,
    "it is captured when nothing is outstanding": ({ amount, captured, status }) =>
      status === "Unrequested" || (status === "Captured") === (captured === amount)
  }
})
