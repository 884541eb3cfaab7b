// Written by `eventfold gen` from schemas/depot/stock.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed c19f4925977d3cfd
import { Context, Layer } from "effect"
import { type EventStore, LiveProjection } from "eventfold"
import { Outlook as OutlookDeclaration, Stock as StockDeclaration } from "../../../schemas/depot/stock.ts"
import { Order as OrderDeclaration } from "../../../schemas/shop/order.ts"
import { OrderCodec } from "../../shop/generated/order.codec.ts"
import type { OrderId } from "../../shop/generated/values.ts"
import { project } from "../outlook.projection.ts"
import type { OutlookEvent, OutlookKey, OutlookRow } from "./outlook.ts"
import { StockCodec } from "./stock.codec.ts"
import type { StockId } from "./values.ts"

/** Orders against stock. */
export class OutlookView extends Context.Service<OutlookView, LiveProjection.Rows<OutlookKey, OutlookRow>>()(
  "depot/OutlookView"
) {
  static readonly layer: Layer.Layer<OutlookView, never, EventStore.EventStore> = Layer.effect(
    this,
    LiveProjection.make<OutlookRow, OutlookEvent, StockId | OrderId, OutlookKey>({
      name: "Outlook",
      sources: [
        LiveProjection.source({
          aggregate: "Stock",
          id: StockDeclaration.id,
          codec: StockCodec.event,
          types: ["StockMoved"]
        }),
        LiveProjection.source({
          aggregate: "Order",
          id: OrderDeclaration.id,
          codec: OrderCodec.event,
          types: ["OrderPlaced"]
        })
      ],
      key: OutlookDeclaration.key,
      projector: project
    })
  )
}
