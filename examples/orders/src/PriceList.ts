/** Today's prices of the shop's articles: the fact that orders are decided with. */
import { Effect, Layer } from "effect"
import { Amount } from "schemas/orders/money.ts"
import { Sku } from "schemas/orders/order.ts"
import { OrderFactSource } from "./generated/order.service.ts"

const prices = new Map([
  [Sku.make("teapot"), Amount.make(3_450)],
  [Sku.make("cup"), Amount.make(790)],
  [Sku.make("green-tea"), Amount.make(1_290)],
  [Sku.make("samovar"), Amount.make(48_900)]
])

/** Prices may change: what an order was placed at is in its event. */
export const layer: Layer.Layer<OrderFactSource> = Layer.succeed(OrderFactSource, {
  prices: ({ command }) => Effect.succeed(command.items.map(({ sku }) => prices.get(sku) ?? null))
})
