/** What events are forwarded to: a webhook, a message broker. `Reaction.forward` hands them over. */
import { type Effect, Schema } from "effect"
import type { CloudEvent } from "./CloudEvent.ts"

/**
 * An event on its way out.
 *
 * @since 0.1.0
 * @category models
 */
export interface Message {
  /** The same whenever this event is published: whoever receives it twice knows by it. */
  readonly idempotencyKey: string
  readonly event: CloudEvent
}

/**
 * Some messages were not published, or it is not known whether all were.
 *
 * @since 0.1.0
 * @category errors
 */
export class PublishFailed extends Schema.TaggedError<PublishFailed>("eventfold/PublishFailed")("PublishFailed", {
  problem: Schema.String,
  /** Whether the same messages may go through later. */
  isRetryable: Schema.Boolean,
  /** How long the other side asked to wait. */
  retryAfterMillis: Schema.optionalKey(Schema.Number),
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message(): string {
    return this.problem
  }
}

/**
 * A place to publish events to.
 *
 * **When to use**
 *
 * `Webhook.make` is one. Implement it for a message broker of yours: publish all messages, in their order, and succeed once the
 * broker has confirmed them.
 *
 * **Details**
 *
 * The same messages may come again, with the same keys: hand the key on where the broker drops duplicates by one (`Nats-Msg-Id`, say).
 * Don't try again yourself, but say in `PublishFailed` whether it is worth it: who forwards has a schedule.
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
