// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed fabf4c8669d83b50
import { Context, Layer } from "effect"
import { type EventStore, LiveProjection } from "eventfold"
import {
  ByDay as ByDayDeclaration,
  Order as OrderDeclaration,
  Parcel as ParcelDeclaration
} from "../../../schemas/shop/order.ts"
import { project } from "../by-day.projection.ts"
import type { ByDayEvent, ByDayKey, ByDayRow } from "./by-day.ts"
import { OrderCodec } from "./order.codec.ts"
import { ParcelCodec } from "./parcel.codec.ts"
import type { OrderId } from "./values.ts"

/** The rows, by key and by what else is declared to find them by. */
export interface ByDayQueries extends LiveProjection.Rows<ByDayKey, ByDayRow> {
  /** Rows by `day`, in the order in which they came to have just that. */
  readonly byDay: LiveProjection.Lookup<[day: string], ByDayRow>
}

/** Orders and parcels together. */
export class ByDayView extends Context.Service<ByDayView, ByDayQueries>()("shop/ByDayView") {
  static readonly layer: Layer.Layer<ByDayView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make<ByDayRow, ByDayEvent, string | OrderId, ByDayKey, typeof ByDayDeclaration.indexes>({
      name: "ByDay",
      sources: [
        LiveProjection.source({
          aggregate: "Parcel",
          id: ParcelDeclaration.id,
          codec: ParcelCodec.event,
          types: ["ParcelSent"]
        }),
        LiveProjection.source({
          aggregate: "Order",
          id: OrderDeclaration.id,
          codec: OrderCodec.event,
          types: ["OrderPlaced", "OrderDropped"]
        })
      ],
      key: ByDayDeclaration.key,
      projector: project,
      indexes: ByDayDeclaration.indexes,
      fields: ByDayDeclaration.row.fields
    })
  )
}
