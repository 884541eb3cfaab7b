/**
 * Brings rows that are far behind close to the end of the log. The next page is read while one is
 * folded, and rows are written together with the checkpoint at intervals. If the process dies, the
 * rows after the last write are folded again.
 */
import { Effect, Fiber, Result } from "effect"
import * as Checkpoints from "../../Checkpoint.ts"
import type { Checkpoint } from "../../Checkpoint.ts"
import type { EventStoreError } from "../../EventStoreError.ts"
import * as KeyPartition from "../../store/KeyPartition.ts"
import type { Described, Lease, Service as ProjectionStore } from "../../store/ProjectionStore.ts"
import * as PageBudget from "./PageBudget.ts"
import type { WriteBack } from "./WriteBack.ts"

type LogScan = NonNullable<ProjectionStore["scan"]>
type Scanned = NonNullable<Effect.Success<ReturnType<LogScan["page"]>>>

/** A projection whose rows can be folded from much of the log at once. */
export interface BulkProjection extends Described {
  readonly aggregates: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
  /** `true` if the key of the row of each event is the id of its stream. */
  readonly isKeyedByStream: boolean
  /** Makes rows in memory, up to a number of them; `isEmpty` is `true` if none is stored yet. */
  readonly writeBack: (rows: number, isEmpty: boolean) => WriteBack
}

interface BulkSettings {
  /** Maximum number of events in a page. */
  readonly pageSize: number
  /** Number of rows in memory. */
  readonly rows: number
  /** Interval between writes. */
  readonly intervalMs: number
}

/** Reads of the next page and of the checkpoint of this one, while this one is folded. */
interface Ahead {
  readonly checkpoint: Fiber.Fiber<Checkpoint | undefined, EventStoreError>
  readonly page: Fiber.Fiber<Scanned | undefined, EventStoreError> | undefined
}

class BulkRun {
  readonly #projection: BulkProjection
  readonly #store: ProjectionStore
  readonly #scan: LogScan
  readonly #lease: Lease
  readonly #settings: BulkSettings
  readonly #rows: WriteBack
  readonly #budget: PageBudget.PageBudget
  readonly #owns: ((key: string) => boolean) | undefined
  /** Checkpoint of the stored rows. */
  #saved: Checkpoint
  /** Checkpoint of the rows in memory. */
  #folded: Checkpoint
  #savedAt = performance.now()

  constructor(projection: BulkProjection, store: ProjectionStore, scan: LogScan, lease: Lease, settings: BulkSettings) {
    const { checkpoint } = lease
    this.#projection = projection
    this.#store = store
    this.#scan = scan
    this.#lease = lease
    this.#settings = settings
    const isEmpty = checkpoint.position === Checkpoints.beginning(checkpoint.storeId).position
    this.#rows = projection.writeBack(settings.rows, isEmpty)
    this.#budget = PageBudget.make(settings.pageSize)
    this.#owns = KeyPartition.owner(lease.partition)
    this.#saved = checkpoint
    this.#folded = checkpoint
  }

  run(): Effect.Effect<Checkpoint | undefined, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      let from = this.#saved.position
      let page: Scanned | undefined = yield* this.#read(from, 0)
      // The rest of the log is at most a page, which is folded without bulk.
      if (page === undefined || page.isEnd) return this.#saved
      this.#savedAt = performance.now()
      for (;;) {
        const { events, size, through }: Scanned = page
        this.#budget.record(events.length, size, through - from)
        from = through
        const ahead: Ahead = yield* this.#readAhead(page)
        const isFolded = yield* this.#fold(page, ahead)
        if (!isFolded) return yield* Effect.as(interrupt(ahead), this.#saved)
        if (ahead.page === undefined || this.#isWriteDue()) {
          const outcome = yield* this.#write()
          if (ahead.page === undefined || outcome !== "written") {
            yield* interrupt(ahead)
            return outcome === "lost" ? undefined : this.#saved
          }
        }
        page = yield* Fiber.join(ahead.page)
        if (page === undefined) return (yield* this.#write()) === "lost" ? undefined : this.#saved
      }
    })
  }

  #read(after: number, readable: number): Effect.Effect<Scanned | undefined, EventStoreError> {
    const { aggregates, isKeyedByStream, types } = this.#projection
    return this.#scan.page({
      aggregates,
      types,
      after,
      readable,
      width: this.#budget.positions(),
      size: this.#budget.events(),
      ...(isKeyedByStream ? { partition: this.#lease.partition } : {})
    })
  }

  #readAhead({ events, isEnd, readable, through }: Scanned): Effect.Effect<Ahead> {
    return Effect.gen({ self: this }, function* () {
      const last = events.at(-1)
      const checkpoint =
        last === undefined ? Effect.succeed(this.#folded) : this.#scan.checkpoint(this.#folded, last.position)
      return {
        checkpoint: yield* Effect.forkChild(checkpoint, { startImmediately: true }),
        page: isEnd ? undefined : yield* Effect.forkChild(this.#read(through, readable), { startImmediately: true })
      }
    })
  }

  /**
   * Folds a page; `false` if an event fails, or if the log was replaced, which reading page by page
   * reports.
   */
  #fold({ events, isPartitioned }: Scanned, ahead: Ahead): Effect.Effect<boolean, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const load = (keys: ReadonlyArray<string>) => this.#store.rows(this.#projection, this.#lease.stage, keys)
      const outcome = yield* Effect.result(this.#rows.fold(events, load, isPartitioned ? undefined : this.#owns))
      if (Result.isFailure(outcome)) {
        const { failure } = outcome
        if (failure._tag !== "EventStoreError" || !failure.isRetryable) return false
        yield* interrupt(ahead)
        return yield* Effect.fail(failure)
      }
      const checkpoint = yield* Fiber.join(ahead.checkpoint)
      if (checkpoint === undefined) return false
      this.#folded = checkpoint
      return true
    })
  }

  #isWriteDue(): boolean {
    const { intervalMs, rows } = this.#settings
    return this.#rows.pending() >= rows || performance.now() - this.#savedAt > intervalMs
  }

  /** Writes the rows in memory; `refused` if a row cannot be stored. */
  #write(): Effect.Effect<"lost" | "refused" | "written", EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const changes = this.#rows.changes()
      if (changes === undefined) return "refused"
      const to = this.#folded
      const saved = yield* Effect.result(this.#store.save(this.#projection, this.#lease, this.#saved, to, changes))
      if (Result.isFailure(saved)) {
        return saved.failure.isRetryable ? yield* Effect.fail(saved.failure) : "refused"
      }
      if (!saved.success) return "lost"
      this.#rows.written()
      this.#saved = to
      this.#savedAt = performance.now()
      return "written"
    })
  }
}

const interrupt = ({ checkpoint, page }: Ahead): Effect.Effect<void> =>
  Effect.suspend(() => Fiber.interruptAll(page === undefined ? [checkpoint] : [checkpoint, page]))

/**
 * Folds up to the end of the log, or up to an event that has to be handled page by page. Returns
 * the checkpoint of the stored rows; undefined if the lease was lost.
 */
export const run = (
  projection: BulkProjection,
  store: ProjectionStore,
  lease: Lease,
  settings: BulkSettings
): Effect.Effect<Checkpoint | undefined, EventStoreError> => {
  const { scan } = store
  return scan === undefined
    ? Effect.succeed(lease.checkpoint)
    : new BulkRun(projection, store, scan, lease, settings).run()
}
