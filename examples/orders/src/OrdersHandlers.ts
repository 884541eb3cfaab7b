/**
 * Answers requests: each endpoint of `OrdersApi`, as commands and queries of the generated
 * services.
 */
import { Effect, Equal, Layer, Stream } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { EventId, type EventStoreError, type History, type Repository } from "eventfold"
import * as ApiError from "./ApiError.ts"
import { OrderOverviewView } from "./generated/order-overview.service.ts"
import { Orders } from "./generated/order.service.ts"
import { OrderPlaced, PlaceOrder } from "./generated/order.ts"
import { Payments } from "./generated/payment.service.ts"
import { CapturePayment, DeclinePayment, PaymentCaptured, PaymentDeclined } from "./generated/payment.ts"
import { Shipments } from "./generated/shipment.service.ts"
import { DispatchShipment, FailShipment, ShipmentDispatched, ShipmentFailed } from "./generated/shipment.ts"
import type { OrderId } from "./generated/values.ts"
import { OrdersApi } from "./OrdersApi.ts"

/**
 * A request that takes longer is answered with "try again": a retry with the same key settles it.
 */
const timeout = "10 seconds"

const options = (orderId: OrderId, actor: string, key: string | undefined): Repository.ExecuteOptions => ({
  ...(key === undefined ? {} : { commandId: `http/${key}` }),
  timeout,
  metadata: { correlationId: orderId, actor }
})

/**
 * The result of a request. If its key was used before, the result of that use, which must have been
 * the same request.
 */
const answer = <State, Event extends { readonly _tag: string }, Wanted extends Event>(
  orderId: OrderId,
  { events, repeated, state, version }: Repository.Executed<State, Event>,
  isWanted: (event: { readonly _tag: string }) => event is Wanted,
  fits: (event: Wanted) => boolean
) => {
  const wanted = events.filter((event): event is Wanted => isWanted(event) && fits(event))
  return wanted.length === events.length
    ? Effect.succeed({ orderId, version, repeated, events: wanted, state })
    : Effect.fail(new ApiError.IdempotencyKeyReused())
}

const step = <Aggregate extends string, State, Event>(
  aggregate: Aggregate,
  { difference, event, metadata, recorded }: History.Step<State, Event>
) => {
  const { position, recordedAt, version } = recorded
  return { aggregate, version, position, recordedAt, event, changes: difference, ...metadata }
}

const orders = HttpApiBuilder.group(
  OrdersApi,
  "orders",
  Effect.fnUntraced(function* (handlers) {
    const orders = yield* Orders
    const payments = yield* Payments
    const shipments = yield* Shipments
    const overview = yield* OrderOverviewView

    return handlers.handleAll({
      place: Effect.fnUntraced(function* ({ headers, payload }) {
        const { address, customerId, items } = payload
        const key = headers["idempotency-key"]
        // The same customer's same key is the same order.
        const id = key === undefined ? yield* EventId.make : EventId.derive(`orders of ${customerId}`, key)(0)
        const orderId = id as OrderId
        const placed = yield* orders
          .execute(orderId, PlaceOrder.make(payload), options(orderId, customerId, key))
          .pipe(
            Effect.catchTag("EventStoreError", ApiError.orLater),
            Effect.catchTag("FactUnavailable", ApiError.withoutFact)
          )
        return yield* answer(
          orderId,
          placed,
          OrderPlaced.is,
          (event) =>
            Equal.equals(event.address, address) &&
            Equal.equals(
              event.lines.map(({ quantity, sku }) => ({ sku, quantity })),
              items.map(({ quantity, sku }) => ({ sku, quantity }))
            )
        )
      }),

      read: Effect.fnUntraced(
        function* ({ params: { orderId }, query: { asOf } }) {
          const [order, payment, shipment] = yield* asOf === undefined
            ? Effect.all([orders.load(orderId), payments.load(orderId), shipments.load(orderId)])
            : Effect.all([
                orders.loadAsOf(orderId, asOf),
                payments.loadAsOf(orderId, asOf),
                shipments.loadAsOf(orderId, asOf)
              ])
          if (order.version === 0) return yield* new ApiError.OrderNotFound({ orderId })
          return {
            orderId,
            version: order.version,
            ...order.state,
            payment: { version: payment.version, ...payment.state },
            shipment: { version: shipment.version, ...shipment.state }
          }
        },
        Effect.catchTag("EventStoreError", ApiError.orLater)
      ),

      history: Effect.fnUntraced(
        function* ({ params: { orderId } }) {
          const steps = yield* Effect.all([
            Stream.runCollect(Stream.map(orders.history(orderId), (one) => step("Order", one))),
            Stream.runCollect(Stream.map(payments.history(orderId), (one) => step("Payment", one))),
            Stream.runCollect(Stream.map(shipments.history(orderId), (one) => step("Shipment", one)))
          ])
          if (steps[0].length === 0) return yield* new ApiError.OrderNotFound({ orderId })
          return steps.flat().sort((a, b) => a.position - b.position)
        },
        Effect.catchTag("EventStoreError", ApiError.orLater)
      ),

      list: Effect.fnUntraced(
        function* ({ params: { customerId }, query: { status } }) {
          return yield* status === undefined
            ? overview.byCustomer(customerId)
            : overview.byCustomerAndStatus(customerId, status)
        },
        Effect.catchTag("EventStoreError", ApiError.orLater),
        Effect.catchTags({ ProjectionFailed: Effect.die, RowInvalid: Effect.die })
      )
    })
  })
)

/** A payment or a shipment without events: its order has not reached it, or does not exist. */
const orNotFound = <Refusal>(
  orders: Orders["Service"],
  orderId: OrderId,
  refusal: Refusal
): Effect.Effect<never, Refusal | ApiError.OrderNotFound | EventStoreError.EventStoreError> =>
  Effect.flatMap(orders.load(orderId), ({ version }) =>
    Effect.fail(version === 0 ? new ApiError.OrderNotFound({ orderId }) : refusal)
  )

const payments = HttpApiBuilder.group(
  OrdersApi,
  "payments",
  Effect.fnUntraced(function* (handlers) {
    const orders = yield* Orders
    const payments = yield* Payments

    return handlers.handleAll({
      capture: ({ headers, params: { orderId }, payload: { amount } }) =>
        payments
          .execute(
            orderId,
            CapturePayment.make({ amount }),
            options(orderId, "payment provider", headers["idempotency-key"])
          )
          .pipe(
            Effect.catchTag("PaymentNotRequested", (refusal) => orNotFound(orders, orderId, refusal)),
            Effect.catchTag("EventStoreError", ApiError.orLater),
            Effect.flatMap((executed) =>
              answer(orderId, executed, PaymentCaptured.is, (event) => event.amount === amount)
            )
          ),

      decline: ({ headers, params: { orderId }, payload: { reason } }) =>
        payments
          .execute(
            orderId,
            DeclinePayment.make({ reason }),
            options(orderId, "payment provider", headers["idempotency-key"])
          )
          .pipe(
            Effect.catchTag("PaymentNotRequested", (refusal) => orNotFound(orders, orderId, refusal)),
            Effect.catchTag("EventStoreError", ApiError.orLater),
            Effect.flatMap((executed) =>
              answer(orderId, executed, PaymentDeclined.is, (event) => event.reason === reason)
            )
          )
    })
  })
)

const shipments = HttpApiBuilder.group(
  OrdersApi,
  "shipments",
  Effect.fnUntraced(function* (handlers) {
    const orders = yield* Orders
    const shipments = yield* Shipments

    return handlers.handleAll({
      dispatch: ({ headers, params: { orderId }, payload: { carrier, tracking } }) =>
        shipments
          .execute(
            orderId,
            DispatchShipment.make({ carrier, tracking }),
            options(orderId, "warehouse", headers["idempotency-key"])
          )
          .pipe(
            Effect.catchTag("ShipmentNotPrepared", (refusal) => orNotFound(orders, orderId, refusal)),
            Effect.catchTag("EventStoreError", ApiError.orLater),
            Effect.flatMap((executed) =>
              answer(
                orderId,
                executed,
                ShipmentDispatched.is,
                (event) => event.carrier === carrier && event.tracking === tracking
              )
            )
          ),

      fail: ({ headers, params: { orderId }, payload: { reason } }) =>
        shipments
          .execute(orderId, FailShipment.make({ reason }), options(orderId, "warehouse", headers["idempotency-key"]))
          .pipe(
            Effect.catchTag("ShipmentNotPrepared", (refusal) => orNotFound(orders, orderId, refusal)),
            Effect.catchTag("EventStoreError", ApiError.orLater),
            Effect.flatMap((executed) =>
              answer(orderId, executed, ShipmentFailed.is, (event) => event.reason === reason)
            )
          )
    })
  })
)

/** All of the API, on the services. */
export const layer = Layer.mergeAll(orders, payments, shipments)
