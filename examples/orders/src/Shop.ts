/** The shop put together: its services, and what serves requests and brings orders to their end. */
import { Effect, Layer } from "effect"
import { AggregateCache } from "eventfold"
import * as FulfilmentManager from "./FulfilmentManager.ts"
import { OrderOverviewView } from "./generated/order-overview.service.ts"
import { Orders } from "./generated/order.service.ts"
import { Payments } from "./generated/payment.service.ts"
import { Shipments } from "./generated/shipment.service.ts"
import * as OrdersServer from "./OrdersServer.ts"
import * as PriceList from "./PriceList.ts"

/** On whatever `EventStore` is provided. What was worked on last is kept in memory. */
export const services = Layer.mergeAll(Orders.layer, Payments.layer, Shipments.layer, OrderOverviewView.layer).pipe(
  Layer.provide([PriceList.layer, AggregateCache.layer({ capacity: 10_000 })])
)

/** Serves requests and works on orders, until it is interrupted or either can't go on. `opened` is run when it is open. */
export const run = <E, R>(opened: Effect.Effect<void, E, R>) =>
  Effect.raceFirst(Layer.launch(Layer.provide(Layer.effectDiscard(opened), OrdersServer.layer)), FulfilmentManager.run)
