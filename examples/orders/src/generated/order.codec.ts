// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed d2c978fc5eef1756
import { Codec } from "eventfold"
import { Order as OrderDeclaration } from "schemas/orders/order.ts"
import { install } from "./order.codec.aot.js"
import type { OrderEvent, OrderState } from "./order.ts"

/** The type arguments tie the interfaces to the schema: when it moves without them, `tsc` stops here. */
export const OrderCodec = Codec.make<OrderEvent, OrderState>()({
  event: OrderDeclaration.event,
  state: OrderDeclaration.state,
  compiled: install,
  target: "4.1.0-79a855cf8fd240db"
})
