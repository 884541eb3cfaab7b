/**
 * The shop's HTTP API: what can be asked for, and every answer. The server, the typed client and
 * the OpenAPI page follow from it.
 */
import { Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiMiddleware, HttpApiSchema, OpenApi } from "effect/http-api"
import { CustomerId, Order, OrderId } from "schemas/orders/order.ts"
import { OrderOverview } from "schemas/orders/overview.ts"
import { Payment } from "schemas/orders/payment.ts"
import { Shipment } from "schemas/orders/shipment.ts"
import * as ApiError from "./ApiError.ts"

const { events: happened, errors: refusal } = Order

/**
 * The same key again returns the first answer, and nothing happens twice. Retry every request
 * without an answer with its key.
 */
const headers = { "idempotency-key": Schema.optionalKey(Schema.NonEmptyString.check(Schema.isMaxLength(200))) }
const params = { orderId: OrderId }

/** The result of a request, or of the first request with its key. */
const led = <State extends Schema.Top, Event extends Schema.Top>(state: State, event: Event) =>
  Schema.Struct({
    orderId: OrderId,
    /** The version of the aggregate after the events. */
    version: Schema.Natural,
    /** `true` if this is the first answer, returned again. */
    repeated: Schema.Boolean,
    events: Schema.Array(event),
    state
  })

/** An order with its payment and its shipment. */
export const OrderView = Schema.Struct({
  orderId: OrderId,
  version: Schema.Natural,
  ...Order.state.fields,
  payment: Schema.Struct({ version: Schema.Natural, ...Payment.state.fields }),
  shipment: Schema.Struct({ version: Schema.Natural, ...Shipment.state.fields })
})

/** An event of an order, of its payment or of its shipment, and the change that it made. */
export const HistoryStep = Schema.Struct({
  aggregate: Schema.Literals(["Order", "Payment", "Shipment"]),
  version: Schema.Natural,
  position: Schema.Natural,
  recordedAt: Schema.DateTimeUtc,
  event: Schema.Union([
    ...Object.values(Order.events),
    ...Object.values(Payment.events),
    ...Object.values(Shipment.events)
  ]),
  /** JSON Patch from the state before to the state after. */
  changes: Schema.Array(
    Schema.Struct({
      op: Schema.Literals(["add", "remove", "replace"]),
      path: Schema.String,
      value: Schema.optionalKey(Schema.Json)
    })
  ),
  actor: Schema.optionalKey(Schema.String),
  causationId: Schema.optionalKey(Schema.String),
  correlationId: Schema.optionalKey(Schema.String)
})

const place = HttpApiEndpoint.post("place", "/orders", {
  headers,
  payload: Order.commands.PlaceOrder.mapFields(({ address, customerId, items }) => ({ address, customerId, items })),
  success: led(Order.state, happened.OrderPlaced).pipe(HttpApiSchema.status(201)),
  error: [
    refusal.OrderAlreadyPlaced.pipe(HttpApiSchema.status(409)),
    refusal.OrderTooLarge.pipe(HttpApiSchema.status(422)),
    refusal.UnknownArticle.pipe(HttpApiSchema.status(422)),
    ApiError.IdempotencyKeyReused,
    ApiError.TryAgainLater
  ]
}).annotate(OpenApi.Description, "Places an order, at the prices of the day.")

const read = HttpApiEndpoint.get("read", "/orders/:orderId", {
  params,
  query: { asOf: Schema.optionalKey(Schema.DateTimeUtcFromString) },
  success: OrderView,
  error: [ApiError.OrderNotFound, ApiError.TryAgainLater]
}).annotate(OpenApi.Description, "The current state of an order, or its state at a time.")

const history = HttpApiEndpoint.get("history", "/orders/:orderId/history", {
  params,
  success: Schema.Array(HistoryStep),
  error: [ApiError.OrderNotFound, ApiError.TryAgainLater]
}).annotate(
  OpenApi.Description,
  "All that happened to an order, its payment and its shipment, in the order of the log."
)

const list = HttpApiEndpoint.get("list", "/customers/:customerId/orders", {
  params: { customerId: CustomerId },
  query: { status: Schema.optionalKey(OrderOverview.row.fields.status) },
  success: Schema.Array(OrderOverview.row),
  error: ApiError.TryAgainLater
}).annotate(OpenApi.Description, "A customer's orders, all of them or those of a status.")

const paymentErrors = [
  Payment.errors.PaymentNotRequested.pipe(HttpApiSchema.status(409)),
  Payment.errors.PaymentAlreadyCaptured.pipe(HttpApiSchema.status(409)),
  Payment.errors.PaymentAlreadyDeclined.pipe(HttpApiSchema.status(409)),
  ApiError.OrderNotFound,
  ApiError.IdempotencyKeyReused,
  ApiError.TryAgainLater
] as const

const capture = HttpApiEndpoint.post("capture", "/orders/:orderId/payment/captures", {
  params,
  headers,
  payload: Payment.commands.CapturePayment.mapFields(({ amount }) => ({ amount })),
  success: led(Payment.state, Payment.events.PaymentCaptured),
  error: [...paymentErrors, Payment.errors.CaptureExceedsOutstanding.pipe(HttpApiSchema.status(422))]
}).annotate(OpenApi.Description, "The payment provider has taken the money, or a part of it.")

const decline = HttpApiEndpoint.post("decline", "/orders/:orderId/payment/decline", {
  params,
  headers,
  payload: Payment.commands.DeclinePayment.mapFields(({ reason }) => ({ reason })),
  success: led(Payment.state, Payment.events.PaymentDeclined),
  error: paymentErrors
}).annotate(OpenApi.Description, "The payment provider will not take the money.")

const shipmentErrors = [
  Shipment.errors.ShipmentNotPrepared.pipe(HttpApiSchema.status(409)),
  Shipment.errors.ShipmentAlreadyDispatched.pipe(HttpApiSchema.status(409)),
  Shipment.errors.ShipmentAlreadyFailed.pipe(HttpApiSchema.status(409)),
  Shipment.errors.ShipmentAlreadyCalledOff.pipe(HttpApiSchema.status(409)),
  ApiError.OrderNotFound,
  ApiError.IdempotencyKeyReused,
  ApiError.TryAgainLater
] as const

const dispatch = HttpApiEndpoint.post("dispatch", "/orders/:orderId/shipment/dispatch", {
  params,
  headers,
  payload: Shipment.commands.DispatchShipment.mapFields(({ carrier, tracking }) => ({ carrier, tracking })),
  success: led(Shipment.state, Shipment.events.ShipmentDispatched),
  error: shipmentErrors
}).annotate(OpenApi.Description, "The parcel has left the warehouse.")

const fail = HttpApiEndpoint.post("fail", "/orders/:orderId/shipment/fail", {
  params,
  headers,
  payload: Shipment.commands.FailShipment.mapFields(({ reason }) => ({ reason })),
  success: led(Shipment.state, Shipment.events.ShipmentFailed),
  error: shipmentErrors
}).annotate(OpenApi.Description, "The warehouse can't send the parcel.")

const orders = HttpApiGroup.make("orders")
  .add(place, read, history, list)
  .annotate(OpenApi.Description, "For customers.")
const payments = HttpApiGroup.make("payments")
  .add(capture, decline)
  .annotate(OpenApi.Description, "For the payment provider.")
const shipments = HttpApiGroup.make("shipments").add(dispatch, fail).annotate(OpenApi.Description, "For the warehouse.")

export const OrdersApi = HttpApi.make("orders")
  .add(orders, payments, shipments)
  .middleware(HttpApiMiddleware.ProblemDetails)
  .annotateMerge(OpenApi.annotations({ title: "Orders", version: "1.0.0" }))
