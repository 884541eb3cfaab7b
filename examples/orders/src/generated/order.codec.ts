// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed caab61107b36448a
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
  target: "4.1.0-9b0a2c431dad6d17-327f9a8475ab17e0"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const OrderCodec: Codec.Codec<OrderEvent, OrderState> = codec
export const OrderDeclaration: Aggregate.Typed<OrderId, OrderState, OrderEvent, OrderCommand> = OrderSchema
