/** Makes `pages` and `subscribe` of a store: joins the history with new events. */
import { Duration, Effect, Metric, Option, Stream } from "effect"
import type { Checkpoint } from "../../Checkpoint.ts"
import type { Page, Service, SubscribeOptions } from "../../EventStore.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Head, Log } from "../../store/StoreOperations.ts"
import { pageTime, subscriptionLag } from "../../store/StoreMetrics.ts"
import * as RequestChecks from "./RequestChecks.ts"

type Watch = Effect.Success<Log["watch"]>

/** An event in the log; position 0 and no event at the beginning. */
type LogEvent = Omit<Head, "epoch">

interface Cursor {
  readonly last: LogEvent
  readonly epoch: number
}

/** Makes `pages` and `subscribe` of a store with this id. */
export const make = (storeId: string, log: Log): Pick<Service, "pages" | "subscribe"> => {
  const checkpoint = ({ eventId, position }: LogEvent): Checkpoint => ({ storeId, position, eventId })

  const diverged = (checkpoint: Checkpoint) =>
    Effect.flatMap(log.lastAt(checkpoint.position), ({ eventId, position }) => {
      const found = position === checkpoint.position ? eventId : null
      return Effect.fail(EventStoreError.logDiverged({ checkpoint, storeId, found }))
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

  /** Returns the event after which a subscription begins. */
  const start = Effect.fnUntraced(function* (watch: Watch, after: Checkpoint | number) {
    if (typeof after !== "number") {
      if (after.storeId !== storeId) return yield* diverged(after)
      if (log.lags === true) yield* reached(watch, after.position)
      const last = yield* verify(after)
      return { last, head: yield* watch.now }
    }
    // The position of a recent append may not be readable yet: wait for its event first.
    const head = yield* reached(watch, after)
    return { last: yield* log.lastAt(after), head }
  })

  const read = Effect.fnUntraced(function* (from: LogEvent, head: Head, options: SubscribeOptions) {
    const { aggregates, pageSize: size = 1_000, truncated = "fail", types } = options
    const begun = performance.now()
    const isBehind = head.position > from.position
    const slice = { after: from, to: head.position, size, aggregates, types, truncated }
    const events = isBehind ? yield* log.slice(slice) : []
    if (events === "diverged") return yield* diverged(checkpoint(from))
    const context = yield* Effect.context<never>()
    pageTime.updateUnsafe(Duration.millis(performance.now() - begun), context)
    const final = events.length < size ? undefined : events.at(-1)
    const { eventId, position } = final === undefined ? (isBehind ? head : from) : { ...final, eventId: final.id }
    return { events, last: { eventId, position } }
  }, Effect.withSpan("EventStore.page"))

  const follow = <A>(
    options: SubscribeOptions,
    pick: (page: Page) => ReadonlyArray<A>
  ): Stream.Stream<A, EventStoreError> =>
    Stream.unwrap(
      Effect.gen(function* () {
        const invalid = RequestChecks.checkSubscribe(options)
        if (invalid !== undefined) return yield* invalid
        const watch = yield* log.watch
        const lag = Metric.withAttributes(subscriptionLag, { subscription: options.name ?? "subscription" })
        return Stream.paginate(undefined as Cursor | undefined, (cursor) =>
          Effect.gen(function* () {
            const from =
              cursor === undefined
                ? yield* start(watch, options.after ?? 0)
                : { last: cursor.last, head: yield* watch.beyond(cursor.last.position, cursor.epoch) }
            if (cursor !== undefined && from.head.epoch !== cursor.epoch) yield* verify(checkpoint(cursor.last))
            const { events, last } = yield* read(from.last, from.head, options)
            const behind = Math.max(0, from.head.position - last.position)
            yield* Metric.update(lag, behind)
            const page: Page = { events, checkpoint: checkpoint(last), caughtUp: behind === 0 }
            return [pick(page), Option.some<Cursor>({ last, epoch: from.head.epoch })] as const
          })
        )
      })
    )

  return {
    pages: (options = {}) => follow(options, (page) => [page]),
    subscribe: (options = {}) => follow(options, ({ events }) => events)
  }
}
