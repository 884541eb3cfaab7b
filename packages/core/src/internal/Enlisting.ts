/** How rows come to be written with the events: brought up to date under a lease, and then enlisted; and made anew when that is asked for. */
import { Duration, Effect, Result } from "effect"
import type { EventStore } from "../EventStore.ts"
import { EventStoreError, StoreRefused } from "../EventStoreError.ts"
import type { Inline, Lease, Service as ProjectionStore } from "../ProjectionStore.ts"
import { foldOf } from "./InlineFolding.ts"
import * as LayerChecks from "./LayerChecks.ts"
import * as Leasing from "./Leasing.ts"
import { type Failure, keepRows } from "./RowKeeping.ts"
import { madeByOthers, type Runnable, type Settings } from "./Runnable.ts"
import { shellWord } from "./ShellWord.ts"

/** Options of `InlineProjections.layer`. */
export interface Options {
  /**
   * What to do at the start where rows were made by other handlers than these:
   *
   * - `"rebuild"`, unless given: make them anew, and start once they are; those that are there are served, and written, meanwhile.
   * - `"refuse"`: fail with `StoreRefused`.
   */
  readonly onChange?: "rebuild" | "refuse"
  /** Events folded at a time while the rows come up to date at the start; 1,000 unless given. */
  readonly pageSize?: number
}

/** What is wrong with what the layer was given, if anything. */
export const problemOf = (
  projections: ReadonlyArray<Runnable>,
  { onChange, pageSize = 1_000 }: Options
): string | undefined =>
  LayerChecks.problemOfNames(projections) ??
  LayerChecks.problemOfPageSize(pageSize) ??
  LayerChecks.problemOfChoice("onChange", onChange, ["rebuild", "refuse"])

const settings = ({ pageSize = 1_000 }: Options): Settings => ({
  leaseMillis: 4_000,
  pageSize,
  // Who writes rows with the events waits for all before them.
  partitions: 1,
  cachedRows: 10_000,
  fillingRows: 50_000,
  // A failure fails the append: nothing is put aside.
  maxParked: 0,
  retries: 0
})

export const refuse = (problem: string, fix: string) =>
  new EventStoreError({ reason: new StoreRefused({ problem, fix }) })

/** Brings the rows up to date with a lease, until they are written with the events. */
const catchUp = Effect.fnUntraced(function* (
  projection: Runnable,
  rows: ProjectionStore,
  inline: Inline,
  lease: Lease,
  known: Settings
) {
  const enlist = inline.enlist(projection, lease, foldOf(projection))
  const held = Leasing.heartbeat(
    rows.renew(lease, known.leaseMillis),
    known.leaseMillis,
    `projection ${projection.name}`
  )
  yield* Effect.raceFirst(keepRows(projection, rows, lease, known, enlist), held)
})

/** Ends once the rows are written with the events, by these handlers. */
export const enlisted = Effect.fnUntraced(function* (
  projection: Runnable,
  rows: ProjectionStore,
  inline: Inline,
  owner: string,
  options: Options
): Effect.fn.Return<void, EventStoreError, EventStore> {
  const { fingerprint, name } = projection
  const known = settings(options)
  let hasGivenWay = false
  for (;;) {
    const serving = yield* rows.open(projection)
    const isSame = serving.fingerprint === fingerprint
    const isWhole = serving.partitions.length === 1
    if (isSame && serving.isInline) return
    if (serving.isPaused)
      return yield* refuse(
        `the projection ${name} is paused`,
        `Let it go on: eventfold projections resume ${shellWord(name)}`
      )
    if (!isSame) {
      const what = madeByOthers(projection, serving.fingerprint)
      if (options.onChange === "refuse") {
        return yield* refuse(what, 'Have them made anew at the start: onChange: "rebuild"')
      }
      const stages = yield* rows.stages(name)
      if (stages.some((one) => one.stage === "old" && one.fingerprint === fingerprint)) {
        return yield* refuse(`${what}, which replaced those`, "Start the release that has those handlers")
      }
      const next = stages.find(({ stage }) => stage === "next")
      if (next?.owner !== undefined && next.fingerprint !== fingerprint) {
        // Each would discard for ever what the other one has made.
        if (!hasGivenWay)
          yield* Effect.logInfo(`${what}, and are being made anew by others (${next.fingerprint}): this program waits`)
        hasGivenWay = true
        yield* Effect.sleep(Duration.millis(50))
        continue
      }
    }
    const standing = isSame && isWhole ? serving : yield* rows.begin(projection)
    if (standing.partitions.length > 1) {
      // A projector has begun them in a way that is of no use here.
      yield* rows.drop(name, "next")
      continue
    }
    if (standing.problem !== undefined) {
      return yield* refuse(
        `the rows of ${name} did not come up to date, and can't be written with the events: ${standing.problem}`,
        `Mend the handler; where nothing is to be mended: eventfold projections resume ${shellWord(name)}`
      )
    }
    if (standing !== serving)
      yield* Effect.logInfo(`the rows of ${name} are made anew before this program starts to append`)
    const outcome = yield* Effect.result(
      Effect.acquireUseRelease(
        rows.acquire(projection, standing.stage, owner, known.leaseMillis),
        (lease) => (lease === undefined ? Effect.void : catchUp(projection, rows, inline, lease, known)),
        (lease) => (lease === undefined ? Effect.void : Effect.ignore(rows.release(lease)))
      )
    )
    if (Result.isFailure(outcome)) {
      const error = outcome.failure
      // What is of the store, such as a right that is missing, says itself what it is.
      if (
        error._tag === "EventStoreError" &&
        ["StoreRefused", "Unavailable"].includes(error.reason._tag) &&
        !error.isRetryable
      )
        return yield* error
      if (error._tag !== "Lost" && (error._tag !== "EventStoreError" || !error.isRetryable)) {
        return yield* refuse(
          `the rows of ${name} can't be brought up to date, and so not be written with the events: ${error.message}`,
          "Mend the handler, or what the event says"
        )
      }
    }
    // Another process may be at it.
    yield* Effect.sleep(Duration.millis(50))
  }
})

/** For ever: makes the rows anew when somebody has asked for it, while they are written with the events. */
export const remade = (
  projection: Runnable,
  rows: ProjectionStore,
  inline: Inline,
  owner: string,
  options: Options
): Effect.Effect<never, never, EventStore> => {
  const { fingerprint, name } = projection
  const known = settings(options)
  const { leaseMillis } = known
  const tenure: Leasing.Tenure<Lease> = {
    acquire: rows.acquire(projection, "next", owner, leaseMillis),
    renew: (lease) => rows.renew(lease, leaseMillis),
    release: rows.release,
    stop: rows.stop
  }
  const turn = Effect.gen(function* (): Effect.fn.Return<void, Failure, EventStore> {
    const stages = yield* rows.stages(name)
    const serving = stages.find(({ stage }) => stage === "serving")
    if (serving?.isInline !== true || serving.fingerprint !== fingerprint) return
    const isBegun = stages.some((one) => one.stage === "next" && one.fingerprint === fingerprint)
    if (!isBegun && !serving.isRebuildAsked) return
    yield* rows.begin(projection)
    yield* Leasing.turn(`projection ${name}, made anew,`, tenure, leaseMillis, (lease) =>
      keepRows(projection, rows, lease, known, inline.enlist(projection, lease, foldOf(projection)))
    )
  })
  return Leasing.takeTurns(`projection ${name}`, leaseMillis, turn)
}
