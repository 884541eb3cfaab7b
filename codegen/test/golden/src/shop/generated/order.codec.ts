// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 8583d11df9f5e630
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
  target: "4.1.0-059616b7ea7f649b-fdc3a18aec2ffb36"
})

// The types of the exports are written out, so that the compiler evaluates the schemas' types only in this file.

export const OrderCodec: Codec.Codec<OrderEvent, OrderState> = codec
export const OrderDeclaration: Aggregate.Typed<OrderId, OrderState, OrderEvent, OrderCommand> = OrderSchema
