// Written by `eventfold gen` from schemas/orders/overview.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed ee9574c37724bf74
import { Context, Layer } from "effect"
import type { EventStore, EventStoreError, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredProjection } from "eventfold/generated"
import { Order as OrderDeclaration } from "schemas/orders/order.ts"
import { OrderOverview as OrderOverviewDeclaration } from "schemas/orders/overview.ts"
import { Payment as PaymentDeclaration } from "schemas/orders/payment.ts"
import { Shipment as ShipmentDeclaration } from "schemas/orders/shipment.ts"
import { project } from "../order-overview.projection.ts"
import { fingerprint } from "./order-overview.fingerprint.ts"
import {
  type OrderOverviewEvent,
  type OrderOverviewKey,
  type OrderOverviewRow,
  OrderOverviewTable
} from "./order-overview.ts"
import { OrderCodec } from "./order.codec.ts"
import { PaymentCodec } from "./payment.codec.ts"
import { ShipmentCodec } from "./shipment.codec.ts"
import type { CustomerId, OrderId } from "./values.ts"

/** Definition of the projection, for the services that run it. */
export const definition: ProjectionFold.Definition<
  OrderOverviewRow,
  OrderOverviewEvent,
  OrderId,
  OrderOverviewKey,
  typeof OrderOverviewDeclaration.indexes
> = {
  name: "OrderOverview",
  sources: [
    ProjectionFold.source({
      aggregate: "Order",
      id: OrderDeclaration.id,
      codec: OrderCodec,
      types: ["OrderPlaced", "OrderConfirmed", "OrderCompleted", "OrderCancelled"]
    }),
    ProjectionFold.source({
      aggregate: "Payment",
      id: PaymentDeclaration.id,
      codec: PaymentCodec,
      types: ["PaymentRequested", "PaymentCaptured", "PaymentDeclined", "PaymentRefunded"]
    }),
    ProjectionFold.source({
      aggregate: "Shipment",
      id: ShipmentDeclaration.id,
      codec: ShipmentCodec,
      types: ["ShipmentPrepared", "ShipmentDispatched", "ShipmentFailed", "ShipmentCalledOff"]
    })
  ],
  key: OrderOverviewDeclaration.key,
  row: OrderOverviewDeclaration.row,
  bodies: project,
  table: OrderOverviewTable,
  fingerprint,
  indexes: OrderOverviewDeclaration.indexes,
  fields: OrderOverviewDeclaration.row.fields
}

/** The rows, by key and by the declared indexes. */
export interface OrderOverviewQueries extends Projection.Rows<OrderOverviewKey, OrderOverviewRow> {
  /** Rows by `customerId`, in the order of their keys. Its `page` and `count` take ranges. */
  readonly byCustomer: Projection.Lookup<[customerId: CustomerId], OrderOverviewRow>
  /** Rows by `status`, in the order of their keys. Its `page` and `count` take ranges. */
  readonly byStatus: Projection.Lookup<[status: "Placed" | "Confirmed" | "Completed" | "Cancelled"], OrderOverviewRow>
  /** Rows by `customerId` and `status`, in the order of their keys. Its `page` and `count` take ranges. */
  readonly byCustomerAndStatus: Projection.Lookup<
    [customerId: CustomerId, status: "Placed" | "Confirmed" | "Completed" | "Cancelled"],
    OrderOverviewRow
  >
}

const OrderOverviewViewTag: Context.ServiceClass<OrderOverviewView, "orders/OrderOverviewView", OrderOverviewQueries> =
  Context.Service<OrderOverviewView, Context.Service.Shape<typeof OrderOverviewViewTag>>()("orders/OrderOverviewView")

/** Every order with what was paid and where its parcel is: for those who look orders up. */
export class OrderOverviewView extends OrderOverviewViewTag {
  /** In memory: folded from the log at the first query. */
  static readonly layer: Layer.Layer<OrderOverviewView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make(definition)
  )
  /** From the store's tables, which `Projector.layer([OrderOverviewView.projection])` updates. */
  static readonly stored: Layer.Layer<OrderOverviewView, EventStoreError.EventStoreError, EventStore.EventStore> =
    Layer.effect(this, StoredProjection.make(definition))
  /** For `Projector.layer`. */
  static readonly projection: StoredProjection.Runnable = StoredProjection.runnable(definition)
}
