// Written by `eventfold gen` from schemas/orders/payment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed daf5215408fb8bf9
import type { Laws } from "@eventfold/testing"
import { decide } from "../payment.decide.ts"
import { PaymentCodec, PaymentDeclaration } from "./payment.codec.ts"
import { PaymentFold } from "./payment.service.ts"
import type { PaymentCommand, PaymentEvent, PaymentState } from "./payment.ts"

/** The aggregate as a subject of the laws. */
export const PaymentLaws: Laws.Subject<PaymentState, PaymentEvent, PaymentCommand> = {
  name: "PaymentLaws",
  aggregate: PaymentDeclaration,
  fold: PaymentFold,
  decide,
  codec: PaymentCodec
}
