/** What a projector does while it holds the lease of a projection: folds the log, page by page, and writes rows and place together. */
import { Duration, Effect, Result, Stream } from "effect"
import type { Checkpoint } from "../../Checkpoint.ts"
import type { RecordedEvent } from "../../Event.ts"
import { EventStore } from "../../EventStore.ts"
import * as KeyPartition from "../../store/KeyPartition.ts"
import { ProjectionFailed } from "../../ProjectionError.ts"
import type { Change, Lease, Served, Service as ProjectionStore } from "../../store/ProjectionStore.ts"
import * as RowComparison from "./RowComparison.ts"
import { fill } from "./BulkCatchUp.ts"
import { Lost } from "../work/LeaseLoop.ts"
import type { Failure as FoldFailure, Waiting } from "./PageFold.ts"
import * as ParkedKeys from "./ParkedKeys.ts"
import { Halted, type Runnable, type Settings } from "./Runnable.ts"
import { shellWord } from "../work/ShellWord.ts"

export type Failure = FoldFailure | Lost | Halted

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
  settings: Settings,
  enlist?: Effect.Effect<Served, FoldFailure>
): Effect.fn.Return<void, Failure, EventStore> {
  const log = yield* EventStore
  const { cachedRows, maxParked, pageSize, retries } = settings
  const { aggregates, name, types } = projection
  // Whoever writes rows with the events parks nothing, and could not go on past what is parked.
  const parks = projection.onFailure === "park" && enlist === undefined
  const folding = projection.folding(cachedRows, KeyPartition.owner(lease.partition))
  const load = (keys: ReadonlyArray<string>) => rows.rows(projection, lease.stage, keys)
  const parked = yield* ParkedKeys.open(projection, rows, lease, settings)
  // In bulk nothing is put aside, and what waits has to wait.
  const filled =
    parked.size > 0
      ? lease.checkpoint
      : yield* fill(projection, rows, lease, {
          pageSize: settings.pageSize,
          rows: settings.fillingRows,
          millis: writeMillis[lease.stage]
        })
  if (filled === undefined) return yield* Effect.fail(new Lost())
  let checkpoint = filled

  const save = Effect.fnUntraced(function* (
    changes: ReadonlyArray<Change>,
    waiting: ReadonlyArray<Waiting>,
    to: Checkpoint
  ) {
    const failed = waiting.filter(({ error }) => error !== undefined)
    const keys = parked.size + failed.length
    if (failed.length > 0 && keys > maxParked) {
      const { error, recorded } = failed.at(-1)!
      const problem = `${keys} keys would be parked, and ${maxParked} may be (maxParked); the last one: ${error}`
      const { position, stream, type, version } = recorded
      return yield* new ProjectionFailed({
        projection: name,
        stream,
        version,
        position,
        type,
        cause: new Error(problem)
      })
    }
    const isSaved = yield* rows.save(projection, lease, checkpoint, to, changes, ParkedKeys.parkings(waiting))
    if (!isSaved) return yield* Effect.fail(new Lost())
    for (const { key } of failed) parked.add(key)
    folding.keep()
    checkpoint = to
  })

  const write = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>, to: Checkpoint) {
    const { changes, waiting } = yield* folding.fold(events, load, parked)
    yield* save(changes, waiting, to)
  })

  /** The keys that fail are put aside where it is not tried again; the others are written. */
  const writeApart = Effect.fnUntraced(function* (event: RecordedEvent, to: Checkpoint, isLast: boolean) {
    const folded = yield* folding.fold([event], load, parked, true)
    let { changes, waiting } = folded
    if (!isLast && waiting.some(({ error }) => error !== undefined)) return false
    const outcome = yield* Effect.result(save(changes, waiting, to))
    if (Result.isSuccess(outcome)) return true
    if (!isOfOneEvent(outcome.failure)) return yield* Effect.fail(outcome.failure)
    if (!isLast) return false
    const refused = yield* rows.refused(projection, lease.stage, changes)
    if (refused.length === 0) return yield* Effect.fail(outcome.failure)
    const keys = new Set(refused.map(({ key }) => key))
    changes = changes.filter(({ key }) => !keys.has(key))
    waiting = [...waiting, ...refused.map(({ key, problem }) => ({ key, recorded: event, error: problem }))]
    yield* save(changes, waiting, to)
    return true
  })

  const writeOne = Effect.fnUntraced(function* (event: RecordedEvent, storeId: string) {
    const to = { storeId, position: event.position, eventId: event.id }
    const before = parked.size
    for (let attempt = 0; ; attempt++) {
      const isLast = attempt >= retries
      const outcome = yield* Effect.result(parks ? writeApart(event, to, isLast) : Effect.as(write([event], to), true))
      if (Result.isFailure(outcome) && (!isOfOneEvent(outcome.failure) || isLast)) {
        return yield* Effect.fail(outcome.failure)
      }
      if (Result.isSuccess(outcome) && outcome.success) break
      yield* Effect.sleep(Duration.millis(50 * 2 ** attempt))
    }
    const more = parked.size - before
    if (more === 0) return
    const keys = more === 1 ? "the row of a key stays as it was" : `the rows of ${more} keys stay as they were`
    const where = `${event.type}, version ${event.version} of stream ${JSON.stringify(event.stream)}`
    yield* Effect.logError(
      `projection ${name} has parked ${where}: ${keys} (eventfold projections parked ${shellWord(name)})`
    )
  })

  /** All before the event that can't be folded is kept. */
  const writeOneByOne = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>, to: Checkpoint) {
    for (const event of events) yield* writeOne(event, to.storeId)
    if (checkpoint.position !== to.position) yield* write([], to)
  })

  /** Whether they are served now. Where they are behind, there is another page to come. */
  const serve = Effect.gen(function* () {
    // Each try keeps readers of the rows waiting for a moment: where one of them takes long, there are fewer.
    for (let wait = 100, tries = 1; ; wait = Math.min(2 * wait, 5_000), tries++) {
      if (enlist !== undefined && parked.size > 0) {
        // Whoever appends would fold past the events that wait.
        return yield* Effect.fail(
          new Halted(
            `keys of ${name} are parked, so its rows can't be written with the events: mend the handler, and have them tried again: eventfold projections retry ${shellWord(name)}`
          )
        )
      }
      const served = yield* enlist ?? rows.serve(projection, lease)
      if (served === "lost") return yield* Effect.fail(new Lost())
      if (served === "parked") {
        return yield* Effect.fail(
          new Halted(
            `the rows of ${name} that were made anew are not served: keys are parked in them that are not in those that are served (eventfold projections parked ${shellWord(name)} --stage next). Mend the handler, and they are made once more; or serve them as they are: eventfold projections resume ${shellWord(name)} --accept-parked`
          )
        )
      }
      if (served !== "busy") return served === "served"
      if (tries === 5) {
        const what = `the rows of ${name} that were made anew wait to be served: others have the tables in use`
        yield* Effect.logWarning(`${what}, such as a query or a transaction that takes long`)
      }
      yield* Effect.sleep(wait)
    }
  })

  let isCompared = false
  /** Rows that these handlers have made before: whether they come out the same is worth knowing, and asked once. */
  const compare = Effect.suspend(() => {
    if (isCompared || lease.stage !== "next" || enlist !== undefined) return Effect.void
    const compared = RowComparison.compare(projection, rows, lease, settings.leaseMillis, () => checkpoint, write)
    return Effect.map(compared, (isAnswered) => {
      isCompared = isAnswered
    })
  })

  const page = Effect.fnUntraced(function* (events: ReadonlyArray<RecordedEvent>, to: Checkpoint, caughtUp: boolean) {
    if (to.position !== checkpoint.position) {
      yield* Effect.catchIf(write(events, to), isOfOneEvent, () => writeOneByOne(events, to))
    }
    if (!caughtUp || (lease.stage !== "next" && enlist === undefined)) return false
    yield* compare
    return yield* serve
  })

  yield* log.pages({ after: checkpoint, aggregates, types, pageSize, name }).pipe(
    Stream.mapEffect(({ caughtUp, checkpoint, events }) => page(events, checkpoint, caughtUp)),
    Stream.takeUntil((isServed) => isServed),
    Stream.runDrain
  )
})
