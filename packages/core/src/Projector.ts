/**
 * Keeps the rows of projections: follows the log, folds each page, and writes the rows together with how far they have come.
 * Run it in as many processes as there are; one of them keeps each projection at a time.
 */
import { type Duration, Effect, Layer, Result, Schedule } from "effect"
import type { Sharding } from "effect/cluster/Sharding"
import { EventStore } from "./EventStore.ts"
import { EventStoreError } from "./EventStoreError.ts"
import * as HandlerGuard from "./generated/HandlerGuard.ts"
import * as OptionChecks from "./internal/work/OptionChecks.ts"
import * as LeaseLoop from "./internal/work/LeaseLoop.ts"
import { type Failure, ProjectorTurn } from "./internal/projection/ProjectorTurn.ts"
import { ReleaseLog } from "./internal/projection/ReleaseLog.ts"
import {
  madeByOthers,
  type ProjectionRunnable,
  type ProjectorSettings
} from "./internal/projection/ProjectionRunnable.ts"
import type { Lease, Policy, Service as ProjectionStore } from "./store/ProjectionStore.ts"
import * as RowVersions from "./internal/projection/RowVersions.ts"
import { gaugeLags } from "./store/StoreMetrics.ts"
import { type Runnable, storeOfRows } from "./generated/StoredProjection.ts"
import { shellWord } from "./internal/work/ShellWord.ts"

/**
 * Options of {@link layer}.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options {
  /** How long a process that fell silent keeps a projection from others; 4 seconds unless given. */
  readonly lease?: Duration.Input
  /** Events read and folded at a time; 1,000 unless given. */
  readonly pageSize?: number
  /**
   * Into how many partitions the keys of each projection are divided, from 1 to 256; 1 unless given. Each has a lease and a place of its
   * own, so that as many projectors can keep a projection, and make its rows anew, at the same time; each of them reads the log.
   *
   * It is settled when rows are made: where there are rows already, when they are made anew (`eventfold projections rebuild`).
   */
  readonly partitions?: number
  /** Rows of each projection (of each partition) kept in memory; unless given 10,000, and 50,000 while rows that are far behind catch up. */
  readonly cachedRows?: number
  /** Times that an event is tried again before its projection stops, or parks it; 3 unless given. */
  readonly retries?: number
  /**
   * Of projections that park events: how many keys (of a partition) may be parked before the projection stops all the same, since what fails for so many is
   * no single event; 1,000 unless given. Their keys are held in memory.
   */
  readonly maxParked?: number
  /**
   * What to do if rows were made by the handlers of an older release (rows of a newer one are left alone):
   *
   * - `"rebuild"`, the default: make them anew in the background; those that are there are served meanwhile.
   * - `"stale"`: serve them as they are, fold nothing more, and say so in the log.
   * - `"refuse"`: fail at the start with `StoreRefused`, also if they are of a newer release.
   */
  readonly onChange?: "rebuild" | "stale" | "refuse"
}

const settings = ({
  cachedRows,
  lease = "4 seconds",
  maxParked = 1_000,
  pageSize = 1_000,
  partitions = 1,
  retries = 3
}: Options): ProjectorSettings => ({
  cachedRows: cachedRows ?? 10_000,
  bulkCachedRows: cachedRows ?? 50_000,
  maxParked,
  pageSize,
  partitions,
  retries,
  leaseMillis: OptionChecks.leaseMillis(lease)
})

/** Each partition reads the log. */
const most = 256

const choices = ["rebuild", "stale", "refuse"]

const problemOf = (
  projections: ReadonlyArray<Runnable>,
  { cachedRows, lease = "4 seconds", maxParked, onChange, pageSize = 1_000, partitions = 1, retries }: Options
): string | undefined =>
  OptionChecks.problemOfNames(projections) ??
  OptionChecks.problemOfLease(lease) ??
  OptionChecks.problemOfPageSize(pageSize) ??
  (Number.isInteger(partitions) && partitions >= 1 && partitions <= most
    ? undefined
    : `partitions is ${partitions}; it is a whole number from 1 to ${most}`) ??
  OptionChecks.problemOfCounts(0, { cachedRows, maxParked, retries }) ??
  OptionChecks.problemOfChoice("onChange", onChange, choices)

interface Run {
  readonly projection: ProjectionRunnable
  readonly rows: ProjectionStore
  readonly owner: string
  readonly settings: ProjectorSettings
  readonly policy: Policy
  /** Those that are served and those that are made anew are kept side by side. */
  readonly stage: "serving" | "next"
  /** Makes sure that there is somebody for each of so many partitions. */
  readonly attend: (partitions: number) => Effect.Effect<void>
  readonly log: ReleaseLog
}

/** Whether this release keeps rows at the run's stage now; begins them if it is to. */
const isWanted = Effect.fnUntraced(function* (run: Run) {
  const { attend, log, policy, projection, rows, stage } = run
  const { release, stages } = yield* rows.versions(projection)
  const me = { fingerprint: projection.fingerprint, release }
  const decision = RowVersions.next(stages, me, policy)
  yield* log.decided(me, stages, decision)
  if (stage === "next" && decision._tag === "Begin") {
    const begun = yield* rows.begin(projection, policy)
    yield* attend(begun.partitions.length)
    return begun.stage === "next"
  }
  yield* attend(stages.find((one) => one.stage === stage)?.partitions.length ?? 1)
  return RowVersions.keeps(decision, stage)
})

/** One turn with the lease, until it is lost, or the projection stops; nothing where it can't be had. */
const turn = Effect.fnUntraced(function* (run: Run): Effect.fn.Return<void, Failure, EventStore> {
  const { attend, owner, projection, rows, settings, stage } = run
  if (!(yield* isWanted(run))) return
  const operations: LeaseLoop.LeaseOperations<Lease> = {
    acquire: rows.acquire(projection, stage, owner, settings.leaseMillis),
    renew: (lease) => rows.renew(lease, settings.leaseMillis),
    release: rows.release,
    stop: rows.stop
  }
  // The rows may have been divided otherwise since they were looked at, and this turn may last for ever.
  const work = (lease: Lease) =>
    Effect.andThen(attend(lease.partition.of), new ProjectorTurn({ projection, rows, lease, settings }).run())
  yield* LeaseLoop.turn(`projection ${projection.name}`, operations, settings.leaseMillis, work)
})

/** Says how far the rows are behind, whoever keeps them, and also where nobody does. */
const measure = Effect.fnUntraced(function* (
  { name }: Runnable,
  rows: ProjectionStore,
  { leaseMillis }: ProjectorSettings
): Effect.fn.Return<never> {
  for (;;) {
    const stages = yield* Effect.result(rows.stages(name))
    // Whoever keeps them says so if the store can't be reached.
    if (Result.isSuccess(stages)) yield* gaugeLags(name, stages.success)
    yield* Effect.sleep(leaseMillis / 4)
  }
})

/** Gives the release its place in the order; fails if the program can't work with the rows that are there. */
const enroll = Effect.fnUntraced(function* (
  projection: ProjectionRunnable,
  rows: ProjectionStore,
  policy: Policy,
  log: ReleaseLog
): Effect.fn.Return<void, EventStoreError> {
  const { fingerprint, name } = projection
  yield* rows.enroll(projection)
  const { release, stages } = yield* rows.versions(projection)
  const decision = RowVersions.next(stages, { fingerprint, release }, policy)
  const serving = stages.find(({ stage }) => stage === "serving")
  if (decision._tag === "Refuse" && serving !== undefined) {
    return yield* decision.reason === "inline"
      ? EventStoreError.storeRefused(
          `the rows of ${name} are written with the events, by other handlers (${serving.fingerprint}) than those of this program (${fingerprint})`,
          `Put it into InlineProjections.layer, or have a projector keep it from now on: eventfold projections discharge ${shellWord(name)}`
        )
      : EventStoreError.storeRefused(
          madeByOthers(projection, serving.fingerprint),
          'Let the projector make them anew: onChange: "rebuild"'
        )
  }
  yield* log.decided({ fingerprint, release }, stages, decision)
})

/**
 * Keeps the rows of these projections for as long as the layer lives.
 *
 * **When to use**
 *
 * Beside the services of an app, or in processes of their own. Give each projection its `projection`, as generated.
 *
 * **Details**
 *
 * Each projection, or each partition of its keys, is kept by one projector at a time, whichever process it is in: it holds a lease on the
 * store, and every page is written with it, rows and checkpoint together. Partitions are shared out evenly among the processes that live. Where its process dies, another one goes on within about `lease`; one that
 * was asleep meanwhile finds that its lease is gone, and writes nothing.
 *
 * A handler that throws is tried again some times, then its projection stops before that event, says so in its status, and goes on
 * when it is resumed; the others are not held up. One that is declared with `onFailure: "park"` puts the event aside instead, for the key
 * that it failed for, and later events of that key behind it; the rows of all other keys go on.
 *
 * Where handlers have changed since the rows were made, the rows are made anew in a table beside them, which takes their place once it
 * has come as far; the table before is kept. Releases have an order, that of their first start: a process of an older one than that whose rows
 * are served, or are being made, steps aside and says so once in the log, also after a restart. See `eventfold projections rollback`.
 *
 * **Errors**
 *
 * `InvalidRequest` for options that can't be, and for a projection that is given twice; `StoreRefused` where the store keeps no rows, or those
 * of a projection of this name in another domain, or the rows are of other handlers and `onChange` is `"refuse"`; `Unavailable` where the
 * store can't be reached at the start. Later it is waited for.
 *
 * @example
 * ```ts
 * import { Layer } from "effect"
 * import { MemoryEventStore, Projector } from "eventfold"
 * import type { StoredProjection } from "eventfold/generated"
 *
 * // With what is generated: keeping([AccountBalancesView.projection, MonthlyCashflowView.projection])
 * const keeping = (projections: ReadonlyArray<StoredProjection.Runnable>) =>
 *   Projector.layer(projections, { lease: "10 seconds" }).pipe(Layer.provideMerge(MemoryEventStore.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  given: ReadonlyArray<Runnable>,
  options: Options = {}
): Layer.Layer<never, EventStoreError, EventStore> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const problem = problemOf(given, options)
      if (problem !== undefined) return yield* EventStoreError.invalidRequest("Projector.layer", problem)
      const store = yield* EventStore
      const rows = yield* storeOfRows
      const guard = yield* HandlerGuard.Current
      const runnables = given as ReadonlyArray<ProjectionRunnable>
      const projections = guard === undefined ? runnables : runnables.map((one) => one.guardedBy(guard))
      const known = settings(options)
      const policy: Policy = {
        keeper: "projector",
        onChange: options.onChange ?? "rebuild",
        partitions: known.partitions
      }
      const owner = globalThis.crypto.randomUUID()
      const scope = yield* Effect.scope
      const runs: Array<Run> = []
      for (const projection of projections) {
        const serving = yield* rows.open(projection, known.partitions)
        const there = serving.partitions.length
        if (there !== known.partitions) {
          yield* Effect.logInfo(
            `the rows of ${projection.name} are kept in ${there === 1 ? "one partition" : `${there} partitions`}, and in ${known.partitions} once they are made anew: eventfold projections rebuild ${shellWord(projection.name)}`
          )
        }
        const log = new ReleaseLog(projection.name)
        yield* enroll(projection, rows, policy, log)
        for (const stage of ["serving", "next"] as const) {
          let attending = 0
          const attend = (partitions: number): Effect.Effect<void> =>
            Effect.suspend(() => {
              if (attending >= partitions) return Effect.void
              // Whoever else there is comes first: what was taken from them is handed over, and folded again.
              const wait = attending++ === 0 ? 0 : known.leaseMillis / 4
              return Effect.andThen(Effect.forkIn(Effect.delay(turns, wait), scope), attend(partitions))
            })
          const run: Run = {
            projection,
            rows,
            owner,
            settings: known,
            policy,
            stage,
            attend,
            log
          }
          const turns = LeaseLoop.takeTurns(`projection ${projection.name}`, known.leaseMillis, turn(run)).pipe(
            Effect.provideService(EventStore, store)
          )
          runs.push(run)
        }
      }
      for (const { attend } of runs) yield* attend(1)
      for (const projection of projections) yield* Effect.forkScoped(measure(projection, rows, known))
    })
  )

/**
 * Options of {@link clusterLayer}.
 *
 * @since 0.1.0
 * @category options
 */
export interface ClusterOptions extends Options {
  /** Group of shards in which the projections are placed. Defaults to the cluster's default group. */
  readonly shardGroup?: string
}

/** How often a node tries to start a projection again while the store is unavailable. */
const startSchedule = Schedule.jittered(Schedule.spaced("1 second"))

/** Runs one projection until it is interrupted. An error that waiting does not resolve is logged once. */
const runInCluster = (projection: Runnable, options: ClusterOptions): Effect.Effect<void, never, EventStore> =>
  Layer.launch(layer([projection], options)).pipe(
    Effect.retry({ schedule: startSchedule, while: ({ isRetryable }: EventStoreError) => isRetryable }),
    Effect.catch((error) => Effect.logError(`projection ${projection.name} is not kept: ${error.message}`))
  )

/**
 * Runs projections on the nodes of a cluster of `effect/cluster`, each on the node that the cluster assigns.
 *
 * **When to use**
 *
 * For an app that already runs as a cluster, with many projections on many nodes: the cluster distributes the projections, and moves them
 * when nodes join and leave. Without a cluster, {@link layer} in every process distributes them by leases alone.
 *
 * **Details**
 *
 * Each projection is a singleton of the cluster, `eventfold/<its name>`. The projector takes the lease on the store as well: if two nodes
 * believe that a projection is theirs, one of them waits, and neither overwrites the rows of the other. `effect/cluster` is loaded when
 * the layer is built.
 *
 * **Gotchas**
 *
 * The cluster detects a dead node when its shards expire (`shardLockExpiration`, 35 seconds by default); with {@link layer}
 * another process takes over within the lease, 4 seconds.
 *
 * Errors at the start are logged and not thrown, since the cluster starts the projections. A store that is unavailable is waited for.
 *
 * @example
 * ```ts
 * import { Layer } from "effect"
 * import * as TestRunner from "effect/cluster/TestRunner"
 * import { MemoryEventStore, Projector } from "eventfold"
 * import type { StoredProjection } from "eventfold/generated"
 *
 * // With a generated projection and the runner of your cluster: keeping([AccountBalancesView.projection])
 * const keeping = (projections: ReadonlyArray<StoredProjection.Runnable>) =>
 *   Projector.clusterLayer(projections).pipe(Layer.provide([TestRunner.layer, MemoryEventStore.layer]))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const clusterLayer = (
  projections: ReadonlyArray<Runnable>,
  options: ClusterOptions = {}
): Layer.Layer<never, never, EventStore | Sharding> =>
  Layer.effectDiscard(
    Effect.flatMap(
      Effect.promise(() => import("./internal/projection/ClusterSingletons.ts")),
      ({ register }) =>
        register(
          projections.map(({ name }) => `eventfold/${name}`),
          (index) => runInCluster(projections[index]!, options),
          options.shardGroup
        )
    )
  )
