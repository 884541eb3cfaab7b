/**
 * What every store counts and measures, as Effect's metrics: read them with `Metric.value`, or export them with the rest.
 *
 * @example
 * ```ts
 * import { Effect, Metric } from "effect"
 * import { EventId, EventStore, MemoryEventStore } from "eventfold"
 * import { StoreMetrics } from "eventfold/store"
 *
 * const program = Effect.gen(function*() {
 *   const store = yield* EventStore.EventStore
 *   const id = yield* EventId.make
 *   yield* store.append("Account-1", "any", [{ id, type: "Opened", schemaVersion: 1, data: null, metadata: {} }])
 *   return (yield* Metric.value(StoreMetrics.eventsAppended)).count // at least 1
 * })
 * const count = await Effect.runPromise(Effect.provide(program, MemoryEventStore.layer))
 * ```
 */
import { Effect, Metric, Result } from "effect"
import type { Append, Appended } from "../EventStore.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import type { Status } from "./ProjectionStore.ts"
import type { Status as Reacting } from "./ReactionStore.ts"

/**
 * Appends that were written; one for each stream of an `appendAll`. Repeated ones don't count.
 *
 * @internal
 */
export const appends = Metric.counter("eventfold_appends", { description: "Appends written", incremental: true })

/**
 * Events that were written.
 *
 * @internal
 */
export const eventsAppended = Metric.counter("eventfold_events_appended", {
  description: "Events written",
  incremental: true
})

/**
 * Appends refused with `VersionConflict`, also those that were then retried.
 *
 * @internal
 */
export const conflicts = Metric.counter("eventfold_conflicts", {
  description: "Appends refused because the stream was not at the expected version",
  incremental: true
})

/**
 * Appends that found their stream held by another transaction, and waited for it; a warning in the log names the session.
 *
 * @since 0.1.0
 * @category metrics
 */
export const appendsHeld = Metric.counter("eventfold_appends_held", {
  description: "Appends that waited for a stream which another transaction held",
  incremental: true
})

/**
 * How many positions a subscription is behind what can be read; by its name, as attribute `subscription`.
 *
 * @internal
 */
export const subscriptionLag = Metric.gauge("eventfold_subscription_lag", {
  description: "Positions between a subscription and the end of what can be read"
})

/**
 * How many positions what can be read is behind the last event: held back by appends that are under way.
 *
 * @since 0.1.0
 * @category metrics
 */
export const horizonLag = Metric.gauge("eventfold_horizon_lag", {
  description: "Positions between what can be read of the log and its last event"
})

/**
 * How long a subscription's page took to fetch.
 *
 * @internal
 */
export const pageTime = Metric.timer("eventfold_page_time", { description: "Time to fetch a page of the log" })

/**
 * How many events the rows of a projection are behind the log; by its name, as attribute `projection`, and by `stage`: `serving`, or `next`
 * while rows are made anew. Every process with a projector for it says so, whoever keeps the rows, and also where nobody does.
 *
 * @internal
 */
export const projectionLagEvents = Metric.gauge("eventfold_projection_lag_events", {
  description: "Events between a projection's rows and the end of the log"
})

/**
 * How long ago the first event was recorded that the rows of a projection don't hold, in seconds; by the same attributes.
 *
 * @internal
 */
export const projectionLagSeconds = Metric.gauge("eventfold_projection_lag_seconds", {
  description: "Age of the first event that a projection's rows don't hold"
})

/**
 * How many keys of a projection are parked; by the same attributes.
 *
 * @internal
 */
export const projectionParked = Metric.gauge("eventfold_projection_parked", {
  description: "Keys of a projection whose events wait, as one could not be folded"
})

/**
 * Measures how a projection stands. For authors of projectors.
 *
 * @internal
 */
export const gaugeLags = (projection: string, stages: ReadonlyArray<Status>): Effect.Effect<void> =>
  Effect.forEach(
    ["serving", "next"] as const,
    (stage) => {
      const found = stages.find((one) => one.stage === stage)
      // Rows that were made anew are served by now: they are not behind any more.
      if (found === undefined && stage === "serving") return Effect.void
      const attributes = { projection, stage }
      return Effect.all([
        Metric.update(Metric.withAttributes(projectionLagEvents, attributes), found?.lag.events ?? 0),
        Metric.update(Metric.withAttributes(projectionLagSeconds, attributes), found?.lag.seconds ?? 0),
        Metric.update(Metric.withAttributes(projectionParked, attributes), found?.parked ?? 0)
      ])
    },
    { discard: true }
  )

/**
 * How many events a reaction is behind the log; by its name, as attribute `reaction`. Every process that has it says so.
 *
 * @internal
 */
export const reactionLagEvents = Metric.gauge("eventfold_reaction_lag_events", {
  description: "Events between a reaction and the end of the log"
})

/**
 * How long ago the first event was recorded that a reaction has not come to, in seconds; by the same attribute.
 *
 * @internal
 */
export const reactionLagSeconds = Metric.gauge("eventfold_reaction_lag_seconds", {
  description: "Age of the first event that a reaction has not come to"
})

/**
 * How many events a reaction has put aside; by the same attribute.
 *
 * @internal
 */
export const reactionParked = Metric.gauge("eventfold_reaction_parked", {
  description: "Events that a reaction has put aside, as they could not be delivered"
})

/**
 * Measures how a reaction stands. For who runs reactions.
 *
 * @internal
 */
export const gaugeReaction = ({ lag, name, parked }: Reacting): Effect.Effect<void> => {
  const attributes = { reaction: name }
  return Effect.asVoid(
    Effect.all([
      Metric.update(Metric.withAttributes(reactionLagEvents, attributes), lag.events),
      Metric.update(Metric.withAttributes(reactionLagSeconds, attributes), lag.seconds),
      Metric.update(Metric.withAttributes(reactionParked, attributes), parked)
    ])
  )
}

/**
 * Snapshots that were written.
 *
 * @internal
 */
export const snapshotsTaken = Metric.counter("eventfold_snapshots_taken", {
  description: "Snapshots written",
  incremental: true
})

/**
 * Snapshots that could not be used or not be written; a warning in the log says why.
 *
 * @internal
 */
export const snapshotsFailed = Metric.counter("eventfold_snapshots_failed", {
  description: "Snapshots that could not be used, or not be written",
  incremental: true
})

/**
 * Counts the outcomes of appends. For authors of stores.
 *
 * **Gotchas**
 *
 * Once for a whole batch: it costs as much as one append, whatever it holds.
 *
 * @since 0.1.0
 * @category combinators
 */
export const countAppends = (
  sent: ReadonlyArray<Pick<Append, "events">>,
  outcomes: ReadonlyArray<Result.Result<Appended, EventStoreError>>
): Effect.Effect<void> => {
  let written = 0
  let events = 0
  let refused = 0
  for (const [i, outcome] of outcomes.entries()) {
    if (Result.isFailure(outcome)) {
      if (outcome.failure.reason._tag === "VersionConflict") refused++
    } else if (!outcome.success.repeated && sent[i]!.events.length > 0) {
      written++
      events += sent[i]!.events.length
    }
  }
  return Effect.contextWith((context) =>
    Effect.sync(() => {
      if (written > 0) {
        appends.updateUnsafe(written, context)
        eventsAppended.updateUnsafe(events, context)
      }
      if (refused > 0) conflicts.updateUnsafe(refused, context)
    })
  )
}

/**
 * Counts the outcome of appends that are written together or not at all. For authors of stores.
 *
 * @since 0.1.0
 * @category combinators
 */
export const countAllOrNone = (
  sent: ReadonlyArray<Pick<Append, "events">>,
  outcome: Result.Result<ReadonlyArray<Appended>, EventStoreError>
): Effect.Effect<void> =>
  countAppends(
    sent,
    Result.isSuccess(outcome)
      ? outcome.success.map((appended) => Result.succeed(appended))
      : [Result.fail(outcome.failure)]
  )
