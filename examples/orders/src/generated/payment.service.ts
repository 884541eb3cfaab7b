// Written by `eventfold gen` from schemas/orders/payment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 74af09b3e40ac026
import { Context, Layer } from "effect"
import { type EventStore, Repository } from "eventfold"
import type { Fold } from "eventfold/generated"
import { apply } from "../payment.apply.ts"
import { decide } from "../payment.decide.ts"
import { PaymentCodec, PaymentDeclaration } from "./payment.codec.ts"
import { fingerprint } from "./payment.fingerprint.ts"
import type { PaymentCommand, PaymentEvent, PaymentFailures, PaymentState } from "./payment.ts"
import type { OrderId } from "./values.ts"

// Each aggregate has its own loop: a shared one would call the handlers of all aggregates from one megamorphic call site.
export const PaymentFold: Fold.Fold<PaymentState, PaymentEvent> = {
  initial: PaymentDeclaration.initial,
  apply,
  run: (state, events) => {
    for (const event of events) state = apply(state, event)
    return state
  },
  fingerprint
}

const PaymentsTag: Context.ServiceClass<
  Payments,
  "orders/Payments",
  Repository.Repository<OrderId, PaymentState, PaymentEvent, PaymentCommand, PaymentFailures>
> = Context.Service<Payments, Context.Service.Shape<typeof PaymentsTag>>()("orders/Payments")

/**
 * The payment of an order: asked for once, captured in one part or in several, and given back where
 * nothing is sent.
 */
export class Payments extends PaymentsTag {
  static readonly layer: Layer.Layer<Payments, never, EventStore.EventStore> = Layer.effect(
    this,
    Repository.make({
      name: "Payment",
      id: PaymentDeclaration.id,
      fold: PaymentFold,
      decide,
      codec: PaymentCodec,
      command: PaymentDeclaration.command,
      invariants: PaymentDeclaration.invariants
    })
  )
}
