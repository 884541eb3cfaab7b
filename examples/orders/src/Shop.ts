/** The shop put together: its services, and what serves requests and brings orders to their end. */
import { NodeHttpServer } from "@effect/platform-node"
import { Effect, Layer } from "effect"
import { AggregateCache, type EventStore } from "eventfold"
import { Bookmark } from "./Bookmark.ts"
import * as EarlyRequests from "./EarlyRequests.ts"
import * as FulfilmentManager from "./FulfilmentManager.ts"
import { OrderOverviewView } from "./generated/order-overview.service.ts"
import { Orders } from "./generated/order.service.ts"
import { Payments } from "./generated/payment.service.ts"
import { Shipments } from "./generated/shipment.service.ts"
import * as OrdersServer from "./OrdersServer.ts"
import * as PriceList from "./PriceList.ts"

/** Needs an `EventStore`. Keeps recently used aggregates in memory. */
export const services = Layer.mergeAll(Orders.layer, Payments.layer, Shipments.layer, OrderOverviewView.layer).pipe(
  Layer.provide([PriceList.layer, AggregateCache.layer({ capacity: 10_000 })])
)

/**
 * Serves requests and works on orders, until it is interrupted or either can't go on. `opened` is
 * run when it is open.
 */
const run = <E, R>(opened: Effect.Effect<void, E, R>) =>
  Effect.raceFirst(Layer.launch(Layer.provide(Layer.effectDiscard(opened), OrdersServer.layer)), FulfilmentManager.run)

/** Options of the shop. */
export interface Options<StoreError, E, R> {
  readonly store: Layer.Layer<EventStore.EventStore, StoreError>
  /** The file of the process manager's bookmark. */
  readonly bookmark: string
  /** The port of the server; 0 selects a free one. */
  readonly port: number
  readonly opened: Effect.Effect<void, E, R>
}

/**
 * The shop on a store, until it is interrupted.
 *
 * The order counts: what is provided last is built first, and ends last. So the store is open
 * before the server listens, and until then a connection is refused, which clients and load
 * balancers understand; at the end the server has let go of its port before the store closes. The
 * other way round, requests would be taken that nothing can answer yet.
 */
export const serve = <StoreError, E, R>({ bookmark, opened, port, store }: Options<StoreError, E, R>) =>
  run(opened).pipe(
    Effect.provide(NodeHttpServer.layer(EarlyRequests.createServer, { port, host: "127.0.0.1" })),
    Effect.provide(Layer.mergeAll(services, Bookmark.layer(bookmark)).pipe(Layer.provideMerge(store)))
  )
