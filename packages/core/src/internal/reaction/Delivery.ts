/** An event on its way to the handler of a reaction. */
import { type Result, Schema } from "effect"
import type { RecordedEvent } from "../../Event.ts"
import * as EventDecoder from "../codec/EventDecoder.ts"
import * as EventId from "../../EventId.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"

/** An event that is handed to a handler. */
export interface Delivery {
  /** The name of the reaction. */
  readonly reaction: string
  readonly recorded: RecordedEvent
  /** The same at every delivery of this event by this reaction, and another one for any other: see {@link idempotencyKey}. */
  readonly idempotencyKey: string
  /** 1 for the first attempt. It begins anew where another process takes over. */
  readonly attempt: number
}

/** An event of an aggregate, decoded. */
export interface TypedDelivery<Event, Id> extends Delivery {
  readonly event: Event
  readonly id: Id
}

/** Which events of an aggregate a reaction is about, and how they decode. Made by {@link events}. */
export interface Source<out Event, out Id> {
  readonly aggregate: string
  /** None: all of them. */
  readonly types: ReadonlyArray<string>
  readonly decode: (recorded: EventDecoder.Stored) => Result.Result<Event, EventStoreError>
  readonly decodeId: (id: string) => Result.Result<Id, Schema.SchemaError>
}

export type DeliveryFrom<S> = S extends Source<infer Event, infer Id> ? TypedDelivery<Event, Id> : never

/**
 * Says which events of an aggregate a reaction is about: those of these types, or all of them where none is named.
 *
 * **When to use**
 *
 * In `from` of {@link make}, with the aggregate's declaration and its generated codec.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Aggregate, Reaction } from "eventfold"
 *
 * const Card = Aggregate.make("Card", {
 *   id: Schema.NonEmptyString,
 *   state: Schema.Struct({}),
 *   initial: {},
 *   events: { Issued: { amount: Schema.Int }, Redeemed: {} },
 *   errors: {},
 *   commands: {}
 * })
 * // With what is generated: Reaction.events(AccountDeclaration, AccountCodec, "AccountOpened")
 * const codec = { event: Schema.toCodecJson(Card.event) }
 * Reaction.events(Card, codec, "Issued").types // ["Issued"]
 * ```
 */
export const events = <Event extends { readonly _tag: string }, Id, const Type extends Event["_tag"] = Event["_tag"]>(
  aggregate: { readonly name: string; readonly id: Schema.Codec<Id, string> },
  codec: { readonly event: Schema.Codec<Event, Schema.Json> },
  ...types: ReadonlyArray<Type>
): Source<Extract<Event, { readonly _tag: Type }>, Id> => ({
  aggregate: aggregate.name,
  types,
  // Only events of these types are asked for, and the decoder refuses one whose tag is not its type.
  decode: EventDecoder.make(codec.event) as Source<Extract<Event, { readonly _tag: Type }>, Id>["decode"],
  decodeId: SafeCodec.decodeUnknownResult(aggregate.id)
})

/**
 * What tells the deliveries of one event by one reaction from all others: a UUID made of the store's id, the reaction's name and the
 * event's id (SHA-256), always the same.
 *
 * **When to use**
 *
 * Handlers have it as `idempotencyKey`. Hand it to the system that is called, where that drops what it has seen; or to `execute` as
 * `commandId`.
 *
 * @example
 * ```ts
 * import { Reaction } from "eventfold"
 *
 * const store = "0192f0c1-7e2a-4b3c-8d4e-5f6071829304"
 * const event = "0192f0c1-7e2a-7b3c-8d4e-5f6071829304"
 * Reaction.idempotencyKey(store, "Receipts", event) === Reaction.idempotencyKey(store, "Receipts", event) // true
 * Reaction.idempotencyKey(store, "Receipts", event) === Reaction.idempotencyKey(store, "Alerts", event) // false
 * ```
 */
export const idempotencyKey = (storeId: string, reaction: string, eventId: EventId.EventId): string =>
  EventId.derive(`reaction ${reaction}`, `${storeId} ${eventId}`)(0)
