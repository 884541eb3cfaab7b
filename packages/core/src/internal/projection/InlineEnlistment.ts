/** How rows come to be written with the events: brought up to date under a lease, and then enlisted; and made anew when that is asked for. */
import { Duration, Effect, Result } from "effect"
import type { EventStore } from "../../EventStore.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Inline, Lease, Policy, Service as ProjectionStore, Stage } from "../../store/ProjectionStore.ts"
import * as RowVersions from "./RowVersions.ts"
import { foldOf } from "./InlineFold.ts"
import * as OptionChecks from "../work/OptionChecks.ts"
import * as LeaseLoop from "../work/LeaseLoop.ts"
import { ReleaseLog } from "./ReleaseLog.ts"
import { madeByOthers, type ProjectionRunnable, type ProjectorSettings } from "./ProjectionRunnable.ts"
import { type Failure, ProjectorTurn } from "./ProjectorTurn.ts"
import { shellWord } from "../work/ShellWord.ts"

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
  projections: ReadonlyArray<ProjectionRunnable>,
  { onChange, pageSize = 1_000 }: Options
): string | undefined =>
  OptionChecks.problemOfNames(projections) ??
  OptionChecks.problemOfPageSize(pageSize) ??
  OptionChecks.problemOfChoice("onChange", onChange, ["rebuild", "refuse"])

const settings = ({ pageSize = 1_000 }: Options): ProjectorSettings => ({
  leaseMillis: 4_000,
  pageSize,
  // Who writes rows with the events waits for all before them.
  partitions: 1,
  cachedRows: 10_000,
  bulkCachedRows: 50_000,
  // A failure fails the append: nothing is put aside.
  maxParked: 0,
  retries: 0
})

const policyOf = ({ onChange = "rebuild" }: Options): Policy => ({ keeper: "inline", onChange, partitions: 1 })

/** Brings the rows up to date with a lease, until they are written with the events. */
const catchUp = Effect.fnUntraced(function* (
  projection: ProjectionRunnable,
  rows: ProjectionStore,
  inline: Inline,
  lease: Lease,
  known: ProjectorSettings
) {
  const enlist = inline.enlist(projection, lease, foldOf(projection))
  const held = LeaseLoop.heartbeat(
    rows.renew(lease, known.leaseMillis),
    known.leaseMillis,
    `projection ${projection.name}`
  )
  yield* Effect.raceFirst(new ProjectorTurn({ projection, rows, lease, settings: known, enlist }).run(), held)
})

/** Why the program can't start, if it can't: its rows are not to be written. */
const refusalOf = (
  projection: ProjectionRunnable,
  me: RowVersions.Me,
  stages: ReadonlyArray<RowVersions.Version>,
  decision: RowVersions.Decision
): EventStoreError | undefined => {
  const { name } = projection
  if (decision._tag === "Leave") {
    return EventStoreError.storeRefused(
      RowVersions.asideText(name, me, stages, decision),
      "Start the release that has those handlers, or go back to those of this program"
    )
  }
  if (decision._tag !== "Refuse") return undefined
  if (decision.reason === "paused") {
    return EventStoreError.storeRefused(
      `the projection ${name} is paused`,
      `Let it go on: eventfold projections resume ${shellWord(name)}`
    )
  }
  if (decision.reason === "stopped") {
    const problem = stages.find((one) => one.problem !== undefined && one.fingerprint === me.fingerprint)?.problem
    return EventStoreError.storeRefused(
      `the rows of ${name} did not come up to date, and can't be written with the events: ${problem}`,
      `Mend the handler; where nothing is to be mended: eventfold projections resume ${shellWord(name)}`
    )
  }
  const serving = stages.find(({ stage }) => stage === "serving")
  return EventStoreError.storeRefused(
    madeByOthers(projection, serving?.fingerprint ?? ""),
    'Have them made anew at the start: onChange: "rebuild"'
  )
}

/** Why the rows can't be brought up to date, unless trying again may help. */
const failureOf = (name: string, error: Failure): EventStoreError | undefined => {
  if (error._tag === "Lost") return undefined
  if (error._tag === "EventStoreError") {
    if (error.isRetryable) return undefined
    // What is of the store, such as a right that is missing, says itself what it is.
    if (["StoreRefused", "Unavailable"].includes(error.reason._tag)) return error
  }
  return EventStoreError.storeRefused(
    `the rows of ${name} can't be brought up to date, and so not be written with the events: ${error.message}`,
    "Mend the handler, or what the event says"
  )
}

/** Ends once the rows are written with the events, by these handlers. */
export const enlisted = Effect.fnUntraced(function* (
  projection: ProjectionRunnable,
  rows: ProjectionStore,
  inline: Inline,
  owner: string,
  options: Options
): Effect.fn.Return<void, EventStoreError, EventStore> {
  const { fingerprint, name } = projection
  const known = settings(options)
  const policy = policyOf(options)
  const log = new ReleaseLog(name)
  /** The stage of rows that this program is to bring up to date; undefined while it waits. */
  const stageOf = Effect.fnUntraced(function* (
    me: RowVersions.Me,
    stages: ReadonlyArray<RowVersions.Version>
  ): Effect.fn.Return<Stage | undefined, EventStoreError> {
    const decision = RowVersions.next(stages, me, policy)
    const refusal = refusalOf(projection, me, stages, decision)
    if (refusal !== undefined) return yield* refusal
    yield* log.decided(me, stages, decision)
    if (decision._tag === "Keep") return decision.stages[0]
    if (decision._tag !== "Begin") return undefined
    const begun = yield* rows.begin(projection, policy)
    return begun.stage === "next" ? begun.stage : undefined
  })
  yield* rows.open(projection)
  yield* rows.enroll(projection)
  for (;;) {
    const { release, stages } = yield* rows.versions(projection)
    const serving = stages.find(({ stage }) => stage === "serving")
    if (serving?.isInline === true && serving.fingerprint === fingerprint) return
    const stage = yield* stageOf({ fingerprint, release }, stages)
    if (stage !== undefined) {
      const outcome = yield* Effect.result(
        Effect.acquireUseRelease(
          rows.acquire(projection, stage, owner, known.leaseMillis),
          (lease) => (lease === undefined ? Effect.void : catchUp(projection, rows, inline, lease, known)),
          (lease) => (lease === undefined ? Effect.void : Effect.ignore(rows.release(lease)))
        )
      )
      const failure = Result.isFailure(outcome) ? failureOf(name, outcome.failure) : undefined
      if (failure !== undefined) return yield* failure
    }
    // Another process may be at it.
    yield* Effect.sleep(Duration.millis(50))
  }
})

/**
 * For ever: makes the rows anew when somebody has asked for it, while they are written with the events; says once in the log that a newer
 * release has taken them over.
 */
export const remade = (
  projection: ProjectionRunnable,
  rows: ProjectionStore,
  inline: Inline,
  owner: string,
  options: Options
): Effect.Effect<never, never, EventStore> => {
  const { fingerprint, name } = projection
  const known = settings(options)
  const { leaseMillis } = known
  const policy = policyOf(options)
  const log = new ReleaseLog(name)
  const tenure: LeaseLoop.Tenure<Lease> = {
    acquire: rows.acquire(projection, "next", owner, leaseMillis),
    renew: (lease) => rows.renew(lease, leaseMillis),
    release: rows.release,
    stop: rows.stop
  }
  const turn = Effect.gen(function* (): Effect.fn.Return<void, Failure, EventStore> {
    const { release, stages } = yield* rows.versions(projection)
    const me = { fingerprint, release }
    const decision = RowVersions.next(stages, me, policy)
    yield* log.decided(me, stages, decision)
    const serving = stages.find(({ stage }) => stage === "serving")
    if (serving?.isInline !== true || serving.fingerprint !== fingerprint) return
    if (decision._tag !== "Begin" && !RowVersions.keeps(decision, "next")) return
    if (decision._tag === "Begin" && (yield* rows.begin(projection, policy)).stage !== "next") return
    yield* LeaseLoop.turn(`projection ${name}, made anew,`, tenure, leaseMillis, (lease) =>
      new ProjectorTurn({
        projection,
        rows,
        lease,
        settings: known,
        enlist: inline.enlist(projection, lease, foldOf(projection))
      }).run()
    )
  })
  return LeaseLoop.takeTurns(`projection ${name}`, leaseMillis, turn)
}
