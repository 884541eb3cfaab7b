// Written by `eventfold gen` from schemas/orders/payment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed d6bd4c834743c94c
import { Codec } from "eventfold"
import { Payment as PaymentDeclaration } from "schemas/orders/payment.ts"
import { install } from "./payment.codec.aot.js"
import type { PaymentEvent, PaymentState } from "./payment.ts"

/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */
export const PaymentCodec = Codec.make<PaymentEvent, PaymentState>()({
  event: PaymentDeclaration.event,
  state: PaymentDeclaration.state,
  compiled: install,
  target: "4.1.0-b116c966872ed3ba"
})
