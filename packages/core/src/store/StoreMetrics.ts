/**
 * Effect metrics of every store: read them with `Metric.value`, or export them with the other
 * metrics.
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
import { type Context, Effect, Metric, Result } from "effect"
import type { Append, Appended } from "../EventStore.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import type { Status } from "./ProjectionStore.ts"
import type { Status as Reacting } from "./ReactionStore.ts"

/**
 * Number of written appends; one for each stream of an `appendAll`. Repeated appends do not count.
 *
 * @internal
 */
export const appends = Metric.counter("eventfold_appends", { description: "Appends written", incremental: true })

/**
 * Number of written events.
 *
 * @internal
 */
export const eventsAppended = Metric.counter("eventfold_events_appended", {
  description: "Events written",
  incremental: true
})

/**
 * Number of appends refused with `VersionConflict`, including those that were retried.
 *
 * @internal
 */
export const conflicts = Metric.counter("eventfold_conflicts", {
  description: "Appends refused because the stream was not at the expected version",
  incremental: true
})

/**
 * Number of appends that waited for a stream which another transaction held; a warning in the log
 * names the session.
 *
 * @example
 * ```ts
 * import { Metric } from "effect"
 * import { StoreMetrics } from "eventfold/store"
 *
 * const count = Metric.update(StoreMetrics.appendsHeld, 1)
 * ```
 *
 * @since 0.1.0
 * @category metrics
 */
export const appendsHeld = Metric.counter("eventfold_appends_held", {
  description: "Appends that waited for a stream which another transaction held",
  incremental: true
})

/**
 * Positions between a subscription and the readable end of the log; by its name, as attribute
 * `subscription`.
 *
 * @internal
 */
export const subscriptionLag = Metric.gauge("eventfold_subscription_lag", {
  description: "Positions between a subscription and the end of what can be read"
})

/**
 * Positions between the readable end of the log and its last event: the lag that open appends
 * cause.
 *
 * @example
 * ```ts
 * import { Metric } from "effect"
 * import { StoreMetrics } from "eventfold/store"
 *
 * const set = Metric.update(StoreMetrics.horizonLag, 0)
 * ```
 *
 * @since 0.1.0
 * @category metrics
 */
export const horizonLag = Metric.gauge("eventfold_horizon_lag", {
  description: "Positions between what can be read of the log and its last event"
})

/**
 * Duration of fetching a page of a subscription.
 *
 * @internal
 */
export const pageTime = Metric.timer("eventfold_page_time", { description: "Time to fetch a page of the log" })

/**
 * Number of events between the rows of a projection and the end of the log; by its name, as
 * attribute `projection`, and by `stage`: `serving`, or `next` during a rebuild. Every process with
 * a projector for it reports it, also if another process runs the projection, or none does.
 *
 * @internal
 */
export const projectionLagEvents = Metric.gauge("eventfold_projection_lag_events", {
  description: "Events between a projection's rows and the end of the log"
})

/**
 * Age in seconds of the first event that the rows of a projection do not contain; by the same
 * attributes.
 *
 * @internal
 */
export const projectionLagSeconds = Metric.gauge("eventfold_projection_lag_seconds", {
  description: "Age of the first event that a projection's rows don't hold"
})

/**
 * Number of parked keys of a projection; by the same attributes.
 *
 * @internal
 */
export const projectionParked = Metric.gauge("eventfold_projection_parked", {
  description: "Keys of a projection whose events wait, as one could not be folded"
})

/**
 * Updates the metrics of a projection.
 *
 * @internal
 */
export const gaugeLags = (projection: string, stages: ReadonlyArray<Status>): Effect.Effect<void> =>
  Effect.forEach(
    ["serving", "next"] as const,
    (stage) => {
      const found = stages.find((one) => one.stage === stage)
      // Rebuilt rows are served now, so their stage has no lag.
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
 * Number of events between a reaction and the end of the log; by its name, as attribute `reaction`.
 * Every process with the reaction reports it.
 *
 * @internal
 */
export const reactionLagEvents = Metric.gauge("eventfold_reaction_lag_events", {
  description: "Events between a reaction and the end of the log"
})

/**
 * Age in seconds of the first event that a reaction has not handled; by the same attribute.
 *
 * @internal
 */
export const reactionLagSeconds = Metric.gauge("eventfold_reaction_lag_seconds", {
  description: "Age of the first event that a reaction has not handled"
})

/**
 * Number of parked events of a reaction; by the same attribute.
 *
 * @internal
 */
export const reactionParked = Metric.gauge("eventfold_reaction_parked", {
  description: "Events that a reaction has parked, because they could not be delivered"
})

/**
 * Updates the metrics of a reaction.
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
 * Number of written snapshots.
 *
 * @internal
 */
export const snapshotsTaken = Metric.counter("eventfold_snapshots_taken", {
  description: "Snapshots written",
  incremental: true
})

/**
 * Number of snapshots that could not be used or written; a warning in the log has the reason.
 *
 * @internal
 */
export const snapshotsFailed = Metric.counter("eventfold_snapshots_failed", {
  description: "Snapshots that could not be used, or not be written",
  incremental: true
})

/**
 * Counts the outcomes of appends in the registry of a context.
 *
 * @internal
 */
export const countUnsafe = (
  context: Context.Context<never>,
  sent: ReadonlyArray<Pick<Append, "events">>,
  outcomes: ReadonlyArray<Result.Result<Appended, EventStoreError>>
): void => {
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
  if (written > 0) {
    appends.updateUnsafe(written, context)
    eventsAppended.updateUnsafe(events, context)
  }
  if (refused > 0) conflicts.updateUnsafe(refused, context)
}

/**
 * Counts the outcomes of appends, for a store that does so itself (`countsAppends` of
 * `StoreService.Operations`). Appends that were written in one transaction, and failed, have one
 * outcome.
 *
 * **Gotchas**
 *
 * Call it once for a whole batch: its cost does not depend on the size of the batch.
 *
 * @example
 * ```ts
 * import { Effect, Result } from "effect"
 * import { StoreMetrics } from "eventfold/store"
 *
 * const outcome = Result.succeed({ version: 1, position: 1, repeated: false })
 * await Effect.runPromise(StoreMetrics.countAppends([{ events: [] }], [outcome])) // nothing was written
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const countAppends = (
  sent: ReadonlyArray<Pick<Append, "events">>,
  outcomes: ReadonlyArray<Result.Result<Appended, EventStoreError>>
): Effect.Effect<void> =>
  Effect.contextWith((context: Context.Context<never>) => Effect.sync(() => countUnsafe(context, sent, outcomes)))
