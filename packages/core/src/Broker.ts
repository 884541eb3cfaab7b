/**
 * Destinations of forwarded events, such as a webhook or a message broker. `Reaction.forward`
 * publishes to them.
 */
import { type Effect, Schema } from "effect"
import type { CloudEvent } from "./CloudEvent.ts"

/**
 * An event to publish.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message {
  /** The same at every publication of this event, so that a receiver can drop duplicates. */
  readonly idempotencyKey: string
  readonly event: CloudEvent
}

/**
 * Some messages were not published, or it is unknown whether all were.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Broker } from "eventfold"
 *
 * const broker: Broker.Broker = {
 *   publish: () => Effect.fail(new Broker.PublishFailed({ problem: "no server answers", isRetryable: true }))
 * }
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class PublishFailed extends Schema.TaggedError<PublishFailed>("eventfold/PublishFailed")("PublishFailed", {
  problem: Schema.String,
  /** `true` if a later attempt with the same messages may succeed. */
  isRetryable: Schema.Boolean,
  /** Delay that the receiver asked for. */
  retryAfterMillis: Schema.optionalKey(Schema.Number),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return this.problem
  }
}

/**
 * Publishes events to another system.
 *
 * **When to use**
 *
 * `Webhook.make` returns one. Implement it for your message broker: publish all messages in their
 * order, and succeed when the broker has confirmed them.
 *
 * **Details**
 *
 * The same messages may be published again, with the same keys: pass the key to the broker if it
 * drops duplicates by one (for example `Nats-Msg-Id`). Do not retry in the broker. Set
 * `isRetryable` of `PublishFailed` instead, since the caller has a schedule.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Broker } from "eventfold"
 *
 * const send = (key: string, json: string): Promise<unknown> => Promise.resolve([key, json])
 *
 * const broker: Broker.Broker = {
 *   publish: (messages) =>
 *     Effect.forEach(
 *       messages,
 *       ({ event, idempotencyKey }) =>
 *         Effect.tryPromise({
 *           try: () => send(idempotencyKey, JSON.stringify(event)),
 *           catch: (cause) => new Broker.PublishFailed({ problem: "the broker is away", isRetryable: true, cause })
 *         }),
 *       { discard: true }
 *     )
 * }
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export interface Broker {
  readonly publish: (messages: ReadonlyArray<Message>) => Effect.Effect<void, PublishFailed>
}
