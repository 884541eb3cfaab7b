// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 0d7406c73c5772ea
import { ProjectionLaws } from "@eventfold/testing"
import { OrderLaws } from "../../shop/generated/order.laws.ts"
import type { OrderId } from "../../shop/generated/values.ts"
import { definition } from "./outlook.service.ts"
import type { OutlookEvent, OutlookKey, OutlookRow } from "./outlook.ts"
import { StockLaws } from "./stock.laws.ts"
import type { StockId } from "./values.ts"

/** The projection as a subject of the laws. */
export const OutlookLaws: ProjectionLaws.ProjectionSubject<OutlookRow, OutlookEvent, StockId | OrderId, OutlookKey> = {
  name: "OutlookLaws",
  definition,
  from: [ProjectionLaws.from(StockLaws), ProjectionLaws.from(OrderLaws)]
}
