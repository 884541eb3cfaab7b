/**
 * The shop in some seconds: `pnpm --filter orders demo`. Six orders, each with another fate, by
 * requests over HTTP.
 */
import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Console, Deferred, Effect, FileSystem, Layer, Path } from "effect"
import { FetchHttpClient, HttpServer } from "effect/http"
import { MemoryEventStore } from "eventfold"
import { styleText } from "node:util"
import { Amount } from "schemas/orders/money.ts"
import { CustomerId, type OrderId, Sku } from "schemas/orders/order.ts"
import * as FulfilmentManager from "./FulfilmentManager.ts"
import type { OrderOverviewRow } from "./generated/order-overview.ts"
import * as OrdersClient from "./OrdersClient.ts"
import * as Shop from "./Shop.ts"

type Client = Effect.Success<ReturnType<typeof OrdersClient.make>>

const heading = (text: string) => Console.log(`\n${styleText("bold", text)}`)
const money = (cents: number) => (cents / 100).toFixed(2)

/** Cells under each other: text to the left, figures to the right. */
const table = (rows: ReadonlyArray<ReadonlyArray<string>>, right: ReadonlyArray<number>) => {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  return rows
    .map((row) => row.map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))))
    .map((cells) => `  ${cells.join("  ")}`.trimEnd())
    .join("\n")
}

const overviewOf = (client: Client, customer: CustomerId) =>
  Effect.map(client.orders.list({ params: { customerId: customer }, query: {} }), ([row]) => row!)

/** Asks again and again until a customer's order is as wanted. */
const until = (client: Client, customer: CustomerId, wanted: (row: OrderOverviewRow) => boolean) =>
  Effect.repeat(Effect.delay(overviewOf(client, customer), "10 millis"), { until: wanted })

/** Polls until the process manager has taken the step. */
const soon = <A, E extends { readonly _tag: string }>(request: Effect.Effect<A, E>) =>
  Effect.retry(Effect.delay(request, "10 millis"), {
    while: ({ _tag }) => _tag === "PaymentNotRequested" || _tag === "ShipmentNotPrepared",
    times: 500
  })

interface Case {
  readonly who: CustomerId
  readonly what: string
  /** Acts for the customer's bank and the warehouse. */
  readonly fate: (client: Client, orderId: OrderId, total: number) => Effect.Effect<unknown, { readonly _tag: string }>
}

const headers = {}
const pay = ({ payments }: Client, orderId: OrderId, cents: number) =>
  soon(payments.capture({ params: { orderId }, headers, payload: { amount: Amount.make(cents) } }))
const decline = ({ payments }: Client, orderId: OrderId) =>
  soon(payments.decline({ params: { orderId }, headers, payload: { reason: "card expired" } }))
const send = ({ shipments }: Client, orderId: OrderId) =>
  soon(shipments.dispatch({ params: { orderId }, headers, payload: { carrier: "Penny Post", tracking: "PP-1" } }))
const drop = ({ shipments }: Client, orderId: OrderId) =>
  soon(shipments.fail({ params: { orderId }, headers, payload: { reason: "broken" } }))

const named = CustomerId.make
const late = named("Linus")
const cases: ReadonlyArray<Case> = [
  {
    who: named("Ada"),
    what: "pays, and the parcel is sent",
    fate: (client, id, total) => Effect.andThen(pay(client, id, total), send(client, id))
  },
  {
    who: named("Grace"),
    what: "pays in two parts",
    fate: (client, id, total) =>
      Effect.andThen(Effect.andThen(pay(client, id, 1_000), pay(client, id, total - 1_000)), send(client, id))
  },
  { who: named("Alan"), what: "has a card that is declined", fate: decline },
  {
    who: named("Edsger"),
    what: "pays, and the pot breaks in the warehouse",
    fate: (client, id, total) => Effect.andThen(pay(client, id, total), drop(client, id))
  },
  { who: named("Barbara"), what: "pays, and the warehouse forgets", fate: pay },
  {
    who: late,
    what: "pays when time is up",
    fate: (client, id, total) =>
      Effect.andThen(
        until(client, late, ({ status }) => status === "Cancelled"),
        pay(client, id, total)
      )
  }
]

const settled = ({ captured, refunded, status }: OrderOverviewRow) =>
  status === "Completed" || (status === "Cancelled" && captured === refunded)

const story = Effect.fn("demo")(function* (url: string) {
  const client = yield* OrdersClient.make(url)
  const address = { name: "Ada", street: "1 Analytical Way", city: "London", country: "GB" }
  const items = [
    { sku: Sku.make("teapot"), quantity: 1 },
    { sku: Sku.make("cup"), quantity: 2 }
  ]

  yield* heading("1. Six customers order a teapot and two cups, by POST /orders")
  const orders = yield* Effect.forEach(cases, (one) =>
    Effect.map(
      client.orders.place({ headers: { "idempotency-key": "demo" }, payload: { customerId: one.who, address, items } }),
      ({ orderId, state: { total } }) => ({ ...one, orderId, total })
    )
  )
  yield* Effect.forEach(
    orders,
    ({ fate, orderId, total, who }) =>
      Effect.andThen(fate(client, orderId, total), Effect.delay(until(client, who, settled), "50 millis")),
    { concurrency: "unbounded" }
  )
  const rows = yield* Effect.forEach(orders, ({ what, who }) =>
    Effect.map(overviewOf(client, who), ({ captured, reason, refunded, status }) => [
      who,
      what,
      status,
      reason ?? "",
      money(captured),
      money(refunded)
    ])
  )
  yield* Console.log(table([["customer", "", "order", "why", "paid", "refunded"], ...rows], [4, 5]))

  const order = orders.at(-1)!
  const params = { orderId: order.orderId }
  yield* heading(`2. How did ${order.who}'s order get there? GET /orders/…/history`)
  const history = yield* client.orders.history({ params })
  yield* Console.log(
    table(
      [
        ["", "event", "who", "command", "changes"],
        ...history.map(({ actor = "", causationId = "", changes, event }, i) => [
          String(i + 1),
          event._tag,
          actor,
          /^(http|fulfilment)\//.test(causationId) ? causationId : "",
          changes.map(({ path, value }) => `${path.slice(1)}: ${typeof value === "object" ? "…" : value}`).join(", ")
        ])
      ],
      [0]
    )
  )

  const asked = history.find(({ event }) => event._tag === "PaymentRequested")!
  const then = yield* client.orders.read({ params, query: { asOf: asked.recordedAt } })
  yield* Console.log(
    `\n  And what was it when the payment was asked for? ${then.status}, its payment ${then.payment.status.toLowerCase()}.`
  )

  yield* heading("3. The same request a hundred times at once, under one key")
  const again = yield* Effect.forEach(
    Array.from({ length: 100 }),
    () =>
      client.orders.place({
        headers: { "idempotency-key": "demo" },
        payload: { customerId: order.who, address, items }
      }),
    { concurrency: "unbounded" }
  )
  const { length } = yield* client.orders.list({ params: { customerId: order.who }, query: {} })
  yield* Console.log(
    `  ${again.filter(({ repeated }) => repeated).length} first answers given again; ${order.who} has ${length} order.`
  )

  yield* Console.log(`
  Open the shop yourself, with a page to try the API, after npx --yes pnpm@12.21.0:
    --filter orders serve`)
})

const program = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const folder = yield* fs.makeTempDirectoryScoped({ prefix: "orders-" })
  const url = yield* Deferred.make<string>()
  const opened = HttpServer.addressFormattedWith((address) => Deferred.succeed(url, address))
  const bookmark = path.join(folder, "fulfilment.json")
  yield* Effect.raceFirst(
    Effect.flatMap(Deferred.await(url), story),
    Shop.serve({ store: MemoryEventStore.layer, bookmark, port: 0, opened: Effect.asVoid(opened) }).pipe(
      // So that it can be seen how they run out.
      Effect.provideService(FulfilmentManager.CurrentDeadlines, { payment: "2 seconds", dispatch: "2 seconds" })
    )
  )
})

program.pipe(Effect.scoped, Effect.provide(Layer.merge(NodeServices.layer, FetchHttpClient.layer)), NodeRuntime.runMain)
