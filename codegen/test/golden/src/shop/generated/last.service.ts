// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed b287fde0ce18828b
import { Context, Layer } from "effect"
import {
  type EventStore,
  type EventStoreError,
  LiveProjection,
  ProjectionFold,
  Projector,
  type Rows,
  StoredProjection
} from "eventfold"
import { Last as LastDeclaration, Order as OrderDeclaration } from "../../../schemas/shop/order.ts"
import { project } from "../last.projection.ts"
import { fingerprint } from "./last.fingerprint.ts"
import { type LastEvent, type LastRow, LastTable } from "./last.ts"
import { OrderCodec } from "./order.codec.ts"
import type { OrderId } from "./values.ts"

const definition: ProjectionFold.Definition<LastRow, LastEvent, OrderId, OrderId> = {
  name: "Last",
  sources: [
    ProjectionFold.source({
      aggregate: "Order",
      id: OrderDeclaration.id,
      codec: OrderCodec.event,
      types: ["OrderPlaced"]
    })
  ],
  key: OrderDeclaration.id,
  row: LastDeclaration.row,
  projector: project,
  table: LastTable,
  fingerprint
}

/** Rows that are no struct. */
export class LastView extends Context.Service<LastView, Rows.Rows<OrderId, LastRow>>()("shop/LastView") {
  /** In memory: folded from the log when it is first asked for. */
  static readonly layer: Layer.Layer<LastView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make(definition)
  )
  /** From the store's tables, which `Projector.layer([LastView.projection])` keeps. */
  static readonly stored: Layer.Layer<LastView, EventStoreError.EventStoreError, EventStore.EventStore> = Layer.effect(
    this,
    StoredProjection.make(definition)
  )
  /** For `Projector.layer`. */
  static readonly projection: Projector.Runnable = Projector.runnable(definition)
}
