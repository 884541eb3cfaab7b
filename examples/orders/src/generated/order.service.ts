// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 6678bbe55c40b0d4
import { Context, Layer } from "effect"
import { type Decider, type EventStore, Repository } from "eventfold"
import type { Fold } from "eventfold/generated"
import { apply } from "../order.apply.ts"
import { decide } from "../order.decide.ts"
import { OrderCodec, OrderDeclaration } from "./order.codec.ts"
import { fingerprint } from "./order.fingerprint.ts"
import type { OrderCommand, OrderEvent, OrderFacts, OrderFailures, OrderState, PlaceOrder } from "./order.ts"
import type { OrderId } from "./values.ts"

// Each aggregate has its own loop: a shared one would call the handlers of all aggregates from one megamorphic call site.
export const OrderFold: Fold.Fold<OrderState, OrderEvent> = {
  initial: OrderDeclaration.initial,
  apply,
  run: (state, events) => {
    for (const event of events) state = apply(state, event)
    return state
  },
  fingerprint
}

type OrderFactSourceShape = {
  /** Today's price of each article of an order; null for an article that the shop does not have. */
  readonly prices: Decider.Ask<OrderId, PlaceOrder, OrderFacts["prices"]>
}

const OrderFactSourceTag: Context.ServiceClass<OrderFactSource, "orders/OrderFactSource", OrderFactSourceShape> =
  Context.Service<OrderFactSource, Context.Service.Shape<typeof OrderFactSourceTag>>()("orders/OrderFactSource")

/** Source of the facts for the commands of Order. Each fact is fetched once for a command, before its decision. */
export class OrderFactSource extends OrderFactSourceTag {}

const OrdersTag: Context.ServiceClass<
  Orders,
  "orders/Orders",
  Repository.Repository<OrderId, OrderState, OrderEvent, OrderCommand, OrderFailures, "PlaceOrder">
> = Context.Service<Orders, Context.Service.Shape<typeof OrdersTag>>()("orders/Orders")

/**
 * An order of a customer: placed, confirmed when it is paid for, completed when it is on its way;
 * or cancelled.
 */
export class Orders extends OrdersTag {
  static readonly layer: Layer.Layer<Orders, never, EventStore.EventStore | OrderFactSource> = Layer.effect(
    this,
    OrderFactSource.use((ask) =>
      Repository.make<
        OrderId,
        OrderState,
        OrderCommand,
        OrderEvent,
        OrderFailures,
        "PlaceOrder",
        Decider.Facts & OrderFacts
      >({
        name: "Order",
        id: OrderDeclaration.id,
        fold: OrderFold,
        decide,
        codec: OrderCodec,
        command: OrderDeclaration.command,
        invariants: OrderDeclaration.invariants,
        facts: { flow: OrderDeclaration.flow, schemas: OrderDeclaration.facts, ask }
      })
    )
  )
}
