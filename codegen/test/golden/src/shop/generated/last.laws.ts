// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed b90b982cd9e19a41
import { ProjectionLaws } from "@eventfold/testing"
import { definition } from "./last.service.ts"
import type { LastEvent, LastRow } from "./last.ts"
import { OrderLaws } from "./order.laws.ts"
import type { OrderId } from "./values.ts"

/** The projection as the laws see it. */
export const LastLaws: ProjectionLaws.ProjectionSubject<LastRow, LastEvent, OrderId, OrderId> = {
  name: "LastLaws",
  definition,
  from: [ProjectionLaws.from(OrderLaws)]
}
