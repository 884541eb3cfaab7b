// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed ce4bb748439467d8
import { Context, Layer } from "effect"
import type { EventStore, EventStoreError, Projection } from "eventfold"
import { LiveProjection, ProjectionFold, StoredProjection } from "eventfold/generated"
import {
  ByDay as ByDayDeclaration,
  Order as OrderDeclaration,
  Parcel as ParcelDeclaration
} from "../../../schemas/shop/order.ts"
import { project } from "../by-day.projection.ts"
import { fingerprint } from "./by-day.fingerprint.ts"
import { type ByDayEvent, type ByDayKey, type ByDayRow, ByDayTable } from "./by-day.ts"
import { OrderCodec } from "./order.codec.ts"
import { ParcelCodec } from "./parcel.codec.ts"
import type { OrderId } from "./values.ts"

/** Definition of the projection, for the services that run it. */
export const definition: ProjectionFold.Definition<
  ByDayRow,
  ByDayEvent,
  string | OrderId,
  ByDayKey,
  typeof ByDayDeclaration.indexes
> = {
  name: "ByDay",
  sources: [
    ProjectionFold.source({
      aggregate: "Parcel",
      id: ParcelDeclaration.id,
      codec: ParcelCodec,
      types: ["ParcelSent"]
    }),
    ProjectionFold.source({
      aggregate: "Order",
      id: OrderDeclaration.id,
      codec: OrderCodec,
      types: ["OrderPlaced", "OrderDropped"]
    })
  ],
  key: ByDayDeclaration.key,
  row: ByDayDeclaration.row,
  bodies: project,
  table: ByDayTable,
  onFailure: "park",
  fingerprint,
  indexes: ByDayDeclaration.indexes,
  fields: ByDayDeclaration.row.fields
}

/** The rows, by key and by the declared indexes. */
export interface ByDayQueries extends Projection.Rows<ByDayKey, ByDayRow> {
  /** Rows by `day`, in the order of their keys. Its `page` and `count` take ranges. */
  readonly byDay: Projection.Lookup<[day: string], ByDayRow>
}

const ByDayViewTag: Context.ServiceClass<ByDayView, "shop/ByDayView", ByDayQueries> = Context.Service<
  ByDayView,
  Context.Service.Shape<typeof ByDayViewTag>
>()("shop/ByDayView")

/** Orders and parcels together. */
export class ByDayView extends ByDayViewTag {
  /** In memory: folded from the log at the first query. */
  static readonly layer: Layer.Layer<ByDayView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make(definition)
  )
  /** From the store's tables, which `Projector.layer([ByDayView.projection])` updates. */
  static readonly stored: Layer.Layer<ByDayView, EventStoreError.EventStoreError, EventStore.EventStore> = Layer.effect(
    this,
    StoredProjection.make(definition)
  )
  /** For `Projector.layer`. */
  static readonly projection: StoredProjection.Runnable = StoredProjection.runnable(definition)
}
