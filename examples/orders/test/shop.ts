/** The shop for tests: on a store in memory, or over HTTP. */
import { NodeHttpServer, NodeServices } from "@effect/platform-node"
import { DateTime, Effect, Layer, Stream } from "effect"
import { FetchHttpClient, HttpServer } from "effect/http"
import { EventStore, MemoryEventStore } from "eventfold"
import { mkdtempSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Amount } from "schemas/orders/money.ts"
import { CustomerId, OrderId, Sku } from "schemas/orders/order.ts"
import { Bookmark } from "../src/Bookmark.ts"
import { Orders } from "../src/generated/order.service.ts"
import { PlaceOrder } from "../src/generated/order.ts"
import * as OrdersClient from "../src/OrdersClient.ts"
import * as OrdersServer from "../src/OrdersServer.ts"
import * as Shop from "../src/Shop.ts"

export const address = { name: "Ada", street: "1 Analytical Way", city: "London", country: "GB" }
export const customerId = CustomerId.make("ada")
export const item = { sku: Sku.make("teapot"), quantity: 1 }
export const total = Amount.make(3_450)
/** The item at its price. */
export const teapot = { ...item, unitPrice: total }

/** The services on a store of their own in memory. */
export const inMemory = () => Layer.provideMerge(Shop.services, Layer.fresh(MemoryEventStore.layer))

/** A folder that is removed at the end, even if a process is still writing into it. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "orders-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, maxRetries: 20, retryDelay: 20 }))
)

/** A bookmark in a file of its own. */
export const bookmark = Layer.unwrap(Effect.map(folder, (path) => Bookmark.layer(join(path, "fulfilment.json")))).pipe(
  Layer.provide(NodeServices.layer)
)

export const place = (id: string) =>
  Effect.gen(function* () {
    const orders = yield* Orders
    const orderId = OrderId.make(id)
    yield* orders.execute(orderId, PlaceOrder.make({ customerId, items: [item], address }))
    return orderId
  })

/** Waits in real time, independent of the test's clock. */
export const pause = Effect.promise(() => new Promise<void>((resolve) => setTimeout(resolve, 5)))

/** The events of an order, aggregate by aggregate, in the order of the log. */
export const happened = (id: string) =>
  EventStore.EventStore.use((store) =>
    store.readAll().pipe(
      Stream.filter(({ stream }) => stream.endsWith(`-${id}`)),
      Stream.map(({ type }) => type),
      Stream.runCollect
    )
  )

/** Waits until an order's event is in the log, so many times. */
export const seen = (id: string, type: string, times = 1) =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 600; tries++) {
      if ((yield* happened(id)).filter((other) => other === type).length >= times) return
      yield* pause
    }
    throw new Error(`${id} has no ${type}, only ${(yield* happened(id)).join(", ")}`)
  })

/** Serves the API on a free port, and gives a client of it. */
export const served = Effect.gen(function* () {
  yield* Layer.build(OrdersServer.layer)
  const url = yield* HttpServer.addressFormattedWith(Effect.succeed)
  return { url, client: yield* OrdersClient.make(url) }
})

export const http = Layer.mergeAll(
  NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }),
  FetchHttpClient.layer
)

export const now = DateTime.makeUnsafe("2026-03-01T12:00:00Z")
