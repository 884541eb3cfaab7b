// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed bc5b159733db07e5
import { ProjectionLaws } from "@eventfold/testing"
import { OrderLaws } from "../../shop/generated/order.laws.ts"
import type { OrderId } from "../../shop/generated/values.ts"
import { definition } from "./placed-orders.service.ts"
import type { PlacedOrdersEvent, PlacedOrdersRow } from "./placed-orders.ts"

/** The projection as a subject of the laws. */
export const PlacedOrdersLaws: ProjectionLaws.ProjectionSubject<PlacedOrdersRow, PlacedOrdersEvent, OrderId, OrderId> =
  {
    name: "PlacedOrdersLaws",
    definition,
    from: [ProjectionLaws.from(OrderLaws)]
  }
