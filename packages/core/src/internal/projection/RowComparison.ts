/**
 * Compares rebuilt rows with the served rows of the same handlers, after both were brought to one
 * position.
 */
import { Effect, Result, Stream } from "effect"
import type { Checkpoint } from "../../Checkpoint.ts"
import type { RecordedEvent } from "../../Event.ts"
import { EventStore, type Service as Store } from "../../EventStore.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import * as KeyPartition from "../../store/KeyPartition.ts"
import type { Lease, Service as ProjectionStore, Status } from "../../store/ProjectionStore.ts"
import type { Lost } from "../work/LeaseLoop.ts"
import type { FoldFailure } from "./PageFold.ts"
import type { ProjectionRunnable } from "./ProjectionRunnable.ts"
import { maxEventsToCompare, minComparisonLeaseMs } from "./ProjectionRules.ts"

/** The rebuilt rows, as the turn that holds their lease writes them. */
export interface RebuiltRows {
  readonly checkpoint: Checkpoint
  write(events: ReadonlyArray<RecordedEvent>, to: Checkpoint): Effect.Effect<void, FoldFailure | Lost>
}

const between = (log: Store, { aggregates, types }: ProjectionRunnable, from: Checkpoint, to: Checkpoint) =>
  log.readAll({ after: from.position, aggregates, types, limit: maxEventsToCompare + 1 }).pipe(
    Stream.takeWhile(({ position }) => position <= to.position),
    Stream.runCollect
  )

/**
 * Brings rows of another lease to a position; `false` if there are too many events, or if the lease
 * was lost.
 */
const advance = Effect.fnUntraced(function* (
  log: Store,
  projection: ProjectionRunnable,
  rows: ProjectionStore,
  lease: Lease,
  target: Checkpoint
) {
  if (lease.checkpoint.position === target.position) return true
  const events = yield* between(log, projection, lease.checkpoint, target)
  if (events.length > maxEventsToCompare) return false
  const load = (keys: ReadonlyArray<string>) => rows.rows(projection, lease.stage, keys)
  const fold = projection.folding(0, KeyPartition.owner(lease.partition))
  const { changes } = yield* fold.fold(events, load, new Set())
  return yield* rows.save(projection, lease, lease.checkpoint, target, changes)
})

/**
 * Brings all rows to the greatest of their positions and compares them; undefined if they cannot be
 * brought there.
 */
const compareAtOnePosition = Effect.fnUntraced(function* (
  projection: ProjectionRunnable,
  rows: ProjectionStore,
  lease: Lease,
  seized: ReadonlyArray<Lease>,
  rebuilt: RebuiltRows
) {
  const log = yield* EventStore
  let target = rebuilt.checkpoint
  for (const { checkpoint } of seized) if (checkpoint.position > target.position) target = checkpoint
  if (rebuilt.checkpoint.position < target.position) {
    const events = yield* between(log, projection, rebuilt.checkpoint, target)
    if (events.length > maxEventsToCompare) return undefined
    yield* rebuilt.write(events, target)
  }
  for (const one of seized) if (!(yield* advance(log, projection, rows, one, target))) return undefined
  return yield* rows.compare(projection, { ...lease, checkpoint: rebuilt.checkpoint })
})

const report = (
  name: string,
  { differing, keys, position, rows }: NonNullable<Status["compared"]>
): Effect.Effect<void> => {
  if (differing === 0) {
    return Effect.logInfo(`the ${rows} rebuilt rows of ${name} equal the served ones, at position ${position}`)
  }
  const listed = `${keys.map((key) => JSON.stringify(key)).join(", ")}${differing > keys.length ? ", …" : ""}`
  return Effect.logWarning(
    `${differing} served rows of ${name} differ from those that their handlers fold from the log up to position ${position}, and are replaced; keys: ${listed}`
  )
}

/**
 * Compares the rows and logs the result. Does nothing if the served rows are of other handlers, are
 * stopped or are paused, or if keys are parked, because such rows differ anyway.
 *
 * Returns whether the comparison is done; `false` while another partition of the rebuilt rows is
 * far behind.
 */
export const compare = Effect.fnUntraced(function* (
  projection: ProjectionRunnable,
  rows: ProjectionStore,
  lease: Lease,
  leaseMillis: number,
  rebuilt: RebuiltRows
): Effect.fn.Return<boolean, EventStoreError | Lost, EventStore> {
  const { name } = projection
  const stages = yield* rows.stages(name)
  if (stages.some(({ parked, stage }) => parked > 0 && stage !== "old")) return true
  const next = stages.find(({ stage }) => stage === "next")
  const leastPosition = rebuilt.checkpoint.position - maxEventsToCompare
  if (next?.partitions.some(({ position }) => position < leastPosition) === true) return false
  const seized = yield* rows.seize(projection, lease, Math.max(leaseMillis, minComparisonLeaseMs))
  if (seized === undefined) return true
  const outcome = yield* Effect.result(compareAtOnePosition(projection, rows, lease, seized, rebuilt))
  if (Result.isSuccess(outcome) && outcome.success !== undefined) {
    yield* report(name, outcome.success)
    return true
  }
  if (Result.isFailure(outcome) && outcome.failure._tag === "Lost") return yield* Effect.fail(outcome.failure)
  yield* Effect.forEach(seized, (one) => Effect.ignore(rows.release(one)))
  if (Result.isFailure(outcome) && outcome.failure._tag !== "Lost") {
    // The rows are folded page by page from here on, which reports the error if it remains.
    yield* Effect.logWarning(
      `the rebuilt rows of ${name} could not be compared with the served ones: ${outcome.failure.message}`
    )
  }
  return true
})
