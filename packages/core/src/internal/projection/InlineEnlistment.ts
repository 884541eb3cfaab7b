/**
 * Makes projections inline ones: their rows are brought up to date under a lease, and from then on
 * each append writes them. Also rebuilds the rows of inline projections on request.
 */
import { Duration, Effect, Result } from "effect"
import type { EventStore } from "../../EventStore.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Inline, Lease, Policy, Service as ProjectionStore, Stage } from "../../store/ProjectionStore.ts"
import * as LeaseLoop from "../work/LeaseLoop.ts"
import * as OptionChecks from "../work/OptionChecks.ts"
import { shellWord } from "../work/ShellWord.ts"
import { foldOf } from "./InlineFold.ts"
import { madeByOthers, type ProjectionRunnable, type ProjectorSettings } from "./ProjectionRunnable.ts"
import { type TurnFailure, ProjectorTurn } from "./ProjectorTurn.ts"
import { type Decision, type Me, ReleaseLog, type Versions } from "./ReleaseLog.ts"
import * as RowVersions from "./RowVersions.ts"

/** Options of `InlineProjections.layer`, which documents them. */
interface Options {
  readonly onChange?: "rebuild" | "refuse"
  readonly pageSize?: number
}

const defaultPageSize = 1_000

/**
 * Interval at which the layer checks the rows of a projection that another process may be bringing
 * up to date.
 */
const pollMs = 50

/** Checks the projections and options of the layer. */
export const problemOf = (
  projections: ReadonlyArray<ProjectionRunnable>,
  { onChange, pageSize = defaultPageSize }: Options
): string | undefined =>
  OptionChecks.problemOfNames(projections) ??
  OptionChecks.problemOfPageSize(pageSize) ??
  OptionChecks.problemOfChoice("onChange", onChange, ["rebuild", "refuse"])

const settingsOf = ({ pageSize = defaultPageSize }: Options): ProjectorSettings => ({
  leaseMillis: 4_000,
  pageSize,
  // An append waits for all appends before it.
  partitions: 1,
  cachedRows: 10_000,
  bulkCachedRows: 50_000,
  // A failure fails the append, so nothing is parked.
  maxParked: 0,
  retries: 0
})

const servingOf = (stages: Versions) => stages.find(({ stage }) => stage === "serving")

/** Enlistment of one projection by one program. */
export class InlineEnlistment {
  readonly #projection: ProjectionRunnable
  readonly #rows: ProjectionStore
  readonly #inline: Inline
  readonly #owner: string
  readonly #settings: ProjectorSettings
  readonly #policy: Policy
  readonly #log: ReleaseLog

  constructor(projection: ProjectionRunnable, rows: ProjectionStore, inline: Inline, owner: string, options: Options) {
    this.#projection = projection
    this.#rows = rows
    this.#inline = inline
    this.#owner = owner
    this.#settings = settingsOf(options)
    this.#policy = { keeper: "inline", onChange: options.onChange ?? "rebuild", partitions: 1 }
    this.#log = new ReleaseLog(projection.name)
  }

  /** Ends when each append writes the rows with these handlers. */
  enlist(): Effect.Effect<void, EventStoreError, EventStore> {
    const { fingerprint, name } = this.#projection
    return Effect.gen({ self: this }, function* () {
      yield* this.#rows.open(this.#projection)
      yield* this.#rows.enroll(this.#projection)
      for (;;) {
        const { release, stages } = yield* this.#rows.versions(this.#projection)
        const serving = servingOf(stages)
        if (serving?.isInline === true && serving.fingerprint === fingerprint) return
        const stage = yield* this.#stageToFold({ fingerprint, release }, stages)
        if (stage !== undefined) {
          const outcome = yield* Effect.result(this.#catchUp(stage))
          const error = Result.isFailure(outcome) ? permanentError(name, outcome.failure) : undefined
          if (error !== undefined) return yield* error
        }
        // Another process may be bringing the rows up to date.
        yield* Effect.sleep(Duration.millis(pollMs))
      }
    })
  }

  /**
   * Rebuilds the rows on request, forever. Logs once if a newer release has taken the rows over.
   */
  rebuildOnRequest(): Effect.Effect<never, never, EventStore> {
    const { fingerprint, name } = this.#projection
    const { leaseMillis } = this.#settings
    const operations: LeaseLoop.LeaseOperations<Lease> = {
      acquire: this.#rows.acquire(this.#projection, "next", this.#owner, leaseMillis),
      renew: (lease) => this.#rows.renew(lease, leaseMillis),
      release: this.#rows.release,
      stop: this.#rows.stop
    }
    const rebuild = LeaseLoop.turn(`the rebuild of projection ${name}`, operations, leaseMillis, (lease) =>
      this.#turn(lease).run()
    )
    const turn = Effect.gen({ self: this }, function* (): Effect.fn.Return<void, TurnFailure, EventStore> {
      const { release, stages } = yield* this.#rows.versions(this.#projection)
      const me = { fingerprint, release }
      const decision = RowVersions.next(stages, me, this.#policy)
      yield* this.#log.decided(me, stages, decision)
      const serving = servingOf(stages)
      if (serving?.isInline !== true || serving.fingerprint !== fingerprint) return
      if (decision._tag !== "Begin" && !RowVersions.keeps(decision, "next")) return
      if (decision._tag === "Begin" && (yield* this.#rows.begin(this.#projection, this.#policy)).stage !== "next") {
        return
      }
      yield* rebuild
    })
    return LeaseLoop.takeTurns(`projection ${name}`, leaseMillis, turn)
  }

  /** Decides at which stage this program brings rows up to date; undefined while it waits. */
  #stageToFold(me: Me, stages: Versions): Effect.Effect<Stage | undefined, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const decision = RowVersions.next(stages, me, this.#policy)
      const refusal = refusalOf(this.#projection, me, stages, decision)
      if (refusal !== undefined) return yield* refusal
      yield* this.#log.decided(me, stages, decision)
      if (decision._tag === "Keep") return decision.stages[0]
      if (decision._tag !== "Begin") return undefined
      const begun = yield* this.#rows.begin(this.#projection, this.#policy)
      return begun.stage === "next" ? begun.stage : undefined
    })
  }

  /** Brings rows up to date and enlists the projection, unless another process holds the lease. */
  #catchUp(stage: Stage): Effect.Effect<void, TurnFailure, EventStore> {
    const { leaseMillis } = this.#settings
    return Effect.acquireUseRelease(
      this.#rows.acquire(this.#projection, stage, this.#owner, leaseMillis),
      (lease): Effect.Effect<void, TurnFailure, EventStore> => {
        if (lease === undefined) return Effect.void
        const renew = this.#rows.renew(lease, leaseMillis)
        const heartbeat = LeaseLoop.heartbeat(renew, leaseMillis, `projection ${this.#projection.name}`)
        return Effect.raceFirst(this.#turn(lease).run(), heartbeat)
      },
      (lease) => (lease === undefined ? Effect.void : Effect.ignore(this.#rows.release(lease)))
    )
  }

  #turn(lease: Lease): ProjectorTurn {
    return new ProjectorTurn({
      projection: this.#projection,
      rows: this.#rows,
      lease,
      settings: this.#settings,
      enlist: this.#inline.enlist(this.#projection, lease, foldOf(this.#projection))
    })
  }
}

/** Returns the error if the program cannot start, because it is not to write the rows. */
const refusalOf = (
  projection: ProjectionRunnable,
  me: Me,
  stages: Versions,
  decision: Decision
): EventStoreError | undefined => {
  const { name } = projection
  const resume = `eventfold projections resume ${shellWord(name)}`
  if (decision._tag === "Leave") {
    return EventStoreError.storeRefused(
      RowVersions.asideText(name, me, stages, decision),
      "Start the release that has those handlers, or go back to those of this program"
    )
  }
  if (decision._tag !== "Refuse") return undefined
  if (decision.reason === "paused") {
    return EventStoreError.storeRefused(`the projection ${name} is paused`, `Resume it: ${resume}`)
  }
  if (decision.reason === "stopped") {
    const problem = stages.find((one) => one.problem !== undefined && one.fingerprint === me.fingerprint)?.problem
    return EventStoreError.storeRefused(
      `the rows of ${name} stopped before they were up to date, and cannot be written inline: ${problem}`,
      `Fix the handler; if there is nothing to fix: ${resume}`
    )
  }
  return EventStoreError.storeRefused(
    madeByOthers(projection, servingOf(stages)?.fingerprint ?? ""),
    'Rebuild them at the start: onChange: "rebuild"'
  )
}

/**
 * Returns the error of the start if the rows cannot be brought up to date; undefined if another
 * attempt can succeed.
 */
const permanentError = (name: string, error: TurnFailure): EventStoreError | undefined => {
  if (error._tag === "Lost") return undefined
  if (error._tag === "EventStoreError") {
    if (error.isRetryable) return undefined
    // An error of the store, such as a missing privilege, has its own fix.
    if (["StoreRefused", "Unavailable"].includes(error.reason._tag)) return error
  }
  return EventStoreError.storeRefused(
    `the rows of ${name} cannot be brought up to date, so they cannot be written inline: ${error.message}`,
    "Fix the handler, or correct the event"
  )
}
