/**
 * Implements `pages` and `subscribe` of a store: joins the history with new events.
 *
 * For authors of stores. An app calls `EventStore.subscribe` and `EventStore.pages`.
 */
import { Duration, Effect, Metric, Option, type Scope, Stream } from "effect"
import type { Checkpoint } from "../Checkpoint.ts"
import type { RecordedEvent } from "../Event.ts"
import type { OnTruncated, Page, Service, SubscribeOptions } from "../EventStore.ts"
import { EventStoreError } from "../EventStoreError.ts"
import { pageTime, subscriptionLag } from "./StoreMetrics.ts"
import * as StoreRequest from "./StoreRequest.ts"

/**
 * Position and id of an event; position 0 and no event at the beginning.
 *
 * @since 0.1.0
 * @category models
 */
export interface Place {
  readonly position: number
  readonly eventId: string | null
}

/**
 * The last readable event: everything up to it is visible, and no event will appear before it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Head extends Place {
  /** Increases when the log turns out to have been replaced: each reader then checks its own place. */
  readonly epoch: number
}

/**
 * Watches for new events, for one reader or for many.
 *
 * @since 0.1.0
 * @category models
 */
export interface Watch {
  /** Reads the current head. */
  readonly now: Effect.Effect<Head, EventStoreError>
  /** Waits for a head beyond a position, or of a different epoch. */
  readonly beyond: (position: number, epoch: number) => Effect.Effect<Head, EventStoreError>
}

/**
 * A part of the log: after one place, up to another.
 *
 * @since 0.1.0
 * @category models
 */
export interface Slice {
  readonly aggregates: ReadonlyArray<string> | undefined
  readonly types: ReadonlyArray<string> | undefined
  readonly after: Place
  readonly to: number
  /** Maximum number of events. */
  readonly size: number
  /**
   * Policy for truncated events: the store skips them, or its `slice` fails with `StreamTruncated`.
   */
  readonly truncated: OnTruncated
}

/**
 * Operations that a store provides.
 *
 * @since 0.1.0
 * @category models
 */
export interface Log {
  readonly id: string
  /** `true` if the log is a replica that may be behind checkpoints: the reader then waits for it. */
  readonly lags?: boolean
  readonly watch: Effect.Effect<Watch, EventStoreError, Scope.Scope>
  /** Reads the last event at or before a position, selected or not; the beginning if there is none. */
  readonly lastAt: (position: number) => Effect.Effect<Place, EventStoreError>
  /**
   * Reads the first events of a slice. Returns `diverged` if the event at `after` is not in the
   * same snapshot of the log, so that no page of a different log is delivered.
   */
  readonly slice: (slice: Slice) => Effect.Effect<ReadonlyArray<RecordedEvent> | "diverged", EventStoreError>
}

interface Cursor {
  readonly place: Place
  readonly epoch: number
}

/**
 * Makes `pages` and `subscribe` of a store.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { LogReader } from "eventfold/store"
 *
 * // A log that is empty, and stays so.
 * const head: LogReader.Head = { position: 0, eventId: null, epoch: 0 }
 * const { pages } = LogReader.make({
 *   id: "0192f0c1-7e2a-4b3c-8d4e-5f6071829304",
 *   watch: Effect.succeed({ now: Effect.succeed(head), beyond: () => Effect.never }),
 *   lastAt: () => Effect.succeed(head),
 *   slice: () => Effect.succeed([])
 * })
 * const first = await Effect.runPromise(pages().pipe(Stream.take(1), Stream.runCollect))
 * first[0]?.caughtUp // true
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (log: Log): Pick<Service, "pages" | "subscribe"> => {
  const checkpoint = ({ eventId, position }: Place): Checkpoint => ({ storeId: log.id, position, eventId })

  const diverged = (checkpoint: Checkpoint) =>
    Effect.flatMap(log.lastAt(checkpoint.position), ({ eventId, position }) => {
      const found = position === checkpoint.position ? eventId : null
      return Effect.fail(EventStoreError.logDiverged({ checkpoint, storeId: log.id, found }))
    })

  const verify = Effect.fnUntraced(function* (checkpoint: Checkpoint) {
    const found = yield* log.lastAt(checkpoint.position)
    if (found.position !== checkpoint.position || found.eventId !== checkpoint.eventId) {
      return yield* diverged(checkpoint)
    }
    return found
  })

  /** Waits until the log can be read up to a position. */
  const reached = Effect.fnUntraced(function* (watch: Watch, position: number) {
    let head = yield* watch.now
    while (head.position < position) head = yield* watch.beyond(position - 1, head.epoch)
    return head
  })

  /** Returns the place at which a subscription begins. */
  const start = Effect.fnUntraced(function* (watch: Watch, after: Checkpoint | number) {
    if (typeof after !== "number") {
      if (after.storeId !== log.id) return yield* diverged(after)
      if (log.lags === true) yield* reached(watch, after.position)
      const place = yield* verify(after)
      return { place, head: yield* watch.now }
    }
    // A position further on than can be read yet, as of an append of a moment ago: its event comes first.
    const head = yield* reached(watch, after)
    return { place: yield* log.lastAt(after), head }
  })

  const read = Effect.fnUntraced(function* (place: Place, head: Head, options: SubscribeOptions) {
    const { aggregates, pageSize: size = 1_000, truncated = "fail", types } = options
    const begun = performance.now()
    const isBehind = head.position > place.position
    const slice = { after: place, to: head.position, size, aggregates, types, truncated }
    const events = isBehind ? yield* log.slice(slice) : []
    if (events === "diverged") return yield* diverged(checkpoint(place))
    const context = yield* Effect.context<never>()
    pageTime.updateUnsafe(Duration.millis(performance.now() - begun), context)
    const last = events.length < size ? undefined : events.at(-1)
    const { eventId, position } = last === undefined ? (isBehind ? head : place) : { ...last, eventId: last.id }
    return { events, place: { eventId, position } }
  }, Effect.withSpan("EventStore.page"))

  const follow = <A>(
    options: SubscribeOptions,
    pick: (page: Page) => ReadonlyArray<A>
  ): Stream.Stream<A, EventStoreError> =>
    Stream.unwrap(
      Effect.gen(function* () {
        const invalid = StoreRequest.checkSubscribe(options)
        if (invalid !== undefined) return yield* invalid
        const watch = yield* log.watch
        const lag = Metric.withAttributes(subscriptionLag, { subscription: options.name ?? "subscription" })
        return Stream.paginate(undefined as Cursor | undefined, (cursor) =>
          Effect.gen(function* () {
            const from =
              cursor === undefined
                ? yield* start(watch, options.after ?? 0)
                : { place: cursor.place, head: yield* watch.beyond(cursor.place.position, cursor.epoch) }
            if (cursor !== undefined && from.head.epoch !== cursor.epoch) yield* verify(checkpoint(cursor.place))
            const { events, place } = yield* read(from.place, from.head, options)
            const behind = Math.max(0, from.head.position - place.position)
            yield* Metric.update(lag, behind)
            const page: Page = { events, checkpoint: checkpoint(place), caughtUp: behind === 0 }
            return [pick(page), Option.some<Cursor>({ place, epoch: from.head.epoch })] as const
          })
        )
      })
    )

  return {
    pages: (options = {}) => follow(options, (page) => [page]),
    subscribe: (options = {}) => follow(options, ({ events }) => events)
  }
}
