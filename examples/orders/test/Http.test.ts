/**
 * The API over HTTP, asked by the typed client and by hand: what is answered, with which status.
 */
import { describe, expect, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Stream } from "effect"
import { Decider, EventStore, EventStoreError } from "eventfold"
import { Amount } from "schemas/orders/money.ts"
import { CustomerId } from "schemas/orders/order.ts"
import * as FulfilmentManager from "../src/FulfilmentManager.ts"
import { OrderFactSource, Orders } from "../src/generated/order.service.ts"
import { Payments } from "../src/generated/payment.service.ts"
import { RequestPayment } from "../src/generated/payment.ts"
import * as Shop from "../src/Shop.ts"
import { address, bookmark, customerId, http, inMemory, item, now, place, seen, served, total } from "./shop.ts"

const shop = () => Layer.merge(inMemory(), http)
const order = { customerId, address, items: [item] }
const keyed = (key: string) => ({ "idempotency-key": key })
const parcel = { carrier: "Post", tracking: "P-1" }

/** Status, headers and body of a request that is made by hand. */
const ask = (url: string, path: string, body?: unknown) =>
  Effect.promise(async () => {
    const init =
      body === undefined
        ? {}
        : {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: typeof body === "string" ? body : JSON.stringify(body)
          }
    const response = await fetch(url + path, init)
    const text = await response.text()
    const isJson = response.headers.get("content-type")?.includes("json") ?? false
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined }
  })

describe("the API", () => {
  it.live("takes an order from its placing to its end", () =>
    Effect.gen(function* () {
      const { client } = yield* served
      yield* Effect.forkChild(FulfilmentManager.run)
      const placed = yield* client.orders.place({ headers: {}, payload: order })
      expect(placed.state).toMatchObject({ status: "Placed", total })
      const params = { orderId: placed.orderId }
      yield* seen(placed.orderId, "PaymentRequested")
      yield* client.payments.capture({ params, headers: {}, payload: { amount: total } })
      yield* seen(placed.orderId, "ShipmentPrepared")
      const dispatched = yield* client.shipments.dispatch({ params, headers: {}, payload: parcel })
      expect(dispatched).toMatchObject({ version: 2, repeated: false, state: { status: "Dispatched" } })
      yield* seen(placed.orderId, "OrderCompleted")
      expect(yield* client.orders.read({ params, query: {} })).toMatchObject({
        status: "Completed",
        payment: { status: "Captured", captured: total, refunded: 0 },
        shipment: { status: "Dispatched", tracking: "P-1" }
      })
    }).pipe(Effect.provide(bookmark), Effect.provide(shop()))
  )

  it.live("returns the history of an order, and its state at a time", () =>
    Effect.gen(function* () {
      const { client } = yield* served
      const { orderId } = yield* client.orders.place({ headers: keyed("mine"), payload: order })
      const payments = yield* Payments
      const params = { orderId }
      yield* Effect.sleep("5 millis")
      yield* payments.execute(orderId, RequestPayment.make({ amount: total, dueBy: now }))
      yield* Effect.sleep("5 millis")
      yield* client.payments.decline({ params, headers: {}, payload: { reason: "card expired" } })

      const history = yield* client.orders.history({ params })
      expect(history.map(({ aggregate, event }) => `${aggregate}: ${event._tag}`)).toEqual([
        "Order: OrderPlaced",
        "Payment: PaymentRequested",
        "Payment: PaymentDeclined"
      ])
      expect(history[0]).toMatchObject({ actor: "ada", causationId: "http/mine", correlationId: orderId })
      expect(history[1]?.event).toMatchObject({ dueBy: now })
      expect(history[2]?.changes).toEqual([{ op: "replace", path: "/status", value: "Declined" }])

      const asOf = history[1]!.recordedAt
      const then = yield* client.orders.read({ params, query: { asOf } })
      expect(then.payment).toMatchObject({ version: 1, status: "Requested" })
      const before = yield* Effect.flip(client.orders.read({ params, query: { asOf: DateTime.makeUnsafe(0) } }))
      expect(before).toMatchObject({ _tag: "OrderNotFound", orderId })
    }).pipe(Effect.provide(shop()))
  )

  it.live("lists a customer's orders, all of them or those of a status", () =>
    Effect.gen(function* () {
      const { client } = yield* served
      const other = CustomerId.make("grace")
      for (const [customer, key] of [
        [customerId, "1"],
        [other, "1"],
        [customerId, "2"]
      ] as const) {
        yield* client.orders.place({ headers: keyed(key), payload: { ...order, customerId: customer } })
      }
      const list = (customer: CustomerId, status?: "Placed" | "Completed") =>
        client.orders.list({ params: { customerId: customer }, query: status === undefined ? {} : { status } })
      expect((yield* list(customerId)).map((row) => row.customerId)).toEqual(["ada", "ada"])
      expect(yield* list(other, "Placed")).toHaveLength(1)
      expect(yield* list(other, "Completed")).toEqual([])
    }).pipe(Effect.provide(shop()))
  )

  it.live("gives the first answer again under the same key, and nothing happens twice", () =>
    Effect.gen(function* () {
      const { client } = yield* served
      const place = () => client.orders.place({ headers: keyed("k"), payload: order })
      const first = yield* place()
      const again = yield* place()
      expect(again).toEqual({ ...first, repeated: true })
      const reused = client.orders.place({
        headers: keyed("k"),
        payload: { ...order, items: [{ ...item, quantity: 2 }] }
      })
      expect(yield* Effect.flip(reused)).toMatchObject({ _tag: "IdempotencyKeyReused" })

      const payments = yield* Payments
      const params = { orderId: first.orderId }
      yield* payments.execute(first.orderId, RequestPayment.make({ amount: total, dueBy: now }))
      const capture = (cents: number) =>
        client.payments.capture({ params, headers: keyed("c"), payload: { amount: Amount.make(cents) } })
      const captured = yield* capture(450)
      expect(captured).toMatchObject({ version: 2, repeated: false, state: { captured: 450 } })
      expect(yield* capture(450)).toEqual({ ...captured, repeated: true })
      expect(yield* Effect.flip(capture(451))).toMatchObject({ _tag: "IdempotencyKeyReused" })
      const decline = client.payments.decline({ params, headers: keyed("c"), payload: { reason: "no" } })
      expect(yield* Effect.flip(decline)).toMatchObject({ _tag: "IdempotencyKeyReused" })
      expect((yield* payments.load(first.orderId)).version).toBe(2)
    }).pipe(Effect.provide(shop()))
  )
})

describe("a refusal", () => {
  it.live("has the status that tells what kind it is, and the domain's error as its body", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const orderId = yield* place("o-1")
      const dear = {
        ...order,
        items: Array.from({ length: 20 }, () => ({ sku: "samovar", quantity: 100 }))
      }
      const at = (path: string) => `/orders/${orderId}/${path}`
      const expected = [
        [at("payment/captures"), { amount: 1 }, 409, { _tag: "PaymentNotRequested" }],
        [at("shipment/dispatch"), parcel, 409, { _tag: "ShipmentNotPrepared" }],
        ["/orders/o-2/payment/captures", { amount: 1 }, 404, { _tag: "OrderNotFound", orderId: "o-2" }],
        ["/orders/o-2/shipment/fail", { reason: "lost" }, 404, { _tag: "OrderNotFound", orderId: "o-2" }],
        ["/orders/o-2", undefined, 404, { _tag: "OrderNotFound", orderId: "o-2" }],
        ["/orders/o-2/history", undefined, 404, { _tag: "OrderNotFound", orderId: "o-2" }],
        [
          "/orders",
          { ...order, items: [{ sku: "kettle", quantity: 1 }] },
          422,
          { _tag: "UnknownArticle", sku: "kettle" }
        ],
        ["/orders", dear, 422, { _tag: "OrderTooLarge", total: 97_800_000, most: 10_000_000 }]
      ] as const
      for (const [path, body, status, error] of expected) {
        const answer = yield* ask(url, path, body)
        expect({ path, status: answer.status, body: answer.body }).toEqual({ path, status, body: error })
      }
      const payments = yield* Payments
      yield* payments.execute(orderId, RequestPayment.make({ amount: total, dueBy: now }))
      const tooMuch = yield* ask(url, at("payment/captures"), { amount: total + 1 })
      expect(tooMuch).toMatchObject({
        status: 422,
        body: { _tag: "CaptureExceedsOutstanding", amount: total + 1, outstanding: total }
      })
    }).pipe(Effect.provide(shop()))
  )

  it.live("of a request that does not fit says where and why", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const expected = [
        ["/orders/o-1/payment/captures", { amount: 1.5 }, ["payload", "amount"], "Expected an integer"],
        ["/orders/o-1/payment/captures", {}, ["payload", "amount"], "Missing key"],
        ["/orders/o-1/payment/captures", "{", ["payload"], "Expected a valid JSON body"],
        ["/orders/o-1?asOf=yesterday", undefined, ["query", "asOf"], "Expected a valid UTC DateTime string"],
        ["/orders", { ...order, items: [] }, ["payload", "items"], "Expected a value with a length of at least 1"]
      ] as const
      for (const [path, body, where, why] of expected) {
        const answer = yield* ask(url, path, body)
        expect({ path, status: answer.status, errors: answer.body.errors }).toEqual({
          path,
          status: 400,
          errors: [{ path: where, message: why }]
        })
      }
    }).pipe(Effect.provide(shop()))
  )

  const failing = (reason: EventStoreError.Reason) =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      const append = () => Effect.fail(new EventStoreError.EventStoreError({ reason }))
      const own = Layer.succeed(EventStore.EventStore, { ...store, append })
      return yield* Effect.gen(function* () {
        const { client, url } = yield* served
        const placing = Effect.flip(client.orders.place({ headers: keyed("k"), payload: order }))
        return { answer: yield* ask(url, "/orders", order), error: yield* placing }
      }).pipe(Effect.provide(Layer.fresh(Layer.provideMerge(Shop.services, own))))
    }).pipe(Effect.provide(shop()))

  it.live("of a store that is busy or away says when to try again", () =>
    Effect.gen(function* () {
      for (const reason of [
        EventStoreError.EventStoreError.overloaded({ waiting: 10_000 }).reason,
        EventStoreError.EventStoreError.unavailable({ problem: "no server answers", retryable: true }).reason,
        EventStoreError.EventStoreError.timedOut({ operation: "Order.execute", milliseconds: 10_000 }).reason
      ]) {
        const { answer, error } = yield* failing(reason)
        expect(answer.status).toBe(503)
        expect(answer.headers.get("retry-after")).toBe("1")
        expect(answer.body).toEqual({ _tag: "TryAgainLater", problem: reason.message })
        expect(error).toMatchObject({ _tag: "TryAgainLater", problem: reason.message, after: 1 })
      }
    })
  )

  it.live("of a price that is not available is reported too, and no order is placed", () =>
    Effect.gen(function* () {
      const closed = Layer.succeed(OrderFactSource, {
        prices: () =>
          Effect.fail(new Decider.FactUnavailable({ fact: "prices", problem: "the price list is being printed" }))
      })
      yield* Effect.gen(function* () {
        const { url } = yield* served
        const answer = yield* ask(url, "/orders", order)
        expect(answer).toMatchObject({ status: 503, body: { _tag: "TryAgainLater" } })
        expect(answer.body.problem).toContain("the price list is being printed")
        const store = yield* EventStore.EventStore
        expect(yield* Stream.runCount(store.readAll())).toBe(0)
      }).pipe(Effect.provide(Layer.fresh(Layer.provide(Orders.layer, closed))))
    }).pipe(Effect.provide(shop()))
  )

  it.live("that waiting does not fix is not retryable, and reveals no internals", () =>
    Effect.gen(function* () {
      const reason = EventStoreError.EventStoreError.streamArchived({ stream: "Order-secret", version: 2 }).reason
      const { answer } = yield* failing(reason)
      expect(answer.status).toBe(500)
      expect(answer.text).not.toContain("secret")
    })
  )
})

describe("the documentation", () => {
  it.live("names every path with every status", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const { body } = yield* ask(url, "/openapi.json")
      const statuses = Object.entries<Record<string, { responses: object }>>(body.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(
          ([method, { responses }]) => `${method} ${path}: ${Object.keys(responses).join(" ")}`
        )
      )
      expect(statuses).toEqual([
        "post /orders: 201 400 409 422 500 503",
        "get /orders/{orderId}: 200 400 404 500 503",
        "get /orders/{orderId}/history: 200 400 404 500 503",
        "get /customers/{customerId}/orders: 200 400 500 503",
        "post /orders/{orderId}/payment/captures: 200 400 404 409 422 500 503",
        "post /orders/{orderId}/payment/decline: 200 400 404 409 422 500 503",
        "post /orders/{orderId}/shipment/dispatch: 200 400 404 409 422 500 503",
        "post /orders/{orderId}/shipment/fail: 200 400 404 409 422 500 503"
      ])
      const captures = body.paths["/orders/{orderId}/payment/captures"].post
      expect(captures.responses["503"].headers["retry-after"]).toBeDefined()
      expect(captures.parameters.map(({ name }: { name: string }) => name)).toEqual(["orderId", "idempotency-key"])
    }).pipe(Effect.provide(shop()))
  )

  it.live("is a page that brings all it needs with it", () =>
    Effect.gen(function* () {
      const { url } = yield* served
      const { headers, status, text } = yield* ask(url, "/docs")
      expect(status).toBe(200)
      expect(headers.get("content-type")).toContain("text/html")
      expect(text).toContain("/orders/{orderId}/payment/captures")
      // What a browser would fetch: tags of the page itself, not what its script may write.
      const page = text.replaceAll(/<script[^>]*>[^]*?<\/script>/g, (script) => script.slice(0, script.indexOf(">")))
      expect(page).not.toMatch(/(src|href)=["']?(https?:)?\/\//)
    }).pipe(Effect.provide(shop()))
  )
})
