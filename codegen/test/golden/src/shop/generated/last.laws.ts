// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 6efb915df7eb225e
import { ProjectionLaws } from "@eventfold/testing"
import { definition } from "./last.service.ts"
import type { LastEvent, LastRow } from "./last.ts"
import { OrderLaws } from "./order.laws.ts"
import type { OrderId } from "./values.ts"

/** The projection as a subject of the laws. */
export const LastLaws: ProjectionLaws.ProjectionSubject<LastRow, LastEvent, OrderId, OrderId> = {
  name: "LastLaws",
  definition,
  from: [ProjectionLaws.from(OrderLaws)]
}
