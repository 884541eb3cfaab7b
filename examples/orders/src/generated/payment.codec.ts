// Written by `eventfold gen` from schemas/orders/payment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed eac2b601b2346603
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Payment as PaymentSchema } from "schemas/orders/payment.ts"
import { install } from "./payment.codec.aot.ts"
import type { PaymentCommand, PaymentEvent, PaymentState } from "./payment.ts"
import type { OrderId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: if the schema differs from them, `tsc` reports it here. */
const codec = Codec.make<PaymentEvent, PaymentState>()({
  event: PaymentSchema.event,
  state: PaymentSchema.state,
  compiled: install,
  target: "4.1.0-3031984112bc3275-f6cd4df61bb4ccfa"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const PaymentCodec: Codec.Codec<PaymentEvent, PaymentState> = codec
export const PaymentDeclaration: Aggregate.Typed<OrderId, PaymentState, PaymentEvent, PaymentCommand> = PaymentSchema
