/**
 * Snapshots: states of long streams, stored apart, so that loading need not fold all of their history.
 *
 * They are a cache. Nothing is lost when they are dropped, and none is used that was made by another `apply` or for another
 * stored form of the state.
 */
import { Context, Duration, Effect, Layer } from "effect"
import type { EventStoreError } from "./EventStoreError.ts"

/**
 * A state in stored form, and where in its stream it belongs.
 *
 * @since 0.1.0
 * @category models
 */
export interface Snapshot {
  readonly stream: string
  /** Of the last event that went into the state. */
  readonly version: number
  /** Id of that event: a snapshot of events that are no longer there is not used. */
  readonly eventId: string
  /** Of the fold that made the state. */
  readonly fingerprint: string
  /** The state's JSON, as text. */
  readonly state: string
}

/**
 * Which snapshots to drop: those of one stream, of one aggregate's streams, or all.
 *
 * @since 0.1.0
 * @category models
 */
export type Which = { readonly stream: string } | { readonly aggregate: string } | "all"

/**
 * Where snapshots are kept, beside the events that they sum up: one for each stream and fingerprint. For authors of stores.
 *
 * @since 0.1.0
 * @category services
 */
export interface Service {
  /** The snapshot that a fold of this fingerprint can go on from. */
  readonly latest: (stream: string, fingerprint: string) => Effect.Effect<Snapshot | undefined, EventStoreError>
  /** Keeps a snapshot; one of a later version that is there already stays, unless it is to be replaced. */
  readonly save: (snapshot: Snapshot, options?: { readonly replace?: boolean }) => Effect.Effect<void, EventStoreError>
  /** Gives how many there were. */
  readonly drop: (which: Which) => Effect.Effect<number, EventStoreError>
}

/**
 * When a snapshot is taken: at whichever of these comes first.
 *
 * @since 0.1.0
 * @category models
 */
export interface Policy {
  /** So many events after the last one. */
  readonly events?: number
  /** After a load that took longer than this. */
  readonly slowerThan?: Duration.Input
  /** So often, of all streams that have moved on in this process. */
  readonly interval?: Duration.Input
}

/**
 * When repositories take snapshots; without a policy they take none, and look for none.
 *
 * @since 0.1.0
 * @category services
 */
export const CurrentPolicy: Context.Reference<Policy | undefined> = Context.Reference<Policy | undefined>(
  "eventfold/SnapshotPolicy",
  { defaultValue: () => undefined }
)

/**
 * Lets each repository built on it take snapshots, and go on from them.
 *
 * **When to use**
 *
 * Where streams grow long: some hundreds of events are folded faster than a snapshot is found.
 *
 * **Details**
 *
 * Snapshots are written in the background, after the command has been answered, and belong to the fold's fingerprint: when
 * `apply` or the state's schema changes, the next load folds from the beginning and a new one is taken. One that does not
 * decode, does not fit the state's schema, or does not fit its stream, is ignored, reported as a warning, and replaced by one of
 * the state that the events lead to; if that does not fit the schema either, the stream's snapshots are dropped.
 *
 * **Gotchas**
 *
 * Without this layer none are looked for: looking takes a question to the database at each load. Truncating a stream drops its
 * snapshots, since they hold what is to be gone.
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
    if (!(millis > 0) || (name === "interval" && millis === Infinity)) return `${name} is no time above 0`
  }
  return undefined
}
