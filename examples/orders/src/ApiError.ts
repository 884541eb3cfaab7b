/** The errors of the API besides the errors of the domain. */
import { Effect, Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import type { Decider, EventStoreError } from "eventfold"
import { OrderId } from "schemas/orders/order.ts"

export class OrderNotFound extends Schema.TaggedError<OrderNotFound>()(
  "OrderNotFound",
  { orderId: OrderId },
  { httpApiStatus: 404 }
) {}

/** The key of a request that asked for something else. */
export class IdempotencyKeyReused extends Schema.TaggedError<IdempotencyKeyReused>()(
  "IdempotencyKeyReused",
  {},
  { httpApiStatus: 422 }
) {}

class Later extends Schema.TaggedError<Later>()("TryAgainLater", {
  problem: Schema.String,
  /** In seconds. */
  after: Schema.Natural
}) {}

/**
 * The store is busy, or away. Whether something was written is settled by the same request under
 * the same key.
 */
export const TryAgainLater = Later.pipe(
  HttpApiSchema.encodeToWithHeaders(
    {
      body: Schema.TaggedStruct("TryAgainLater", { problem: Schema.String }).pipe(HttpApiSchema.status(503)),
      headers: { "retry-after": Schema.Natural }
    },
    {
      decode: ({ body, headers }) => new Later({ problem: body.problem, after: headers["retry-after"] }),
      encode: ({ _tag, after, problem }) => ({ body: { _tag, problem }, headers: { "retry-after": after } })
    }
  )
)

/**
 * A store that is busy or unavailable: the caller waits and retries. Every other failure of the
 * store is a fault of the server: status 500.
 */
export const orLater = (error: EventStoreError.EventStoreError) =>
  error.isRetryable ? Effect.fail(new Later({ problem: error.message, after: 1 })) : Effect.die(error)

/** A fact that a decision needs, such as a price, is not available at the moment. */
export const withoutFact = ({ message }: Decider.FactUnavailable) =>
  Effect.fail(new Later({ problem: message, after: 1 }))
