/**
 * One turn of a projector with the lease of a projection: folds the log page by page, and writes
 * rows and checkpoint together.
 */
import { Effect, Result, Stream } from "effect"
import type { Checkpoint } from "../../Checkpoint.ts"
import type { RecordedEvent } from "../../Event.ts"
import { EventStore, type Page } from "../../EventStore.ts"
import { ProjectionFailed } from "../../ProjectionError.ts"
import * as KeyPartition from "../../store/KeyPartition.ts"
import type { Change, Inline, Lease, Service as ProjectionStore } from "../../store/ProjectionStore.ts"
import * as FailurePolicy from "../work/FailurePolicy.ts"
import { Lost } from "../work/LeaseLoop.ts"
import { shellWord } from "../work/ShellWord.ts"
import * as BulkCatchUp from "./BulkCatchUp.ts"
import type { FoldFailure, PageFold, WaitingEvent } from "./PageFold.ts"
import * as ParkedKeys from "./ParkedKeys.ts"
import { Halted, type ProjectionRunnable, type ProjectorSettings } from "./ProjectionRunnable.ts"
import * as ProjectionRules from "./ProjectionRules.ts"
import * as RowComparison from "./RowComparison.ts"

export type TurnFailure = FoldFailure | Lost | Halted

/**
 * Returns whether the error is about one event: it does not decode or fold, or its row cannot be
 * stored. Events before it can succeed.
 */
const isOfOneEvent = (error: TurnFailure): boolean =>
  error._tag === "ProjectionFailed" ||
  (error._tag === "EventStoreError" && ["DecodeFailure", "InvalidRequest"].includes(error.reason._tag))

interface Options {
  readonly projection: ProjectionRunnable
  readonly rows: ProjectionStore
  readonly lease: Lease
  readonly settings: ProjectorSettings
  /** Makes the projection an inline one instead of promoting its rows, once they have caught up. */
  readonly enlist?: Effect.Effect<Effect.Success<ReturnType<Inline["enlist"]>>, FoldFailure>
}

export class ProjectorTurn {
  readonly #projection: ProjectionRunnable
  readonly #rows: ProjectionStore
  readonly #lease: Lease
  readonly #settings: ProjectorSettings
  readonly #enlist: Effect.Effect<Effect.Success<ReturnType<Inline["enlist"]>>, FoldFailure> | undefined
  readonly #policy: FailurePolicy.FailurePolicy
  readonly #fold: PageFold
  #parked: Set<string> = new Set()
  #checkpoint: Checkpoint
  #isCompared = false

  constructor({ enlist, lease, projection, rows, settings }: Options) {
    this.#projection = projection
    this.#rows = rows
    this.#lease = lease
    this.#settings = settings
    this.#enlist = enlist
    // Appends of an inline projection cannot park an event, and would fold past the parked ones.
    this.#policy = FailurePolicy.policies[enlist === undefined ? projection.onFailure : "stop"]
    this.#fold = projection.folding(settings.cachedRows, KeyPartition.owner(lease.partition))
    this.#checkpoint = lease.checkpoint
  }

  /** Position up to which the rows of the lease hold all events. */
  get checkpoint(): Checkpoint {
    return this.#checkpoint
  }

  /** Folds pages for as long as the lease is held; rebuilt rows, until they are promoted. */
  run(): Effect.Effect<void, TurnFailure, EventStore> {
    return Effect.gen({ self: this }, function* () {
      const log = yield* EventStore
      this.#parked = yield* ParkedKeys.open(this.#projection, this.#rows, this.#lease, this.#settings)
      yield* this.#catchUpInBulk()
      const { aggregates, name, types } = this.#projection
      const { pageSize } = this.#settings
      yield* log.pages({ after: this.#checkpoint, aggregates, types, pageSize, name }).pipe(
        Stream.mapEffect((page) => this.#foldPage(page)),
        Stream.takeUntil((isPromoted) => isPromoted),
        Stream.runDrain
      )
    })
  }

  /** Folds events and writes their rows with the checkpoint. */
  write(events: ReadonlyArray<RecordedEvent>, to: Checkpoint): Effect.Effect<void, FoldFailure | Lost> {
    return Effect.flatMap(this.#fold.fold(events, this.#load, this.#parked), ({ changes, waiting }) =>
      this.#save(changes, waiting, to)
    )
  }

  readonly #load = (keys: ReadonlyArray<string>) => this.#rows.rows(this.#projection, this.#lease.stage, keys)

  /** Folds most of the log in bulk, which parks nothing and does not fold parked keys. */
  #catchUpInBulk(): Effect.Effect<void, TurnFailure> {
    if (this.#parked.size > 0) return Effect.void
    const { bulkCachedRows: rows, pageSize } = this.#settings
    const intervalMs = ProjectionRules.bulkWriteIntervalMs[this.#lease.stage]
    const reached = BulkCatchUp.run(this.#projection, this.#rows, this.#lease, { pageSize, rows, intervalMs })
    return Effect.flatMap(reached, (checkpoint) => {
      if (checkpoint === undefined) return Effect.fail(new Lost())
      this.#checkpoint = checkpoint
      return Effect.void
    })
  }

  /**
   * Writes a page, and promotes the rows if they have caught up; returns whether they are promoted.
   */
  #foldPage({ caughtUp, checkpoint: to, events }: Page): Effect.Effect<boolean, TurnFailure, EventStore> {
    return Effect.gen({ self: this }, function* () {
      if (to.position !== this.#checkpoint.position) {
        yield* Effect.catchIf(this.write(events, to), isOfOneEvent, () => this.#writeOneByOne(events, to))
      }
      if (!caughtUp || (this.#lease.stage !== "next" && this.#enlist === undefined)) return false
      yield* this.#compare()
      return yield* this.#promote()
    })
  }

  /** Writes the events of a page one by one, so that those before a failing one are kept. */
  #writeOneByOne(events: ReadonlyArray<RecordedEvent>, to: Checkpoint): Effect.Effect<void, TurnFailure> {
    return Effect.gen({ self: this }, function* () {
      for (const event of events) yield* this.#writeEvent(event, to.storeId)
      if (this.#checkpoint.position !== to.position) yield* this.write([], to)
    })
  }

  /** Writes one event, with retries. After the last retry, the failure policy decides. */
  #writeEvent(event: RecordedEvent, storeId: string): Effect.Effect<void, TurnFailure> {
    return Effect.gen({ self: this }, function* () {
      const to = { storeId, position: event.position, eventId: event.id }
      for (let attempt = 0; attempt < this.#settings.retries; attempt++) {
        const outcome = yield* Effect.result(this.write([event], to))
        if (Result.isSuccess(outcome)) return
        if (!isOfOneEvent(outcome.failure)) return yield* Effect.fail(outcome.failure)
        yield* Effect.sleep(ProjectionRules.retryDelayMs(attempt))
      }
      yield* this.#policy.handle({ stop: this.write([event], to), park: this.#writeAndPark(event, to) })
    })
  }

  /**
   * Writes one event for the keys that it succeeds for, and parks it for the keys that it fails
   * for.
   */
  #writeAndPark(event: RecordedEvent, to: Checkpoint): Effect.Effect<void, FoldFailure | Lost> {
    return Effect.gen({ self: this }, function* () {
      const parkedBefore = this.#parked.size
      const { changes, waiting } = yield* this.#fold.fold([event], this.#load, this.#parked, true)
      const outcome = yield* Effect.result(this.#save(changes, waiting, to))
      if (Result.isFailure(outcome)) {
        if (!isOfOneEvent(outcome.failure)) return yield* Effect.fail(outcome.failure)
        const refused = yield* this.#rows.refused(this.#projection, this.#lease.stage, changes)
        if (refused.length === 0) return yield* Effect.fail(outcome.failure)
        const keys = new Set(refused.map(({ key }) => key))
        yield* this.#save(
          changes.filter(({ key }) => !keys.has(key)),
          [...waiting, ...refused.map(({ key, problem }) => ({ key, recorded: event, error: problem }))],
          to
        )
      }
      const count = this.#parked.size - parkedBefore
      if (count > 0) yield* this.#logParked(event, count)
    })
  }

  #save(changes: ReadonlyArray<Change>, waiting: ReadonlyArray<WaitingEvent>, to: Checkpoint) {
    return Effect.gen({ self: this }, function* (): Effect.fn.Return<void, FoldFailure | Lost> {
      const failed = waiting.filter(({ error }) => error !== undefined)
      const { maxParked } = this.#settings
      const keys = this.#parked.size + failed.length
      if (failed.length > 0 && keys > maxParked) {
        const { error, recorded } = failed.at(-1)!
        const { position, stream, type, version } = recorded
        const cause = new Error(
          `${keys} keys would be parked, more than the maximum of ${maxParked} (maxParked); the last one: ${error}`
        )
        const projection = this.#projection.name
        return yield* new ProjectionFailed({ projection, stream, version, position, type, cause })
      }
      const parkings = ParkedKeys.parkings(waiting)
      const isSaved = yield* this.#rows.save(this.#projection, this.#lease, this.#checkpoint, to, changes, parkings)
      if (!isSaved) return yield* Effect.fail(new Lost())
      for (const { key } of failed) this.#parked.add(key)
      this.#fold.keep()
      this.#checkpoint = to
    })
  }

  #logParked({ stream, type, version }: RecordedEvent, count: number): Effect.Effect<void> {
    const keys = count === 1 ? "the row of a key stays as it was" : `the rows of ${count} keys stay as they were`
    const { name } = this.#projection
    return Effect.logError(
      `projection ${name} has parked ${type}, version ${version} of stream ${JSON.stringify(stream)}: ${keys} (eventfold projections parked ${shellWord(name)})`
    )
  }

  /**
   * Compares rebuilt rows with the served rows of the same handlers, once, to report whether they
   * are equal.
   */
  #compare(): Effect.Effect<void, TurnFailure, EventStore> {
    if (this.#isCompared || this.#lease.stage !== "next" || this.#enlist !== undefined) return Effect.void
    const compared = RowComparison.compare(this.#projection, this.#rows, this.#lease, this.#settings.leaseMillis, this)
    return Effect.map(compared, (isDone) => {
      this.#isCompared = isDone
    })
  }

  /** Promotes the rows; `false` if they are behind, so that another page follows. */
  #promote(): Effect.Effect<boolean, TurnFailure> {
    const { first, max } = ProjectionRules.promotionDelayMs
    return Effect.gen({ self: this }, function* () {
      for (let delayMs: number = first, attempt = 1; ; delayMs = Math.min(2 * delayMs, max), attempt++) {
        const outcome = yield* this.#promoteOnce()
        if (outcome !== "busy") return outcome === "served"
        if (attempt === ProjectionRules.promotionAttemptsBeforeWarning) {
          yield* Effect.logWarning(
            `the rebuilt rows of ${this.#projection.name} wait to be promoted: the tables are in use, for example by a long query or transaction`
          )
        }
        yield* Effect.sleep(delayMs)
      }
    })
  }

  #promoteOnce(): Effect.Effect<"behind" | "busy" | "served", TurnFailure> {
    const { name } = this.#projection
    const word = shellWord(name)
    // Appends would fold past the parked events.
    if (this.#enlist !== undefined && this.#parked.size > 0) {
      return Effect.fail(
        new Halted(
          `keys of ${name} are parked, so its rows cannot be written inline. Fix the handler, then retry the keys: eventfold projections retry ${word}`
        )
      )
    }
    return Effect.flatMap(
      this.#enlist ?? this.#rows.serve(this.#projection, this.#lease),
      (outcome): Effect.Effect<"behind" | "busy" | "served", TurnFailure> => {
        if (outcome === "lost") return Effect.fail(new Lost())
        if (outcome !== "parked") return Effect.succeed(outcome)
        return Effect.fail(
          new Halted(
            `the rebuilt rows of ${name} are not promoted: they have parked keys that are not parked in the served rows (eventfold projections parked ${word} --stage next). Fix the handler, which rebuilds the rows again; or promote them with the parked keys: eventfold projections resume ${word} --accept-parked`
          )
        )
      }
    )
  }
}
