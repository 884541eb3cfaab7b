/** Deliveries: events for the handlers of reactions. */
import { type Result, Schema } from "effect"
import type { RecordedEvent } from "../../Event.ts"
import * as EventDecoder from "../codec/EventDecoder.ts"
import * as EventId from "../../EventId.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"

/**
 * An event that is delivered to a handler.
 *
 * @since 0.1.0
 * @category models
 */
export interface Delivery {
  /** Name of the reaction. */
  readonly reaction: string
  readonly recorded: RecordedEvent
  /**
   * Key that is equal at every delivery of this event by this reaction, and different for every
   * other: a UUID that is computed from the store's id, the reaction's name and the event's id.
   * Pass it to a system that ignores repeated keys, or to `execute` as `commandId`.
   */
  readonly idempotencyKey: string
  /** Number of the attempt, from 1. It starts again at 1 when another process takes over. */
  readonly attempt: number
}

/**
 * An event of an aggregate, decoded.
 *
 * @since 0.1.0
 * @category models
 */
export interface TypedDelivery<Event, Id> extends Delivery {
  readonly event: Event
  readonly id: Id
}

/**
 * Events of an aggregate that a reaction reads, and their decoders. Made by {@link events}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source<out Event, out Id> {
  readonly aggregate: string
  /** Types of the events; if empty, all events of the aggregate. */
  readonly types: ReadonlyArray<string>
  readonly decode: (
    recorded: Pick<RecordedEvent, "data" | "stream" | "type" | "version">
  ) => Result.Result<Event, EventStoreError>
  readonly decodeId: (id: string) => Result.Result<Id, Schema.SchemaError>
}

/**
 * Selects the events of an aggregate that a reaction reads: those of the given types, or all of
 * them if none is given.
 *
 * **When to use**
 *
 * In `from` of {@link make}, with the aggregate's declaration and its generated codec.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Aggregate, Reaction } from "eventfold"
 * import { StoredForm } from "eventfold/generated"
 *
 * const Card = Aggregate.make("Card", {
 *   id: Schema.NonEmptyString,
 *   state: Schema.Struct({}),
 *   initial: {},
 *   events: { Issued: { amount: Schema.Int }, Redeemed: {} },
 *   errors: {},
 *   commands: {}
 * })
 * // With generated code: Reaction.events(AccountDeclaration, AccountCodec, "AccountOpened")
 * const codec = { events: StoredForm.events(Card.event) }
 * Reaction.events(Card, codec, "Issued").types // ["Issued"]
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const events = <Event extends { readonly _tag: string }, Id, const Type extends Event["_tag"] = Event["_tag"]>(
  aggregate: { readonly name: string; readonly id: Schema.Codec<Id, string> },
  codec: { readonly events: ReadonlyMap<string, Schema.Codec<Event, Schema.Json>> },
  ...types: ReadonlyArray<Type>
): Source<Extract<Event, { readonly _tag: Type }>, Id> => ({
  aggregate: aggregate.name,
  types,
  // Only events of these types are read.
  decode: EventDecoder.make(codec.events) as Source<Extract<Event, { readonly _tag: Type }>, Id>["decode"],
  decodeId: SafeCodec.decodeUnknownResult(aggregate.id)
})

/**
 * Returns the key that identifies the deliveries of one event by one reaction: a UUID that is
 * computed from the store's id, the reaction's name and the event's id (SHA-256), so it is always
 * the same.
 */
export const idempotencyKey = (storeId: string, reaction: string, eventId: EventId.EventId): string =>
  EventId.derive(`reaction ${reaction}`, `${storeId} ${eventId}`)(0)
