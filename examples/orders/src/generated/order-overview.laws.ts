// Written by `eventfold gen` from schemas/orders/overview.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed b849c907766549c0
import { ProjectionLaws } from "@eventfold/testing"
import { definition } from "./order-overview.service.ts"
import type { OrderOverviewEvent, OrderOverviewKey, OrderOverviewRow } from "./order-overview.ts"
import { OrderLaws } from "./order.laws.ts"
import { PaymentLaws } from "./payment.laws.ts"
import { ShipmentLaws } from "./shipment.laws.ts"
import type { OrderId } from "./values.ts"

/** The projection as a subject of the laws. */
export const OrderOverviewLaws: ProjectionLaws.ProjectionSubject<
  OrderOverviewRow,
  OrderOverviewEvent,
  OrderId,
  OrderOverviewKey
> = {
  name: "OrderOverviewLaws",
  definition,
  from: [ProjectionLaws.from(OrderLaws), ProjectionLaws.from(PaymentLaws), ProjectionLaws.from(ShipmentLaws)]
}
