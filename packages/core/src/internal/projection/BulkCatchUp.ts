/**
 * Brings rows that are far behind close to the end of the log: the next page is read while one is folded, and rows are written
 * together, with the place, once in a while. What is not written when it ends is folded again by who comes next.
 */
import { Effect, Fiber, Result } from "effect"
import * as Checkpoints from "../../Checkpoint.ts"
import type { Checkpoint } from "../../Checkpoint.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import * as KeyPartition from "../../store/KeyPartition.ts"
import type { Inlined, Lease, Scanned, Service as ProjectionStore } from "../../store/ProjectionStore.ts"
import * as PageBudget from "./PageBudget.ts"
import type { WriteBack } from "./WriteBack.ts"

/** A projection whose rows can be made of much of the log at once. */
export interface Fillable extends Inlined {
  /** Whether an event belongs to the row whose key is the id of its stream, as it is, and to no other. */
  readonly isKeyedByStream: boolean
  /** `rows`: how many are kept in memory; `isFresh`: none is stored yet. */
  readonly writeBack: (rows: number, isFresh: boolean) => WriteBack
}

export interface Settings {
  /** Events folded at a time, at most. */
  readonly pageSize: number
  /** Rows kept in memory. */
  readonly rows: number
  /** Between two times of writing. */
  readonly millis: number
}

/**
 * Gives how far it came: to the end of the log, or to something that is to be told, which reading page by page does. Undefined where the
 * lease is another's by now.
 */
export const fill = Effect.fnUntraced(function* (
  projection: Fillable,
  store: ProjectionStore,
  lease: Lease,
  { millis, pageSize, rows }: Settings
): Effect.fn.Return<Checkpoint | undefined, EventStoreError> {
  const { scan } = store
  let saved = lease.checkpoint
  if (scan === undefined) return saved
  const { aggregates, isKeyedByStream, types } = projection
  const { partition } = lease
  const owns = KeyPartition.owner(partition)
  const isFresh = saved.position === Checkpoints.beginning(saved.storeId).position
  const writeBack = projection.writeBack(rows, isFresh)
  const load = (keys: ReadonlyArray<string>) => store.rows(projection, lease.stage, keys)
  const budget = PageBudget.make(pageSize)
  const read = (after: number, readable: number) =>
    scan.page({
      aggregates,
      types,
      after,
      readable,
      width: budget.width(),
      size: budget.size(),
      ...(isKeyedByStream ? { partition } : {})
    })

  /** Whether they are written: `refused` where a row can't be. */
  const write = Effect.fnUntraced(function* (to: Checkpoint) {
    const changes = writeBack.changes()
    if (changes === undefined) return "refused"
    const written = yield* Effect.result(store.save(projection, lease, saved, to, changes))
    if (Result.isFailure(written)) {
      return written.failure.isRetryable ? yield* Effect.fail(written.failure) : "refused"
    }
    if (!written.success) return "lost"
    writeBack.written()
    saved = to
    return "written"
  })

  /** Everything up to here is folded. */
  let folded = saved
  let from = saved.position
  let page: Scanned | undefined = yield* read(from, 0)
  // There is hardly anything to do.
  if (page === undefined || page.isEnd) return saved
  let writtenAt = performance.now()
  for (;;) {
    const { events, isEnd, isPartitioned, readable, through }: Scanned = page
    budget.spend(events.length, page.size, through - from)
    from = through
    // Both while this page is folded.
    const last = events.at(-1)
    const place: Fiber.Fiber<Checkpoint | undefined, EventStoreError> = yield* Effect.forkChild(
      last === undefined ? Effect.succeed(folded) : scan.checkpoint(folded, last.position),
      { startImmediately: true }
    )
    const next: Fiber.Fiber<Scanned | undefined, EventStoreError> | undefined = isEnd
      ? undefined
      : yield* Effect.forkChild(read(through, readable), { startImmediately: true })
    const ended = Effect.suspend(() => Fiber.interruptAll(next === undefined ? [place] : [place, next]))
    const outcome = yield* Effect.result(writeBack.fold(events, load, isPartitioned ? undefined : owns))
    if (Result.isFailure(outcome)) {
      yield* ended
      const { failure } = outcome
      return failure._tag === "EventStoreError" && failure.isRetryable ? yield* Effect.fail(failure) : saved
    }
    const to: Checkpoint | undefined = yield* Fiber.join(place)
    // Another log is in the place of the one that was folded: reading page by page says so.
    if (to === undefined) return yield* Effect.as(ended, saved)
    folded = to
    if (next === undefined || writeBack.pending() >= rows || performance.now() - writtenAt > millis) {
      const outcome = yield* write(folded)
      if (next === undefined || outcome !== "written") {
        yield* ended
        return outcome === "lost" ? undefined : saved
      }
      writtenAt = performance.now()
    }
    page = yield* Fiber.join(next)
    if (page === undefined) return (yield* write(folded)) === "lost" ? undefined : saved
  }
})
