// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 13bb9e3439724621
import type { Laws } from "@eventfold/testing"
import { decide } from "../order.decide.ts"
import { OrderCodec, OrderDeclaration } from "./order.codec.ts"
import { OrderFold } from "./order.service.ts"
import type { OrderCommand, OrderEvent, OrderState } from "./order.ts"

/** The aggregate as the laws see it. */
export const OrderLaws: Laws.Subject<OrderState, OrderEvent, OrderCommand> = {
  name: "OrderLaws",
  aggregate: OrderDeclaration,
  fold: OrderFold,
  decide,
  codec: OrderCodec
}
