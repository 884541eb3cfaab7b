// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed b1937368f443da0f
import { ProjectionLaws } from "@eventfold/testing"
import { definition } from "./order-totals.service.ts"
import type { OrderTotalsEvent, OrderTotalsRow } from "./order-totals.ts"
import { OrderLaws } from "./order.laws.ts"
import type { OrderId } from "./values.ts"

/** The projection as a subject of the laws. */
export const OrderTotalsLaws: ProjectionLaws.ProjectionSubject<OrderTotalsRow, OrderTotalsEvent, OrderId, OrderId> = {
  name: "OrderTotalsLaws",
  definition,
  from: [ProjectionLaws.from(OrderLaws)]
}
