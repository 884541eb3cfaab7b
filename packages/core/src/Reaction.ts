/**
 * Side effects of events: mail, a call of another system, a message to a broker. Each event is handed to a handler at least once, in
 * order, by one process at a time, whichever it is; rebuilding a projection hands over none again.
 */
import { Duration, Effect, Layer, Result, Schedule, type Types } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type * as Broker from "./Broker.ts"
import * as CloudEvent from "./CloudEvent.ts"
import type { Delivery, DeliveryFrom, Source, TypedDelivery } from "./internal/reaction/Delivery.ts"
import { EventStore } from "./EventStore.ts"
import { EventStoreError } from "./EventStoreError.ts"
import type * as DeliveryLoop from "./internal/reaction/DeliveryLoop.ts"
import * as ReactionRunnable from "./internal/reaction/ReactionRunnable.ts"
import type { Options } from "./internal/reaction/ReactionRunnable.ts"
import * as FailurePolicy from "./internal/work/FailurePolicy.ts"
import * as OptionChecks from "./internal/work/OptionChecks.ts"
import * as LeaseLoop from "./internal/work/LeaseLoop.ts"
import * as ReactionTurn from "./internal/reaction/ReactionTurn.ts"
import type { Service as ReactionStore } from "./store/ReactionStore.ts"
import { checkReadAll } from "./store/StoreRequest.ts"

export type { Options } from "./internal/reaction/ReactionRunnable.ts"
export { events, idempotencyKey } from "./internal/reaction/Delivery.ts"
export type { Delivery, DeliveryFrom, Source, TypedDelivery } from "./internal/reaction/Delivery.ts"

/**
 * A reaction, made ready for {@link layer}. `R` is what its handler needs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reaction<out R = never> {
  readonly "~eventfold/Reaction": { readonly _R: Types.Covariant<R> }
  readonly name: string
}

/**
 * A reaction to events of declared aggregates, which are decoded.
 *
 * @since 0.1.0
 * @category options
 */
export interface TypedOptions<From extends ReadonlyArray<Source<unknown, unknown>>, E, R> extends Options<E, R> {
  readonly from: From
  readonly handle: (delivery: DeliveryFrom<From[number]>) => Effect.Effect<unknown, E, R>
}

/**
 * A reaction to events as they are stored.
 *
 * @since 0.1.0
 * @category options
 */
export interface RecordedOptions<E, R> extends Options<E, R> {
  /** Only of streams whose id begins with one of these and a hyphen: an aggregate's name. */
  readonly aggregates?: ReadonlyArray<string>
  /** Only of these event types. */
  readonly types?: ReadonlyArray<string>
  readonly handle: (delivery: Delivery) => Effect.Effect<unknown, E, R>
}

/** Which part of the log sources are about. */
const interestOf = (from: ReadonlyArray<Source<unknown, unknown>>) => ({
  aggregates: from.map(({ aggregate }) => aggregate),
  types: from.some(({ types }) => types.length === 0) ? undefined : [...new Set(from.flatMap(({ types }) => types))]
})

/**
 * A reaction to events: what is to be done once each of them has happened.
 *
 * **When to use**
 *
 * For what reaches out of the store: mail, a payment, a call of another system. For what is computed from events use a projection,
 * which can be made anew; for events to events of the same store, commands under an id of their own.
 *
 * **Details**
 *
 * With `from`, events of declared aggregates are handed over decoded; with `aggregates` and `types`, as they are stored, those of a
 * stream's life (`$archived`, …) among them.
 *
 * The place in the log is written after the handler has succeeded, so that each event is handed over at least once: twice where the
 * process ends in between. `idempotencyKey` is the same then.
 *
 * Commands that the handler executes carry the event's correlation id, or its id where it has none.
 *
 * **Gotchas**
 *
 * The name is what its place is kept under: under another one it begins at `start` again. A handler that keeps the processor busy for
 * longer than the lease loses it.
 *
 * @example
 * ```ts
 * import { Console, Schedule } from "effect"
 * import { Reaction } from "eventfold"
 *
 * const receipts = Reaction.make("Receipts", {
 *   start: "now",
 *   aggregates: ["Account"],
 *   types: ["CashDeposited"],
 *   retry: Schedule.spaced("1 second").pipe(Schedule.upTo({ times: 10 })),
 *   onFailure: "park",
 *   handle: ({ idempotencyKey, recorded }) => Console.log(`mail for ${recorded.stream}, once: ${idempotencyKey}`)
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make: {
  <const From extends ReadonlyArray<Source<unknown, unknown>>, E = never, R = never>(
    name: string,
    options: TypedOptions<From, E, R>
  ): Reaction<R>
  <E = never, R = never>(name: string, options: RecordedOptions<E, R>): Reaction<R>
} = <E, R>(
  name: string,
  options: RecordedOptions<E, R> | TypedOptions<ReadonlyArray<Source<unknown, unknown>>, E, R>
): Reaction<R> => {
  if (!("from" in options)) {
    const { aggregates, handle, types } = options
    const first = ([delivery]: ReadonlyArray<Delivery>) => handle(delivery!)
    return ReactionRunnable.make({ name, options, batch: 1, aggregates, types, read: Result.succeed, handle: first })
  }
  const { from, handle } = options
  return ReactionRunnable.make({
    name,
    options,
    batch: 1,
    ...interestOf(from),
    read: ReactionRunnable.reading(name, from),
    handle: ([delivery]) => handle(delivery!)
  })
}

/**
 * A handler with SQL of its own.
 *
 * @since 0.1.0
 * @category options
 */
export interface TransactionOptions<From extends ReadonlyArray<Source<unknown, unknown>>, E, R> extends Omit<
  Options<E, R>,
  "concurrency"
> {
  readonly from: From
  /** How many events to handle in one transaction, at most; 1 unless given. Where some fail, each is tried for itself. */
  readonly batch?: number
  /** `sql` is the store's client, in the transaction: what another client writes is not part of it. */
  readonly handle: (delivery: DeliveryFrom<From[number]>, sql: SqlClient) => Effect.Effect<unknown, E, R>
}

/**
 * A reaction whose handler writes to the database that the store is in: what it writes and the place in the log are committed together, so
 * that each event counts exactly once.
 *
 * **When to use**
 *
 * For what no keyed projection can say: a row that depends on other rows, a full-text index, a table that somebody else declares. All else
 * is better a projection: its handlers are pure, can be tested with any history, and are made anew without a pause.
 *
 * **Details**
 *
 * The tables are yours: make them before, and by a name that says which release of the handler they are of. Other handlers are another
 * reaction, under another name, with tables of its own from the beginning of the log; go over to those once they have caught up.
 *
 * A handler that fails is rolled back, and tried again as with any reaction. Waiting for something else in it keeps the transaction
 * open; the server ends one that does nothing for 10 seconds.
 *
 * **Errors**
 *
 * `Reaction.layer` fails with `StoreRefused` on a store that is not in an SQL database.
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
 *   events: { Issued: { amount: Schema.Int } },
 *   errors: {},
 *   commands: {}
 * })
 * // The generated codec, in an app.
 * const codec = { event: Schema.toCodecJson(Card.event) }
 *
 * const largest = Reaction.inTransaction("LargestCards1", {
 *   start: "beginning",
 *   from: [Reaction.events(Card, codec, "Issued")],
 *   batch: 100,
 *   handle: ({ event, id }, sql) => sql`
 *     insert into largest_cards (id, amount) values (${id}, ${event.amount})
 *     on conflict (id) do update set amount = greatest(largest_cards.amount, excluded.amount)`
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const inTransaction = <const From extends ReadonlyArray<Source<unknown, unknown>>, E = never, R = never>(
  name: string,
  options: TransactionOptions<From, E, R>
): Reaction<R> => {
  const { batch = 1, from, handle } = options
  return ReactionRunnable.make<TypedDelivery<unknown, unknown>, E, R>({
    name,
    options,
    batch,
    isTransactional: true,
    ...interestOf(from),
    read: ReactionRunnable.reading(name, from),
    // Deliveries are what these sources decode to, and the client is there in a transaction.
    handle: (deliveries, sql) =>
      Effect.forEach(deliveries, (delivery) => handle(delivery as DeliveryFrom<From[number]>, sql!), { discard: true })
  })
}

/**
 * How events are forwarded.
 *
 * @since 0.1.0
 * @category options
 */
export interface ForwardOptions extends Options<Broker.PublishFailed, never> {
  /** Only of streams whose id begins with one of these and a hyphen: an aggregate's name. */
  readonly aggregates?: ReadonlyArray<string>
  /** Only of these event types. */
  readonly types?: ReadonlyArray<string>
  /** Where the events come from, as others know this system: a URI. `urn:eventfold:` and the store's id unless given. */
  readonly source?: string
  /** Put before the types of events, as in `com.example.bank.`. */
  readonly typePrefix?: string
  /** How many events to publish at a time, at most; 1 unless given. Where some can't be published, each is tried for itself. */
  readonly batch?: number
}

const untilPublished = Schedule.upTo(Schedule.exponential("1 second"), { times: 8 })

/** As the schedule says, but not before the other side has asked for it, and not at all where it is of no use. */
const asAsked = (retry: Schedule.Schedule<unknown, Broker.PublishFailed>) =>
  retry.pipe(
    Schedule.setInputType<Broker.PublishFailed>(),
    Schedule.while(({ input }) => input.isRetryable),
    Schedule.modifyDelay(({ duration, input }) =>
      Effect.succeed(Duration.max(duration, Duration.millis(input.retryAfterMillis ?? 0)))
    )
  )

/**
 * A reaction that forwards events to a broker, as CloudEvents: an outbox, which is the log itself.
 *
 * **Details**
 *
 * An event is forwarded once its append is committed, never else. What may succeed later is tried again by `retry`: eight times within 4
 * minutes unless given, and not before the other side has said to (`Retry-After`). What can't succeed stops the reaction at once, or
 * is parked.
 *
 * @example
 * ```ts
 * import { Effect, Redacted } from "effect"
 * import { FetchHttpClient } from "effect/http"
 * import { Reaction, Webhook } from "eventfold"
 *
 * const layer = Effect.gen(function*() {
 *   const to = yield* Webhook.make({
 *     url: "https://example.com/hooks",
 *     secrets: [Redacted.make("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
 *   })
 *   return Reaction.layer([Reaction.forward("Partner", to, { start: "now", aggregates: ["Account"], onFailure: "park" })])
 * }).pipe(Effect.provide(FetchHttpClient.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const forward = (name: string, broker: Broker.Broker, options: ForwardOptions): Reaction => {
  const { aggregates, batch = 1, retry = untilPublished, source, typePrefix = "", types } = options
  return ReactionRunnable.make<Broker.Message, Broker.PublishFailed, never>({
    name,
    options: { ...options, retry: asAsked(retry) },
    batch,
    aggregates,
    types,
    read: ({ idempotencyKey, recorded }, storeId) => {
      const from = { source: source ?? CloudEvent.sourceOf(storeId), idempotencyKey, type: typePrefix + recorded.type }
      return Result.succeed({ idempotencyKey, event: CloudEvent.fromRecorded(recorded, from) })
    },
    handle: (messages) => broker.publish(messages)
  })
}

/**
 * Options of {@link layer}.
 *
 * @since 0.1.0
 * @category options
 */
export interface LayerOptions {
  /** How long a process that fell silent keeps a reaction from others; 4 seconds unless given. */
  readonly lease?: Duration.Input
  /** Events fetched at a time; 100 unless given. */
  readonly pageSize?: number
}

/** The part of the store that keeps places of reactions. */
const storeOfReactions: Effect.Effect<ReactionStore, EventStoreError, EventStore> = EventStore.use(({ reactions }) =>
  reactions === undefined
    ? Effect.fail(
        EventStoreError.storeRefused(
          "this store keeps no places of reactions",
          "Use a store that has `reactions`, as those of Eventfold have"
        )
      )
    : Effect.succeed(reactions)
)

const problemOf = (
  reactions: ReadonlyArray<DeliveryLoop.Runnable<unknown>>,
  lease: Duration.Input,
  pageSize: number
): string | undefined => {
  const problem = OptionChecks.problemOfLease(lease) ?? OptionChecks.problemOfPageSize(pageSize)
  if (problem !== undefined) return problem
  const names = new Set<string>()
  for (const { batch, concurrency, interest, name, onFailure } of reactions) {
    if (names.has(name)) return `two reactions are called ${JSON.stringify(name)}: they would share their place`
    names.add(name)
    for (const [option, value] of Object.entries({ batch, concurrency })) {
      if (!(Number.isSafeInteger(value) && value > 0))
        return `${option} of ${JSON.stringify(name)} is ${value}: it must be a whole number from 1`
    }
    const wrong =
      OptionChecks.problemOfChoice("onFailure", onFailure, FailurePolicy.names) ??
      checkReadAll(interest)?.reason.message
    if (wrong !== undefined) return `the reaction ${JSON.stringify(name)} can't be run: ${wrong}`
  }
  return undefined
}

/**
 * Runs these reactions for as long as the layer lives.
 *
 * **When to use**
 *
 * Beside the services of an app, or in processes of their own, as many as you like.
 *
 * **Details**
 *
 * Each reaction is run by one process at a time: it holds a lease by the store's clock, and the place is written with it. Where its
 * process dies, another one goes on within about `lease`; one that was asleep meanwhile writes no place any more, but may still end what
 * it had begun, as any call that is under way may.
 *
 * How reactions stand is in `EventStore.reactions`: their status, and what they have parked. There they are paused, resumed, and told
 * to try parked events again.
 *
 * **Errors**
 *
 * `StoreRefused` where the store keeps no places; `InvalidRequest` for options and names that can't be; `LogDiverged` where `start` is a
 * checkpoint of another store; `Unavailable` where the store can't be reached at the start. Later it is waited for.
 *
 * @example
 * ```ts
 * import { Console, Layer } from "effect"
 * import { MemoryEventStore, Reaction } from "eventfold"
 *
 * const audit = Reaction.make("Audit", { start: "beginning", handle: ({ recorded }) => Console.log(recorded.type) })
 * const reacting = Reaction.layer([audit], { lease: "10 seconds" }).pipe(Layer.provideMerge(MemoryEventStore.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <const Reactions extends ReadonlyArray<Reaction<unknown>>>(
  given: Reactions,
  { lease = "4 seconds", pageSize = 100 }: LayerOptions = {}
): Layer.Layer<never, EventStoreError, EventStore | Needs<Reactions[number]>> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const store = yield* storeOfReactions
      // `Runnable` is the only implementation of the handle.
      const reactions = given as ReadonlyArray<Reaction<unknown>> as ReadonlyArray<
        DeliveryLoop.Runnable<Needs<Reactions[number]>>
      >
      const problem = problemOf(reactions, lease, pageSize)
      if (problem !== undefined) return yield* EventStoreError.invalidRequest("Reaction.layer", problem)
      const leaseMillis = OptionChecks.leaseMillis(lease)
      const sqlOnly = store.inTransaction === undefined && reactions.find(({ isTransactional }) => isTransactional)
      if (sqlOnly) {
        return yield* EventStoreError.storeRefused(
          `reaction ${JSON.stringify(sqlOnly.name)} writes SQL, and this store is not in an SQL database`,
          "Use PgEventStore or PgliteEventStore, or a projection, which any store keeps"
        )
      }
      const owner = globalThis.crypto.randomUUID()
      for (const { name, start } of reactions) yield* store.open(name, start)
      for (const reaction of reactions) {
        const turns = ReactionTurn.turn(reaction, store, owner, leaseMillis, pageSize)
        yield* Effect.forkScoped(LeaseLoop.takeTurns(`reaction ${reaction.name}`, leaseMillis, turns))
        yield* Effect.forkScoped(ReactionTurn.measure(reaction, store, leaseMillis))
      }
    })
  )

type Needs<One> = One extends Reaction<infer R> ? R : never
