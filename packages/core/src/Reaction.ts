/**
 * Reactions: side effects of events, such as mail, a call of another system, or a message to a
 * broker. Each event is delivered to a handler at least once, in order, by one process at a time.
 * Rebuilding a projection delivers no event again.
 */
import { Duration, Effect, Layer, Result, Schedule, type Types } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import type * as Broker from "./Broker.ts"
import * as CloudEvent from "./CloudEvent.ts"
import type { Delivery, Source, TypedDelivery } from "./internal/reaction/Delivery.ts"
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
import { checkReadAll } from "./internal/store/RequestChecks.ts"

export { events } from "./internal/reaction/Delivery.ts"
export type { Delivery, Source, TypedDelivery } from "./internal/reaction/Delivery.ts"

/**
 * A reaction, ready for {@link layer}. `R` is what its handler requires.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reaction<out R = never> {
  readonly "~eventfold/Reaction": { readonly _R: Types.Covariant<R> }
  readonly name: string
}

/**
 * Options of a reaction to decoded events of declared aggregates.
 */
interface TypedOptions<From extends ReadonlyArray<Source<unknown, unknown>>, E, R> extends Options<E, R> {
  readonly from: From
  readonly handle: (delivery: DeliveryFrom<From[number]>) => Effect.Effect<unknown, E, R>
}

/**
 * Options of a reaction to events in their stored form.
 */
interface RecordedOptions<E, R> extends Options<E, R> {
  /** Selects streams whose id begins with one of these names of aggregates and a hyphen. */
  readonly aggregates?: ReadonlyArray<string>
  /** Selects events of these types. */
  readonly types?: ReadonlyArray<string>
  readonly handle: (delivery: Delivery) => Effect.Effect<unknown, E, R>
}

/** Delivery of an event of a source. */
type DeliveryFrom<S> = S extends Source<infer Event, infer Id> ? TypedDelivery<Event, Id> : never

/** Returns the part of the log that sources read. */
const interestOf = (from: ReadonlyArray<Source<unknown, unknown>>) => ({
  aggregates: from.map(({ aggregate }) => aggregate),
  types: from.some(({ types }) => types.length === 0) ? undefined : [...new Set(from.flatMap(({ types }) => types))]
})

/**
 * Makes a reaction, whose handler runs for each event.
 *
 * **When to use**
 *
 * For effects outside the store: mail, a payment, a call of another system. For data that is
 * computed from events, use a projection, which can be rebuilt; for events that follow from events
 * of the same store, use commands with a derived `commandId`.
 *
 * **Details**
 *
 * With `from`, events of declared aggregates are delivered decoded; with `aggregates` and `types`,
 * in their stored form, and lifecycle events (`$archived`, …) are included.
 *
 * The checkpoint is written after the handler has succeeded, so each event is delivered at least
 * once: twice if the process ends in between. `idempotencyKey` is equal for both deliveries.
 *
 * Commands that the handler executes carry the event's correlation id, or its id if it has none.
 *
 * **Gotchas**
 *
 * The checkpoint is stored under the name of the reaction: under another name it begins at `start`
 * again. A handler that blocks the event loop for longer than the lease loses the lease.
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
 * Options of a reaction whose handler writes SQL.
 */
interface TransactionOptions<From extends ReadonlyArray<Source<unknown, unknown>>, E, R> extends Omit<
  Options<E, R>,
  "concurrency"
> {
  readonly from: From
  /**
   * Maximum number of events in a transaction. Defaults to 1. If some fail, each is retried
   * separately.
   */
  readonly batch?: number
  /**
   * `sql` is the store's client within the transaction: what another client writes is not part of
   * it.
   */
  readonly handle: (delivery: DeliveryFrom<From[number]>, sql: SqlClient) => Effect.Effect<unknown, E, R>
}

/**
 * Makes a reaction whose handler writes to the database of the store: its writes and the checkpoint
 * are committed together, so each event takes effect exactly once.
 *
 * **When to use**
 *
 * For data that no keyed projection can hold: a row that depends on other rows, a full-text index,
 * a table that another team declares. Use a projection for everything else: its handlers are pure,
 * can be tested with any history, and are rebuilt without a pause.
 *
 * **Details**
 *
 * The app owns the tables: create them first, and give them a name that contains the release of the
 * handler. Changed handlers are a new reaction, with a new name and new tables, from the beginning
 * of the log; switch to those tables when they have caught up.
 *
 * If a handler fails, its transaction is rolled back, and it is retried like any reaction. Waiting
 * for another system in the handler keeps the transaction open; the server ends a transaction that
 * is idle for 10 seconds.
 *
 * **Errors**
 *
 * `Reaction.layer` fails with `StoreRefused` on a store that is not in an SQL database.
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
 *   events: { Issued: { amount: Schema.Int } },
 *   errors: {},
 *   commands: {}
 * })
 * // The generated codec, in an app.
 * const codec = { events: StoredForm.events(Card.event) }
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
    // Deliveries have the types of these sources, and the client is defined in a transaction.
    handle: (deliveries, sql) =>
      Effect.forEach(deliveries, (delivery) => handle(delivery as DeliveryFrom<From[number]>, sql!), { discard: true })
  })
}

/**
 * Options of {@link forward}.
 */
interface ForwardOptions extends Options<Broker.PublishFailed, never> {
  /** Selects streams whose id begins with one of these names of aggregates and a hyphen. */
  readonly aggregates?: ReadonlyArray<string>
  /** Selects events of these types. */
  readonly types?: ReadonlyArray<string>
  /**
   * URI of the source of the events, for other systems. Defaults to `urn:eventfold:` and the
   * store's id.
   */
  readonly source?: string
  /** Prefix of the types of events, such as `com.example.bank.`. */
  readonly typePrefix?: string
  /**
   * Maximum number of events to publish at a time. Defaults to 1. If some cannot be published, each
   * is published separately.
   */
  readonly batch?: number
}

const untilPublished = Schedule.upTo(Schedule.exponential("1 second"), { times: 8 })

/**
 * Follows the schedule, but not before the delay that the receiver asked for, and stops for errors
 * that a retry cannot resolve.
 */
const asAsked = (retry: Schedule.Schedule<unknown, Broker.PublishFailed>) =>
  retry.pipe(
    Schedule.setInputType<Broker.PublishFailed>(),
    Schedule.while(({ input }) => input.isRetryable),
    Schedule.modifyDelay(({ duration, input }) =>
      Effect.succeed(Duration.max(duration, Duration.millis(input.retryAfterMillis ?? 0)))
    )
  )

/**
 * Makes a reaction that forwards events to a broker, as CloudEvents: the log is the outbox.
 *
 * **Details**
 *
 * An event is forwarded only after its append is committed. Retryable failures follow `retry`,
 * which defaults to eight retries within 4 minutes, and not before the delay that the receiver
 * asked for (`Retry-After`). Other failures stop the reaction at once, or park the event.
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
 */
interface LayerOptions {
  /** Duration for which a silent process holds a reaction. Defaults to 4 seconds. */
  readonly lease?: Duration.Input
  /** Number of events that are fetched at a time. Defaults to 100. */
  readonly pageSize?: number
}

/** The store's storage of reactions. */
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
  reactions: ReadonlyArray<DeliveryLoop.RunnableReaction<unknown>>,
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
 * Runs reactions for the lifetime of the layer.
 *
 * **When to use**
 *
 * Beside the services of an app, or in any number of separate processes.
 *
 * **Details**
 *
 * Each reaction is run by one process at a time, which holds a lease by the store's clock, and
 * writes the checkpoint under it. If the process dies, another process takes over within about
 * `lease`. A process that was suspended writes no checkpoint after it has lost the lease, but a
 * call that it had begun may still complete.
 *
 * `EventStore.reactions` has the status of each reaction and its parked events. It also pauses and
 * resumes reactions, and retries parked events.
 *
 * **Errors**
 *
 * `StoreRefused` if the store has no storage for reactions; `InvalidRequest` for invalid options
 * and names; `LogDiverged` if `start` is a checkpoint of another store; `Unavailable` if the store
 * cannot be reached at the start. Later, the reactions wait for the store.
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
        DeliveryLoop.RunnableReaction<Needs<Reactions[number]>>
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
