/**
 * Parked keys of a projection during a turn. Keys that are due are folded again when the turn
 * begins.
 */
import { Effect, Result } from "effect"
import type { EventStoreError } from "../../EventStoreError.ts"
import * as KeyPartition from "../../store/KeyPartition.ts"
import type { Lease, Parking, Service as ProjectionStore } from "../../store/ProjectionStore.ts"
import { Lost } from "../work/LeaseLoop.ts"
import type { WaitingEvent } from "./PageFold.ts"
import type { ProjectionRunnable, ProjectorSettings } from "./ProjectionRunnable.ts"

/** Returns whether the error is about the events or their row, not about the store. */
const isOfEvents = (error: EventStoreError): boolean =>
  ["DecodeFailure", "InvalidRequest", "StreamTruncated"].includes(error.reason._tag)

/** Converts waiting events to the form that a store keeps. */
export const parkings = (waiting: ReadonlyArray<WaitingEvent>): ReadonlyArray<Parking> =>
  waiting.map(({ error, key, recorded: { id, position, type } }) => ({ key, position, eventId: id, type, error }))

/** Folds the waiting events of parked keys again. */
class KeyRetry {
  readonly #projection: ProjectionRunnable
  readonly #rows: ProjectionStore
  readonly #lease: Lease

  constructor(projection: ProjectionRunnable, rows: ProjectionStore, lease: Lease) {
    this.#projection = projection
    this.#rows = rows
    this.#lease = lease
  }

  /** Folds the events of a key, `pageSize` at a time; returns whether the key is still parked. */
  retry(key: string, pageSize: number): Effect.Effect<boolean, EventStoreError | Lost> {
    return Effect.gen({ self: this }, function* () {
      let limit = pageSize
      for (;;) {
        const outcome = yield* Effect.result(this.#retryPage(key, limit))
        if (Result.isSuccess(outcome)) {
          if (outcome.success !== "more") return outcome.success === "parked"
          continue
        }
        const error = outcome.failure
        if (error._tag === "Lost" || !isOfEvents(error)) return yield* Effect.fail(error)
        // One by one, so that the events before the failing one are kept.
        if (limit > 1) limit = 1
        else {
          yield* this.#write({ key, change: undefined, through: 0, head: { error: error.message, isDue: false } })
          return true
        }
      }
    })
  }

  #retryPage(key: string, limit: number): Effect.Effect<"free" | "more" | "parked", EventStoreError | Lost> {
    return Effect.gen({ self: this }, function* () {
      const events = yield* this.#rows.waiting(this.#lease, key, limit)
      if (events.length === 0) return "free"
      const [before] = yield* this.#rows.rows(this.#projection, this.#lease.stage, [key])
      const { error, folded, row } = this.#projection.keyFolding(key, before, events)
      yield* this.#write({
        key,
        change: folded === 0 ? undefined : { key, row },
        through: folded === 0 ? 0 : events[folded - 1]!.position,
        // If this process dies here, the next one finds the rest to be due.
        head: error === undefined ? { error: "it is being folded again", isDue: true } : { error, isDue: false }
      })
      return error === undefined ? "more" : "parked"
    })
  }

  #write(retried: Parameters<ProjectionStore["unpark"]>[2]): Effect.Effect<void, EventStoreError | Lost> {
    return Effect.flatMap(this.#rows.unpark(this.#projection, this.#lease, retried), (isHeld) =>
      isHeld ? Effect.void : Effect.fail(new Lost())
    )
  }
}

/** Folds due keys of the lease's partition again; returns the keys that are still parked. */
export const open = Effect.fnUntraced(function* (
  projection: ProjectionRunnable,
  rows: ProjectionStore,
  lease: Lease,
  { pageSize }: ProjectorSettings
): Effect.fn.Return<Set<string>, EventStoreError | Lost> {
  const retry = new KeyRetry(projection, rows, lease)
  const owns = KeyPartition.owner(lease.partition)
  const parked = new Set<string>()
  for (const { isDue, key } of yield* rows.parkedKeys(lease)) {
    if (owns?.(key) === false) continue
    if (!isDue || (yield* retry.retry(key, pageSize))) parked.add(key)
  }
  return parked
})
