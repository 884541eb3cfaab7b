// Written by `eventfold gen` from schemas/shop/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 45487552123ac506
import { Context, Layer } from "effect"
import { type EventStore, Repository } from "eventfold"
import type { Fold } from "eventfold/generated"
import { apply } from "../order.apply.ts"
import { decide } from "../order.decide.ts"
import { OrderCodec, OrderDeclaration } from "./order.codec.ts"
import { fingerprint } from "./order.fingerprint.ts"
import type { OrderCommand, OrderEvent, OrderFailures, OrderState } from "./order.ts"
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

const OrdersTag: Context.ServiceClass<
  Orders,
  "shop/Orders",
  Repository.Repository<OrderId, OrderState, OrderEvent, OrderCommand, OrderFailures>
> = Context.Service<Orders, Context.Service.Shape<typeof OrdersTag>>()("shop/Orders")

/**
 * An order.
 *
 * From cart to door.
 */
export class Orders extends OrdersTag {
  static readonly layer: Layer.Layer<Orders, never, EventStore.EventStore> = Layer.effect(
    this,
    Repository.make({
      name: "Order",
      id: OrderDeclaration.id,
      fold: OrderFold,
      decide,
      codec: OrderCodec,
      command: OrderDeclaration.command,
      invariants: OrderDeclaration.invariants
    })
  )
}
