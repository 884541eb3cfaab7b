import { Schema } from "effect"
import { Aggregate, Projection } from "eventfold"
import { Order } from "../shop/order.ts"
import { Category, OrderId } from "../shop/values.ts"

export const Stock = Aggregate.make("Stock", {
  id: Schema.NonEmptyString.pipe(Schema.brand("StockId")),
  state: Schema.Struct({ n: Schema.Int }),
  initial: { n: 0 },
  events: { StockMoved: { by: Schema.Int } },
  errors: {},
  commands: { Move: { payload: {}, emits: ["StockMoved"], fails: [] } }
})

/** Orders against stock. */
export const Outlook = Projection.make("Outlook", {
  from: [Stock, Projection.events(Order, "OrderPlaced")],
  key: Schema.String,
  row: Schema.Struct({ n: Schema.Int, last: Schema.optionalKey(OrderId), of: Schema.optionalKey(Category) })
})
export const PlacedOrders = Projection.make("PlacedOrders", {
  from: [Projection.events(Order, "OrderPlaced")],
  key: "streamId",
  row: Schema.Struct({ n: Schema.Int })
})
