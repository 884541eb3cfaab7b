/**
 * Singletons of a cluster of `effect/cluster`. A module of its own, so that a program without a
 * cluster does not load it.
 */
import { Effect } from "effect"
import { Sharding } from "effect/cluster/Sharding"

/**
 * Registers a singleton for each name, in a group of shards; the cluster runs each on one of its
 * nodes.
 */
export const register = Effect.fnUntraced(function* <R>(
  names: ReadonlyArray<string>,
  run: (index: number) => Effect.Effect<void, never, R>,
  shardGroup: string | undefined
) {
  const sharding = yield* Sharding
  for (const [index, name] of names.entries()) {
    yield* sharding.registerSingleton(name, run(index), shardGroup === undefined ? {} : { shardGroup })
  }
})
