// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed b6b826c239e4f09b
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Order as OrderSchema } from "../../../schemas/shop/order.ts"
import { install } from "./order.codec.aot.ts"
import type { OrderCommand, OrderEvent, OrderState } from "./order.ts"
import type { OrderId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: if the schema differs from them, `tsc` reports it here. */
const codec = Codec.make<OrderEvent, OrderState>()({
  event: OrderSchema.event,
  state: OrderSchema.state,
  compiled: install,
  target: "4.1.0-27b91a361f8641b2-7b1b3bb9d18231ad"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const OrderCodec: Codec.Codec<OrderEvent, OrderState> = codec
export const OrderDeclaration: Aggregate.Typed<OrderId, OrderState, OrderEvent, OrderCommand> = OrderSchema
