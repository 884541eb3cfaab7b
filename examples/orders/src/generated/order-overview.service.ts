// Written by `eventfold gen` from schemas/orders/overview.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 9ecc478c5f1d32fe
import { Context, Layer } from "effect"
import { type EventStore, LiveProjection } from "eventfold"
import { Order as OrderDeclaration } from "schemas/orders/order.ts"
import { OrderOverview as OrderOverviewDeclaration } from "schemas/orders/overview.ts"
import { Payment as PaymentDeclaration } from "schemas/orders/payment.ts"
import { Shipment as ShipmentDeclaration } from "schemas/orders/shipment.ts"
import { project } from "../order-overview.projection.ts"
import type { OrderOverviewEvent, OrderOverviewKey, OrderOverviewRow } from "./order-overview.ts"
import { OrderCodec } from "./order.codec.ts"
import { PaymentCodec } from "./payment.codec.ts"
import { ShipmentCodec } from "./shipment.codec.ts"
import type { CustomerId, OrderId } from "./values.ts"

/** The rows, by key and by what else is declared to find them by. */
export interface OrderOverviewQueries extends LiveProjection.Rows<OrderOverviewKey, OrderOverviewRow> {
  /** Rows by `customerId`, in the order in which they came to have just that. */
  readonly byCustomer: LiveProjection.Lookup<[customerId: CustomerId], OrderOverviewRow>
  /** Rows by `status`, in the order in which they came to have just that. */
  readonly byStatus: LiveProjection.Lookup<
    [status: "Placed" | "Confirmed" | "Completed" | "Cancelled"],
    OrderOverviewRow
  >
  /** Rows by `customerId` and `status`, in the order in which they came to have just that. */
  readonly byCustomerAndStatus: LiveProjection.Lookup<
    [customerId: CustomerId, status: "Placed" | "Confirmed" | "Completed" | "Cancelled"],
    OrderOverviewRow
  >
}

/** Every order with what was paid and where its parcel is: for those who look orders up. */
export class OrderOverviewView extends Context.Service<OrderOverviewView, OrderOverviewQueries>()(
  "orders/OrderOverviewView"
) {
  static readonly layer: Layer.Layer<OrderOverviewView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make<
      OrderOverviewRow,
      OrderOverviewEvent,
      OrderId,
      OrderOverviewKey,
      typeof OrderOverviewDeclaration.indexes
    >({
      name: "OrderOverview",
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
      key: OrderOverviewDeclaration.key,
      projector: project,
      indexes: OrderOverviewDeclaration.indexes,
      fields: OrderOverviewDeclaration.row.fields
    })
  )
}
