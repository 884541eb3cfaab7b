/** What the API answers besides the domain's own errors. */
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

/** The store is busy, or away. Whether something was written is settled by the same request under the same key. */
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

/** A store that is busy or away is the caller's to wait for. Anything else that it fails with is ours to mend: status 500. */
export const orLater = (error: EventStoreError.EventStoreError) =>
  error.isRetryable ? Effect.fail(new Later({ problem: error.message, after: 1 })) : Effect.die(error)

/** What a decision needs from elsewhere, such as a price, can't be had just now. */
export const withoutFact = ({ message }: Decider.FactUnavailable) =>
  Effect.fail(new Later({ problem: message, after: 1 }))
