/**
 * Snapshots: stored states of long streams, so that loading a state does not fold the whole
 * history.
 *
 * Snapshots are a cache. They can be dropped without loss, and a snapshot that a different `apply`
 * made, or one for a different stored form of the state, is not used.
 */
import { Context, Duration, Effect, Layer } from "effect"
import type { EventStoreError } from "./EventStoreError.ts"

/**
 * A state in stored form, and its place in the stream.
 *
 * @since 0.1.0
 * @category models
 */
export interface Snapshot {
  readonly stream: string
  /** Version of the last event in the state. */
  readonly version: number
  /** Id of that event: a snapshot of events that no longer exist is not used. */
  readonly eventId: string
  /** Fingerprint of the fold that made the state. */
  readonly fingerprint: string
  /** The state as JSON text. */
  readonly state: string
}

/**
 * Snapshots to drop: those of one stream, of the streams of one aggregate, or all.
 */
type Which = { readonly stream: string } | { readonly aggregate: string } | "all"

/**
 * Storage of snapshots: one for each stream and fingerprint. For authors of stores.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** Returns the latest snapshot of a fold with this fingerprint. */
  readonly latest: (stream: string, fingerprint: string) => Effect.Effect<Snapshot | undefined, EventStoreError>
  /** Saves a snapshot. A snapshot of a later version is kept, unless it is to be replaced. */
  readonly save: (snapshot: Snapshot, options?: { readonly replace?: boolean }) => Effect.Effect<void, EventStoreError>
  /** Drops snapshots, and returns their number. */
  readonly drop: (which: Which) => Effect.Effect<number, EventStoreError>
}

/** Triggers of a snapshot: the first one that applies. */
interface Policy {
  /** Number of events since the last snapshot. */
  readonly events?: number
  /** Duration of a load above which a snapshot is taken. */
  readonly slowerThan?: Duration.Input
  /** Interval at which snapshots are taken of all streams that changed in this process. */
  readonly interval?: Duration.Input
}

/**
 * Policy of the repositories; without one they neither take nor read snapshots.
 *
 * @internal
 */
export const CurrentPolicy: Context.Reference<Policy | undefined> = Context.Reference<Policy | undefined>(
  "eventfold/SnapshotPolicy",
  { defaultValue: () => undefined }
)

/**
 * Takes snapshots in each repository that is built with it, and loads states from them.
 *
 * **When to use**
 *
 * If streams are long: some hundreds of events are folded faster than a snapshot is read.
 *
 * **Details**
 *
 * Snapshots are written in the background, after the command has returned, and belong to the
 * fingerprint of the fold: if `apply` or the schema of the state changes, the next load folds from
 * the beginning, and a new snapshot is taken. A snapshot that does not decode, or does not fit the
 * schema of the state or its stream, is ignored, logged as a warning, and replaced by the state of
 * the events; if that state does not fit the schema either, the snapshots of the stream are
 * dropped.
 *
 * **Gotchas**
 *
 * Without this layer no snapshots are read, since that takes a database query at each load.
 * Truncating a stream drops its snapshots, because they contain the truncated data.
 *
 * @example
 * ```ts
 * import { Layer } from "effect"
 * import { MemoryEventStore, Snapshots } from "eventfold"
 *
 * const store = Layer.merge(MemoryEventStore.layer, Snapshots.layer({ events: 500, slowerThan: "50 millis" }))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (policy: Policy): Layer.Layer<never> =>
  Layer.effect(
    CurrentPolicy,
    Effect.sync(() => {
      const problem = problemOf(policy)
      if (problem !== undefined) throw new RangeError(`Snapshots.layer: ${problem}`)
      return policy
    })
  )

const problemOf = ({ events, interval, slowerThan }: Policy): string | undefined => {
  if (events === undefined && interval === undefined && slowerThan === undefined) {
    return "say when: after so many events, after a load slowerThan a time, or at an interval"
  }
  if (events !== undefined && !(Number.isSafeInteger(events) && events > 0)) {
    return `events is ${events}; it is a whole number above 0`
  }
  for (const [name, duration] of Object.entries({ interval, slowerThan })) {
    if (duration === undefined) continue
    const millis = Duration.toMillis(Duration.fromInputUnsafe(duration))
    if (!(millis > 0) || (name === "interval" && millis === Infinity)) return `${name} must be positive`
  }
  return undefined
}
