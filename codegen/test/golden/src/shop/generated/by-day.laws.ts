// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 9bd574cd110ecf74
import { ProjectionLaws } from "@eventfold/testing"
import { definition } from "./by-day.service.ts"
import type { ByDayEvent, ByDayKey, ByDayRow } from "./by-day.ts"
import { OrderLaws } from "./order.laws.ts"
import { ParcelLaws } from "./parcel.laws.ts"
import type { OrderId } from "./values.ts"

/** The projection as a subject of the laws. */
export const ByDayLaws: ProjectionLaws.ProjectionSubject<ByDayRow, ByDayEvent, string | OrderId, ByDayKey> = {
  name: "ByDayLaws",
  definition,
  from: [ProjectionLaws.from(ParcelLaws), ProjectionLaws.from(OrderLaws)]
}
