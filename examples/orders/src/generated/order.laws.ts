// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 62855f9ba26b291a
import type { Laws } from "@eventfold/testing"
import { decide } from "../order.decide.ts"
import { OrderCodec, OrderDeclaration } from "./order.codec.ts"
import { OrderFold } from "./order.service.ts"
import type { OrderCommand, OrderEvent, OrderState } from "./order.ts"

/** The aggregate as a subject of the laws. */
export const OrderLaws: Laws.Subject<OrderState, OrderEvent, OrderCommand> = {
  name: "OrderLaws",
  aggregate: OrderDeclaration,
  fold: OrderFold,
  decide,
  codec: OrderCodec
}
