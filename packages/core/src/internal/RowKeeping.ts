/** What a projector does while it holds the lease of a projection: folds the log, page by page, and writes rows and place together. */
import { Duration, Effect, Result, Stream } from "effect"
import type { Checkpoint } from "../Checkpoint.ts"
import type { RecordedEvent } from "../Event.ts"
import { EventStore } from "../EventStore.ts"
import type { Unplaced } from "../ProjectionFold.ts"
import type { Lease, Served, Service as ProjectionStore } from "../ProjectionStore.ts"
import { type Fillable, fill } from "./Filling.ts"
import { Lost } from "./Leasing.ts"
import type { Failure as FoldFailure, Folding } from "./PageFolding.ts"

/** A projection as a projector runs it. */
export interface Runnable extends Fillable {
  /** See `ProjectionFold.keysAhead`. */
  readonly keysAhead: (unplaced: Unplaced) => Result.Result<ReadonlyArray<string> | undefined, FoldFailure>
  /** `rows`: how many are kept in memory, besides those of the page at hand. */
  readonly folding: (rows: number) => Folding
}

export interface Settings {
  readonly leaseMillis: number
  readonly pageSize: number
  readonly cachedRows: number
  /** The same while rows that are far behind catch up. */
  readonly fillingRows: number
  readonly retries: number
}

export type Failure = FoldFailure | Lost

/** Whether it is about one event, so that those before it may go well: it can't be decoded, or folded, or its row not stored. */
const isOfOneEvent = (error: Failure): boolean =>
  error._tag === "ProjectionFailed" ||
  (error._tag === "EventStoreError" && ["DecodeFailure", "InvalidRequest"].includes(error.reason._tag))

/** While rows catch up: how long those that are served stay as they are, and how much work is done again where a process dies. */
const writeMillis = { serving: 1_000, next: 5_000, old: 5_000 }

/**
 * Folds for as long as the lease holds; rows that are made anew, until they are served. `enlist`, where rows are to be written with
 * the events from then on, is how they come to be served.
 */
export const keepRows = Effect.fnUntraced(function* (
  projection: Runnable,
  rows: ProjectionStore,
  lease: Lease,
  { cachedRows, fillingRows, pageSize, retries }: Settings,
  enlist?: Effect.Effect<Served, FoldFailure>
): Effect.fn.Return<void, Failure, EventStore> {
  const log = yield* EventStore
  const { aggregates, name, types } = projection
  const folding = projection.folding(cachedRows)
  const load = (keys: ReadonlyArray<string>) => rows.rows(projection, lease.stage, keys)
  const filled = yield* fill(projection, rows, lease, { pageSize, rows: fillingRows, millis: writeMillis[lease.stage] })
  if (filled === undefined) return yield* Effect.fail(new Lost())
  let checkpoint = filled

  const write = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>, to: Checkpoint) {
    const changes = yield* folding.fold(events, load)
    const isSaved = yield* rows.save(projection, lease, checkpoint, to, changes)
    if (!isSaved) return yield* Effect.fail(new Lost())
    folding.keep()
    checkpoint = to
  })

  const writeOne = Effect.fnUntraced(function* (event: RecordedEvent, storeId: string) {
    const to = { storeId, position: event.position, eventId: event.id }
    for (let attempt = 0; ; attempt++) {
      const outcome = yield* Effect.result(write([event], to))
      if (Result.isSuccess(outcome)) return
      if (!isOfOneEvent(outcome.failure) || attempt >= retries) return yield* Effect.fail(outcome.failure)
      yield* Effect.sleep(Duration.millis(50 * 2 ** attempt))
    }
  })

  /** All before the event that can't be folded is kept. */
  const writeOneByOne = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>, to: Checkpoint) {
    for (const event of events) yield* writeOne(event, to.storeId)
    if (checkpoint.position !== to.position) yield* write([], to)
  })

  /** Whether they are served now. Where they are behind, there is another page to come. */
  const serve = Effect.gen(function* () {
    for (;;) {
      const served = yield* enlist ?? rows.serve(projection, lease)
      if (served === "lost") return yield* Effect.fail(new Lost())
      if (served !== "busy") return served === "served"
      yield* Effect.sleep("100 millis")
    }
  })

  const page = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>, to: Checkpoint, caughtUp: boolean) {
    if (to.position !== checkpoint.position) {
      yield* Effect.catchIf(write(events, to), isOfOneEvent, () => writeOneByOne(events, to))
    }
    return (lease.stage === "next" || enlist !== undefined) && caughtUp && (yield* serve)
  })

  yield* log.pages({ after: checkpoint, aggregates, types, pageSize, name }).pipe(
    Stream.mapEffect(({ caughtUp, checkpoint, events }) => page(events, checkpoint, caughtUp)),
    Stream.takeUntil((isServed) => isServed),
    Stream.runDrain
  )
})
