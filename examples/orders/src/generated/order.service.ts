// Written by `eventfold gen` from schemas/orders/order.ts. Do not edit: change the schema and run `eventfold gen`.
// Sealed 76424ab858552561
import { Context, Layer } from "effect"
import { type EventStore, type Fold, Repository } from "eventfold"
import { apply } from "../order.apply.ts"
import { decide } from "../order.decide.ts"
import { OrderCodec, OrderDeclaration } from "./order.codec.ts"
import { fingerprint } from "./order.fingerprint.ts"
import type { OrderCommand, OrderEvent, OrderFailures, OrderState } from "./order.ts"
import type { OrderId } from "./values.ts"

// The loop is the aggregate's own: shared by several, it would call each handler through one megamorphic site.
export const OrderFold: Fold.Fold<OrderState, OrderEvent> = {
  initial: OrderDeclaration.initial,
  apply,
  run: (state, events) => {
    for (const event of events) state = apply(state, event)
    return state
  },
  fingerprint
}

/** An order of a customer: placed, confirmed when it is paid for, completed when it is on its way; or cancelled. */
export class Orders extends Context.Service<
  Orders,
  Repository.Repository<OrderId, OrderState, OrderEvent, OrderCommand, OrderFailures>
>()("orders/Orders") {
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
