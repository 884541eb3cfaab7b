/**
 * Projectors run projections: they follow the log, fold each page, and write the rows together with
 * the checkpoint. Any number of processes may run one; each projection, or partition, is run by one
 * of them at a time.
 */
import { type Duration, Effect, Layer, Result, Schedule } from "effect"
import type { Sharding } from "effect/cluster/Sharding"
import { EventStore } from "./EventStore.ts"
import { EventStoreError } from "./EventStoreError.ts"
import * as HandlerGuard from "./generated/HandlerGuard.ts"
import * as OptionChecks from "./internal/work/OptionChecks.ts"
import * as LeaseLoop from "./internal/work/LeaseLoop.ts"
import { ProjectorTurn, type TurnFailure } from "./internal/projection/ProjectorTurn.ts"
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

/** Options of {@link layer}. */
interface Options {
  /** Duration for which a silent process holds a projection. Defaults to 4 seconds. */
  readonly lease?: Duration.Input
  /** Number of events in a page. Defaults to 1,000. */
  readonly pageSize?: number
  /**
   * Number of partitions of the keys of each projection, from 1 to 256. Defaults to 1. Each
   * partition has its own lease and checkpoint, so that as many projectors can run a projection, or
   * rebuild its rows, at the same time; each of them reads the log.
   *
   * The number takes effect when rows are made: existing rows keep theirs until they are rebuilt
   * (`eventfold projections rebuild`).
   */
  readonly partitions?: number
  /**
   * Number of rows in memory for each projection and partition. Defaults to 10,000, and to 50,000
   * while rows that are far behind catch up.
   */
  readonly cachedRows?: number
  /** Number of retries of an event before its projection stops or parks it. Defaults to 3. */
  readonly retries?: number
  /**
   * Maximum number of parked keys of a partition, above which the projection stops, since a failure
   * of so many keys is not caused by single events. Defaults to 1,000. Parked keys are held in
   * memory.
   */
  readonly maxParked?: number
  /**
   * Policy for rows that the handlers of an older release made (rows of a newer release are never
   * changed):
   *
   * - `"rebuild"`, the default: rebuilds them in the background, and serves the existing rows until
   *   then.
   * - `"stale"`: serves the existing rows, folds no further events, and logs that.
   * - `"refuse"`: fails at the start with `StoreRefused`, also for rows of a newer release.
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

/** Limited because each partition reads the log. */
const maxPartitions = 256

const choices = ["rebuild", "stale", "refuse"]

const problemOf = (
  projections: ReadonlyArray<Runnable>,
  { cachedRows, lease = "4 seconds", maxParked, onChange, pageSize = 1_000, partitions = 1, retries }: Options
): string | undefined =>
  OptionChecks.problemOfNames(projections) ??
  OptionChecks.problemOfLease(lease) ??
  OptionChecks.problemOfPageSize(pageSize) ??
  (Number.isInteger(partitions) && partitions >= 1 && partitions <= maxPartitions
    ? undefined
    : `partitions is ${partitions}; it is a whole number from 1 to ${maxPartitions}`) ??
  OptionChecks.problemOfCounts(0, { cachedRows, maxParked, retries }) ??
  OptionChecks.problemOfChoice("onChange", onChange, choices)

interface Run {
  readonly projection: ProjectionRunnable
  readonly rows: ProjectionStore
  readonly owner: string
  readonly settings: ProjectorSettings
  readonly policy: Policy
  /** Served rows and rows of a rebuild are projected side by side. */
  readonly stage: "serving" | "next"
  /** Starts as many turns as there are partitions. */
  readonly attend: (partitions: number) => Effect.Effect<void>
  readonly log: ReleaseLog
}

/**
 * Returns whether this release projects the rows of the run's stage now; begins a rebuild if it is
 * due.
 */
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

/**
 * Runs one turn with the lease, until it is lost or the projection stops; does nothing if the lease
 * is not available.
 */
const turn = Effect.fnUntraced(function* (run: Run): Effect.fn.Return<void, TurnFailure, EventStore> {
  const { attend, owner, projection, rows, settings, stage } = run
  if (!(yield* isWanted(run))) return
  const operations: LeaseLoop.LeaseOperations<Lease> = {
    acquire: rows.acquire(projection, stage, owner, settings.leaseMillis),
    renew: (lease) => rows.renew(lease, settings.leaseMillis),
    release: rows.release,
    stop: rows.stop
  }
  // The number of partitions may have changed since the stages were read, and this turn has no end.
  const work = (lease: Lease) =>
    Effect.andThen(attend(lease.partition.of), new ProjectorTurn({ projection, rows, lease, settings }).run())
  yield* LeaseLoop.turn(`projection ${projection.name}`, operations, settings.leaseMillis, work)
})

/** Updates the metrics of a projection's lag, also if another process runs it, or none does. */
const measure = Effect.fnUntraced(function* (
  { name }: Runnable,
  rows: ProjectionStore,
  { leaseMillis }: ProjectorSettings
): Effect.fn.Return<never> {
  for (;;) {
    const stages = yield* Effect.result(rows.stages(name))
    // The process that runs the projection reports a store that cannot be reached.
    if (Result.isSuccess(stages)) yield* gaugeLags(name, stages.success)
    yield* Effect.sleep(leaseMillis / 4)
  }
})

/**
 * Registers the release in the order of releases; fails if the program cannot use the existing
 * rows.
 */
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
          `Put it into InlineProjections.layer, or return its rows to a projector: eventfold projections discharge ${shellWord(name)}`
        )
      : EventStoreError.storeRefused(
          madeByOthers(projection, serving.fingerprint),
          'Let the projector rebuild them: onChange: "rebuild"'
        )
  }
  yield* log.decided({ fingerprint, release }, stages, decision)
})

/**
 * Runs projections for the lifetime of the layer.
 *
 * **When to use**
 *
 * Beside the services of an app, or in separate processes. Pass the generated `projection` of each
 * projection.
 *
 * **Details**
 *
 * Each projection, or each partition of its keys, is run by one projector at a time, in any
 * process: the projector holds a lease on the store, and writes every page under it, rows and
 * checkpoint together. Partitions are distributed evenly among the running processes. If a process
 * dies, another process takes over within about `lease`. A process that was suspended finds that
 * its lease is lost, and writes nothing.
 *
 * An event for which a handler throws is retried; then its projection stops before that event, with
 * the reason in its status, until it is resumed. Other projections are not affected. A projection
 * that is declared with `onFailure: "park"` parks the event instead, for the key that failed,
 * together with later events of that key; the rows of all other keys continue.
 *
 * If handlers have changed since the rows were made, the rows are rebuilt in a second table, which
 * is promoted once it has caught up; the previous table is kept. Releases are ordered by their
 * first start: a process of an older release than that of the served rows, or of the rebuild, steps
 * aside, and logs that once, also after a restart. See `eventfold projections rollback`.
 *
 * **Errors**
 *
 * `InvalidRequest` for invalid options, and for a projection that is passed twice; `StoreRefused`
 * if the store has no storage for rows, if it has rows of a projection of this name in another
 * domain, or if other handlers made the rows and `onChange` is `"refuse"`; `Unavailable` if the
 * store cannot be reached at the start. Later, the projector waits for the store.
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
            `the rows of ${projection.name} are kept in ${there === 1 ? "one partition" : `${there} partitions`}, and in ${known.partitions} once they are rebuilt: eventfold projections rebuild ${shellWord(projection.name)}`
          )
        }
        const log = new ReleaseLog(projection.name)
        yield* enroll(projection, rows, policy, log)
        for (const stage of ["serving", "next"] as const) {
          let attending = 0
          const attend = (partitions: number): Effect.Effect<void> =>
            Effect.suspend(() => {
              if (attending >= partitions) return Effect.void
              // Other processes go first: a partition that is taken from them is folded again from
              // its checkpoint.
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

/** Options of {@link clusterLayer}. */
interface ClusterOptions extends Options {
  /**
   * Group of shards in which the projections are placed. Defaults to the cluster's default group.
   */
  readonly shardGroup?: string
}

/** Delay between attempts of a node to start a projection while the store is unavailable. */
const startSchedule = Schedule.jittered(Schedule.spaced("1 second"))

/**
 * Runs one projection until it is interrupted. An error that waiting does not resolve is logged
 * once.
 */
const runInCluster = (projection: Runnable, options: ClusterOptions): Effect.Effect<void, never, EventStore> =>
  Layer.launch(layer([projection], options)).pipe(
    Effect.retry({ schedule: startSchedule, while: ({ isRetryable }: EventStoreError) => isRetryable }),
    Effect.catch((error) => Effect.logError(`projection ${projection.name} does not run: ${error.message}`))
  )

/**
 * Runs projections on the nodes of a cluster of `effect/cluster`, each on the node that the cluster
 * assigns.
 *
 * **When to use**
 *
 * For an app that already runs as a cluster, with many projections on many nodes: the cluster
 * distributes the projections, and moves them when nodes join and leave. Without a cluster,
 * {@link layer} in every process distributes them by leases alone.
 *
 * **Details**
 *
 * Each projection is a singleton of the cluster, `eventfold/<its name>`. The projector takes the
 * lease on the store as well: if two nodes believe that a projection is theirs, one of them waits,
 * and neither overwrites the rows of the other. `effect/cluster` is loaded when the layer is built.
 *
 * **Gotchas**
 *
 * The cluster detects a dead node when its shards expire (`shardLockExpiration`, 35 seconds by
 * default); with {@link layer} another process takes over within the lease, 4 seconds.
 *
 * Errors at the start are logged and not thrown, since the cluster starts the projections. While
 * the store is unavailable, the layer waits for it.
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
