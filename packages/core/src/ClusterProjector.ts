/**
 * Projectors in a cluster of `effect/cluster`: the cluster says which node keeps which projection. A module of its own
 * (`eventfold/ClusterProjector`), so that nobody else loads what it needs.
 */
import { Effect, Layer, Schedule } from "effect"
import { Sharding } from "effect/cluster/Sharding"
import type { EventStore } from "./EventStore.ts"
import type { EventStoreError } from "./EventStoreError.ts"
import * as Projector from "./Projector.ts"
import type { Runnable } from "./generated/StoredProjection.ts"

/** Options of {@link layer}. */
export interface Options extends Projector.Options {
  /** The group of shards that the projections are placed in; the cluster's default unless given. */
  readonly shardGroup?: string
}

/** Whether it may go well later: the store is away. What can't be mended by waiting is said once, and left. */
const waits = Schedule.jittered(Schedule.spaced("1 second"))

const keeping = (projection: Runnable, options: Options): Effect.Effect<void, never, EventStore> =>
  Layer.launch(Projector.layer([projection], options)).pipe(
    Effect.retry({ schedule: waits, while: ({ isRetryable }: EventStoreError) => isRetryable }),
    Effect.catch((error) => Effect.logError(`projection ${projection.name} is not kept: ${error.message}`))
  )

/**
 * Keeps the rows of these projections on the nodes of a cluster, each on the node that the cluster gives it to.
 *
 * **When to use**
 *
 * Where an app runs as a cluster of `effect/cluster` already, with many projections on many nodes: the cluster spreads them, and moves them
 * when nodes come and go. Without a cluster `Projector.layer` in every process does the same with leases alone.
 *
 * **Details**
 *
 * Each projection is a singleton of the cluster, `eventfold/<its name>`. The lease on the store is taken as always: should two nodes think
 * that a projection is theirs, one of them waits, and none writes over the other.
 *
 * **Gotchas**
 *
 * A node that died is known to be dead once its shards have expired (`shardLockExpiration`, 35 seconds unless configured); with
 * `Projector.layer` another one takes over within the lease, 4 seconds.
 *
 * Errors at the start are logged, not thrown: it is the cluster that starts a projection. The store is waited for.
 *
 * @example
 * ```ts
 * import { Layer } from "effect"
 * import * as TestRunner from "effect/cluster/TestRunner"
 * import { MemoryEventStore, type StoredProjection } from "eventfold"
 * import * as ClusterProjector from "eventfold/ClusterProjector"
 *
 * // With what is generated, and the runner of your cluster: keeping([AccountBalancesView.projection])
 * const keeping = (projections: ReadonlyArray<StoredProjection.Runnable>) =>
 *   ClusterProjector.layer(projections).pipe(Layer.provide([TestRunner.layer, MemoryEventStore.layer]))
 * ```
 */
export const layer = (
  projections: ReadonlyArray<Runnable>,
  options: Options = {}
): Layer.Layer<never, never, EventStore | Sharding> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const sharding = yield* Sharding
      const { shardGroup } = options
      for (const projection of projections) {
        yield* sharding.registerSingleton(
          `eventfold/${projection.name}`,
          keeping(projection, options),
          shardGroup === undefined ? {} : { shardGroup }
        )
      }
    })
  )
