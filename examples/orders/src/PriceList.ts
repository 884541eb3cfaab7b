/** What the shop's articles cost today. */
import { Context, Layer } from "effect"
import { Amount } from "schemas/orders/money.ts"
import { Sku } from "schemas/orders/order.ts"
import type { Cents } from "./generated/values.ts"

/** Prices by article. What an order was placed at is in its event: prices may change. */
export class PriceList extends Context.Service<PriceList, ReadonlyMap<Sku, Cents>>()("orders/PriceList") {
  static readonly layer: Layer.Layer<PriceList> = Layer.succeed(
    this,
    new Map([
      [Sku.make("teapot"), Amount.make(3_450)],
      [Sku.make("cup"), Amount.make(790)],
      [Sku.make("green-tea"), Amount.make(1_290)],
      [Sku.make("samovar"), Amount.make(48_900)]
    ])
  )
}
