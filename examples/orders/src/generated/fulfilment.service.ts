// Written by `eventfold gen` from schemas/orders/fulfilment.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 3afedfec816ed5b9
import { Context, Layer } from "effect"
import type { EventStore, EventStoreError, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredProjection } from "eventfold/generated"
import { Fulfilment as FulfilmentDeclaration } from "schemas/orders/fulfilment.ts"
import { Order as OrderDeclaration } from "schemas/orders/order.ts"
import { Payment as PaymentDeclaration } from "schemas/orders/payment.ts"
import { Shipment as ShipmentDeclaration } from "schemas/orders/shipment.ts"
import { project } from "../fulfilment.projection.ts"
import { fingerprint } from "./fulfilment.fingerprint.ts"
import { type FulfilmentEvent, type FulfilmentKey, type FulfilmentRow, FulfilmentTable } from "./fulfilment.ts"
import { OrderCodec } from "./order.codec.ts"
import { PaymentCodec } from "./payment.codec.ts"
import { ShipmentCodec } from "./shipment.codec.ts"
import type { OrderId } from "./values.ts"

/** Definition of the projection, for the services that run it. */
export const definition: ProjectionFold.Definition<FulfilmentRow, FulfilmentEvent, OrderId, FulfilmentKey> = {
  name: "Fulfilment",
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
  key: FulfilmentDeclaration.key,
  row: FulfilmentDeclaration.row,
  bodies: project,
  table: FulfilmentTable,
  fingerprint
}

const FulfilmentViewTag: Context.ServiceClass<
  FulfilmentView,
  "orders/FulfilmentView",
  Projection.Rows<FulfilmentKey, FulfilmentRow>
> = Context.Service<FulfilmentView, Context.Service.Shape<typeof FulfilmentViewTag>>()("orders/FulfilmentView")

/** The progress of each order; a finished order has no row. */
export class FulfilmentView extends FulfilmentViewTag {
  /** In memory: folded from the log at the first query. */
  static readonly layer: Layer.Layer<FulfilmentView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make(definition)
  )
  /** From the store's tables, which `Projector.layer([FulfilmentView.projection])` updates. */
  static readonly stored: Layer.Layer<FulfilmentView, EventStoreError.EventStoreError, EventStore.EventStore> =
    Layer.effect(this, StoredProjection.make(definition))
  /** For `Projector.layer`. */
  static readonly projection: StoredProjection.Runnable = StoredProjection.runnable(definition)
}
