// Written by `eventfold gen` from schemas/orders/fulfilment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 074078c307f130ad
import { ProjectionLaws } from "@eventfold/testing"
import { definition } from "./fulfilment.service.ts"
import type { FulfilmentEvent, FulfilmentKey, FulfilmentRow } from "./fulfilment.ts"
import { OrderLaws } from "./order.laws.ts"
import { PaymentLaws } from "./payment.laws.ts"
import { ShipmentLaws } from "./shipment.laws.ts"
import type { OrderId } from "./values.ts"

/** The projection as a subject of the laws. */
export const FulfilmentLaws: ProjectionLaws.ProjectionSubject<FulfilmentRow, FulfilmentEvent, OrderId, FulfilmentKey> =
  {
    name: "FulfilmentLaws",
    definition,
    from: [ProjectionLaws.from(OrderLaws), ProjectionLaws.from(PaymentLaws), ProjectionLaws.from(ShipmentLaws)]
  }
