// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 43542c1f0d6c53a7
import type { Aggregate } from "eventfold"
import { Codec } from "eventfold/generated"
import { Order as OrderSchema } from "schemas/orders/order.ts"
import { install } from "./order.codec.aot.ts"
import type { OrderCommand, OrderEvent, OrderState } from "./order.ts"
import type { OrderId } from "./values.ts"

/** The type arguments tie the interfaces to the schema: if the schema differs from them, `tsc` reports it here. */
const codec = Codec.make<OrderEvent, OrderState>()({
  event: OrderSchema.event,
  state: OrderSchema.state,
  compiled: install,
  target: "4.1.0-e8c49a4838fa911c-e3d7d9a04f57e28c"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const OrderCodec: Codec.Codec<OrderEvent, OrderState> = codec
export const OrderDeclaration: Aggregate.Typed<OrderId, OrderState, OrderEvent, OrderCommand> = OrderSchema
