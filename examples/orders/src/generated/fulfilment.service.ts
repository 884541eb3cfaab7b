// Written by `eventfold gen` from schemas/orders/fulfilment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed b8a7e6efdf2aa42a
import { Context, Layer } from "effect"
import { type EventStore, LiveProjection } from "eventfold"
import { Fulfilment as FulfilmentDeclaration } from "schemas/orders/fulfilment.ts"
import { Order as OrderDeclaration } from "schemas/orders/order.ts"
import { Payment as PaymentDeclaration } from "schemas/orders/payment.ts"
import { Shipment as ShipmentDeclaration } from "schemas/orders/shipment.ts"
import { project } from "../fulfilment.projection.ts"
import type { FulfilmentEvent, FulfilmentKey, FulfilmentRow } from "./fulfilment.ts"
import { OrderCodec } from "./order.codec.ts"
import { PaymentCodec } from "./payment.codec.ts"
import { ShipmentCodec } from "./shipment.codec.ts"
import type { OrderId } from "./values.ts"

/** How far each order has come on its way; an order that is at its end has no row. */
export class FulfilmentView extends Context.Service<
  FulfilmentView,
  LiveProjection.Rows<FulfilmentKey, FulfilmentRow>
>()("orders/FulfilmentView") {
  static readonly layer: Layer.Layer<FulfilmentView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make<FulfilmentRow, FulfilmentEvent, OrderId, FulfilmentKey>({
      name: "Fulfilment",
      sources: [
        LiveProjection.source({
          aggregate: "Order",
          id: OrderDeclaration.id,
          codec: OrderCodec.event,
          types: ["OrderPlaced", "OrderConfirmed", "OrderCompleted", "OrderCancelled"]
        }),
        LiveProjection.source({
          aggregate: "Payment",
          id: PaymentDeclaration.id,
          codec: PaymentCodec.event,
          types: ["PaymentRequested", "PaymentCaptured", "PaymentDeclined", "PaymentRefunded"]
        }),
        LiveProjection.source({
          aggregate: "Shipment",
          id: ShipmentDeclaration.id,
          codec: ShipmentCodec.event,
          types: ["ShipmentPrepared", "ShipmentDispatched", "ShipmentFailed", "ShipmentCalledOff"]
        })
      ],
      key: FulfilmentDeclaration.key,
      projector: project
    })
  )
}
