/** The keys of a projection that are parked, as a projector holds them for a turn: those that are to be tried again are, at its begin. */
import { Effect, Result } from "effect"
import type { EventStoreError } from "../../EventStoreError.ts"
import * as KeyPartition from "../../store/KeyPartition.ts"
import type { Lease, Parking, Retried, Service as ProjectionStore } from "../../store/ProjectionStore.ts"
import type { Waiting } from "./PageFold.ts"
import { Lost } from "../work/LeaseLoop.ts"
import type { Runnable, Settings } from "./Runnable.ts"

/** Whether it is about the events at hand, or their row; not about the store. */
const isOfEvents = (error: EventStoreError): boolean =>
  ["DecodeFailure", "InvalidRequest", "StreamTruncated"].includes(error.reason._tag)

/** What the store keeps of events that wait. */
export const parkings = (waiting: ReadonlyArray<Waiting>): ReadonlyArray<Parking> =>
  waiting.map(({ error, key, recorded: { id, position, type } }) => ({ key, position, eventId: id, type, error }))

/** The keys of the lease's partition that are parked, once those that are due were tried. */
export const open = Effect.fnUntraced(function* (
  projection: Runnable,
  rows: ProjectionStore,
  lease: Lease,
  { pageSize }: Settings
): Effect.fn.Return<Set<string>, EventStoreError | Lost> {
  const write = Effect.fnUntraced(function* (retried: Retried) {
    if (!(yield* rows.unpark(projection, lease, retried))) return yield* Effect.fail(new Lost())
  })

  /** Folds the first events that wait; whether the key is free now, parked still, or there may be more of them. */
  const retrySome = Effect.fnUntraced(function* (key: string, limit: number) {
    const events = yield* rows.waiting(lease, key, limit)
    if (events.length === 0) return "free" as const
    const [before] = yield* rows.rows(projection, lease.stage, [key])
    const { error, folded, row } = projection.keyFolding(key, before, events)
    yield* write({
      key,
      change: folded === 0 ? undefined : { key, row },
      through: folded === 0 ? 0 : events[folded - 1]!.position,
      // Whoever is stopped here finds the rest to be due.
      head: error === undefined ? { error: "it is being folded again", isDue: true } : { error, isDue: false }
    })
    return error === undefined ? ("more" as const) : ("parked" as const)
  })

  const retry = Effect.fnUntraced(function* (key: string) {
    let limit = pageSize
    for (;;) {
      const outcome = yield* Effect.result(retrySome(key, limit))
      if (Result.isSuccess(outcome)) {
        if (outcome.success !== "more") return outcome.success
        continue
      }
      const error = outcome.failure
      if (error._tag === "Lost" || !isOfEvents(error)) return yield* Effect.fail(error)
      // Those before the one that it is about are kept.
      if (limit > 1) limit = 1
      else {
        yield* write({ key, change: undefined, through: 0, head: { error: error.message, isDue: false } })
        return "parked" as const
      }
    }
  })

  const parked = new Set<string>()
  const owns = KeyPartition.owner(lease.partition)
  for (const { isDue, key } of yield* rows.parkedKeys(lease)) {
    if (owns?.(key) === false) continue
    if (!isDue || (yield* retry(key)) === "parked") parked.add(key)
  }
  return parked
})
