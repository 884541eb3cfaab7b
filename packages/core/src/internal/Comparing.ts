/** Rows that the same handlers make anew, held against those that are served: both are brought to one position, and stand still there. */
import { Effect, Result, Stream } from "effect"
import type { Checkpoint } from "../Checkpoint.ts"
import type { RecordedEvent } from "../Event.ts"
import { EventStore } from "../EventStore.ts"
import type { EventStoreError } from "../EventStoreError.ts"
import type { Lease, Service as ProjectionStore } from "../ProjectionStore.ts"
import { Lost } from "./Leasing.ts"
import type { Failure } from "./PageFolding.ts"
import type { Runnable } from "./Runnable.ts"

/** With more than this between the two, it is not the moment. */
const most = 10_000

/**
 * Compares, and says in the log what came of it. Nothing where the rows that are served are of other handlers, have stopped or are paused,
 * and where keys are parked: those differ anyway. `to` says how far the rows made anew are, `advance` brings them further.
 */
export const compare = Effect.fnUntraced(function* (
  projection: Runnable,
  rows: ProjectionStore,
  lease: Lease,
  leaseMillis: number,
  to: () => Checkpoint,
  advance: (events: ReadonlyArray<RecordedEvent>, to: Checkpoint) => Effect.Effect<void, Failure | Lost>
): Effect.fn.Return<void, EventStoreError | Lost, EventStore> {
  const log = yield* EventStore
  const { aggregates, name, types } = projection
  const stages = yield* rows.stages(name)
  const isMeant = stages.every(({ parked, stage }) => parked === 0 || stage === "old")
  if (!isMeant) return
  const seized = yield* rows.seize(projection, lease, Math.max(leaseMillis, 10_000))
  if (seized === undefined) return
  const between = (from: Checkpoint, to: Checkpoint) =>
    log.readAll({ after: from.position, aggregates, types, limit: most + 1 }).pipe(
      Stream.takeWhile(({ position }) => position <= to.position),
      Stream.runCollect
    )
  const load = (keys: ReadonlyArray<string>) => rows.rows(projection, "serving", keys)

  const outcome = yield* Effect.result(
    Effect.gen(function* () {
      const [anew, served] = [to(), seized.checkpoint]
      if (anew.position < served.position) {
        const events = yield* between(anew, served)
        if (events.length > most) return undefined
        yield* advance(events, served)
      } else if (anew.position > served.position) {
        const events = yield* between(served, anew)
        if (events.length > most) return undefined
        const { changes } = yield* projection.folding(0).fold(events, load, new Set())
        if (!(yield* rows.save(projection, seized, served, anew, changes))) return undefined
      }
      return yield* rows.compare(projection, { ...lease, checkpoint: to() })
    })
  )
  if (Result.isFailure(outcome)) {
    if (outcome.failure instanceof Lost) return yield* Effect.fail(outcome.failure)
    // Nothing is lost: they are folded page by page from here on, where what is wrong is told.
    yield* Effect.ignore(rows.release(seized))
    return yield* Effect.logWarning(
      `the rows of ${name} that were made anew could not be compared with those that are served: ${outcome.failure.message}`
    )
  }
  const compared = outcome.success
  if (compared === undefined) return yield* Effect.ignore(rows.release(seized))
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
})
