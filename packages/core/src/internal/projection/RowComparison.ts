/** Rows that the same handlers make anew, held against those that are served: all are brought to one position, and stand still there. */
import { Effect, Result, Stream } from "effect"
import type { Checkpoint } from "../../Checkpoint.ts"
import type { RecordedEvent } from "../../Event.ts"
import { EventStore } from "../../EventStore.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import * as KeyPartition from "../../store/KeyPartition.ts"
import type { Lease, Service as ProjectionStore } from "../../store/ProjectionStore.ts"
import { Lost } from "../work/LeaseLoop.ts"
import type { Failure } from "./PageFold.ts"
import type { Runnable } from "./Runnable.ts"

/** With more than this between any two, it is not the moment. */
const most = 10_000

/**
 * Compares, and says in the log what came of it. Nothing where the rows that are served are of other handlers, have stopped or are paused,
 * and where keys are parked: those differ anyway. `to` says how far the rows of the lease are, `advance` brings them further. Gives whether
 * there is nothing more to ask: not where other partitions of the rows are far behind still.
 */
export const compare = Effect.fnUntraced(function* (
  projection: Runnable,
  rows: ProjectionStore,
  lease: Lease,
  leaseMillis: number,
  to: () => Checkpoint,
  advance: (events: ReadonlyArray<RecordedEvent>, to: Checkpoint) => Effect.Effect<void, Failure | Lost>
): Effect.fn.Return<boolean, EventStoreError | Lost, EventStore> {
  const log = yield* EventStore
  const { aggregates, name, types } = projection
  const stages = yield* rows.stages(name)
  const isMeant = stages.every(({ parked, stage }) => parked === 0 || stage === "old")
  if (!isMeant) return true
  const next = stages.find(({ stage }) => stage === "next")
  if (next?.partitions.some(({ position }) => position < to().position - most) === true) return false
  const seized = yield* rows.seize(projection, lease, Math.max(leaseMillis, 10_000))
  if (seized === undefined) return true
  const release = Effect.forEach(seized, (one) => Effect.ignore(rows.release(one)))
  const between = (from: Checkpoint, to: Checkpoint) =>
    log.readAll({ after: from.position, aggregates, types, limit: most + 1 }).pipe(
      Stream.takeWhile(({ position }) => position <= to.position),
      Stream.runCollect
    )
  /** Brings rows that were taken from another to a position; false where there is too much to fold, or they were taken again. */
  const bring = Effect.fnUntraced(function* (other: Lease, target: Checkpoint) {
    if (other.checkpoint.position === target.position) return true
    const events = yield* between(other.checkpoint, target)
    if (events.length > most) return false
    const load = (keys: ReadonlyArray<string>) => rows.rows(projection, other.stage, keys)
    const folding = projection.folding(0, KeyPartition.owner(other.partition))
    const { changes } = yield* folding.fold(events, load, new Set())
    return yield* rows.save(projection, other, other.checkpoint, target, changes)
  })

  const outcome = yield* Effect.result(
    Effect.gen(function* () {
      let target = to()
      for (const { checkpoint } of seized) if (checkpoint.position > target.position) target = checkpoint
      if (to().position < target.position) {
        const events = yield* between(to(), target)
        if (events.length > most) return undefined
        yield* advance(events, target)
      }
      for (const one of seized) if (!(yield* bring(one, target))) return undefined
      return yield* rows.compare(projection, { ...lease, checkpoint: to() })
    })
  )
  if (Result.isFailure(outcome)) {
    if (outcome.failure instanceof Lost) return yield* Effect.fail(outcome.failure)
    // Nothing is lost: they are folded page by page from here on, where what is wrong is told.
    yield* release
    yield* Effect.logWarning(
      `the rows of ${name} that were made anew could not be compared with those that are served: ${outcome.failure.message}`
    )
    return true
  }
  const compared = outcome.success
  if (compared === undefined) {
    yield* release
    return true
  }
  const { differing, keys, position } = compared
  if (differing === 0) {
    yield* Effect.logInfo(
      `the ${compared.rows} rows of ${name} made anew are those that were served, at position ${position}`
    )
  } else {
    yield* Effect.logWarning(
      `${differing} of the rows of ${name} that were served are not what their handlers make of the log up to position ${position}, and are replaced; keys: ${keys.map((key) => JSON.stringify(key)).join(", ")}${differing > keys.length ? ", …" : ""}`
    )
  }
  return true
})
