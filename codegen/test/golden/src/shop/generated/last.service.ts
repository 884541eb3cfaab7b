// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed a1ce5fd14b5a7f76
import { Context, Layer } from "effect"
import type { EventStore, EventStoreError, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredProjection } from "eventfold/generated"
import { Last as LastDeclaration, Order as OrderDeclaration } from "../../../schemas/shop/order.ts"
import { project } from "../last.projection.ts"
import { fingerprint } from "./last.fingerprint.ts"
import { type LastEvent, type LastRow, LastTable } from "./last.ts"
import { OrderCodec } from "./order.codec.ts"
import type { OrderId } from "./values.ts"

/** Definition of the projection, for the services that run it. */
export const definition: ProjectionFold.Definition<LastRow, LastEvent, OrderId, OrderId> = {
  name: "Last",
  sources: [
    ProjectionFold.source({
      aggregate: "Order",
      id: OrderDeclaration.id,
      codec: OrderCodec,
      types: ["OrderPlaced"]
    })
  ],
  key: OrderDeclaration.id,
  row: LastDeclaration.row,
  bodies: project,
  table: LastTable,
  isKeyedByStream: true,
  fingerprint
}

const LastViewTag: Context.ServiceClass<LastView, "shop/LastView", Projection.Rows<OrderId, LastRow>> = Context.Service<
  LastView,
  Context.Service.Shape<typeof LastViewTag>
>()("shop/LastView")

/** Rows that are no struct. */
export class LastView extends LastViewTag {
  /** In memory: folded from the log at the first query. */
  static readonly layer: Layer.Layer<LastView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make(definition)
  )
  /** From the store's tables, which `Projector.layer([LastView.projection])` updates. */
  static readonly stored: Layer.Layer<LastView, EventStoreError.EventStoreError, EventStore.EventStore> = Layer.effect(
    this,
    StoredProjection.make(definition)
  )
  /** For `Projector.layer`. */
  static readonly projection: StoredProjection.Runnable = StoredProjection.runnable(definition)
}
