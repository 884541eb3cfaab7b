/** Runs a reaction in turns with its lease, and measures how far it is behind. */
import { Effect, Result } from "effect"
import type { EventStore } from "../../EventStore.ts"
import type { Lease, Service as ReactionStore } from "../../store/ReactionStore.ts"
import { gaugeReaction } from "../../store/StoreMetrics.ts"
import * as DeliveryLoop from "./DeliveryLoop.ts"
import * as LeaseLoop from "../work/LeaseLoop.ts"

/** Maximum interval between two writes of the checkpoint alone. */
const maxUpkeepMillis = 1_000

/**
 * Runs one turn with the lease, until it is lost, or the reaction is paused or stops. Does nothing
 * if another process has the lease.
 */
export const turn = <R>(
  reaction: DeliveryLoop.RunnableReaction<R>,
  reactions: ReactionStore,
  owner: string,
  leaseMillis: number,
  pageSize: number
): Effect.Effect<void, DeliveryLoop.DeliveryFailure, EventStore | R> =>
  Effect.suspend(() => {
    let loop: DeliveryLoop.DeliveryLoop<R> | undefined
    const operations: LeaseLoop.LeaseOperations<Lease> = {
      acquire: reactions.acquire(reaction.name, owner, leaseMillis),
      renew: (lease) =>
        Effect.map(reactions.renew(lease, leaseMillis), (renewed) => {
          if (renewed !== undefined) loop?.onHeartbeat(renewed)
          return renewed !== undefined
        }),
      release: reactions.release,
      stop: reactions.stop
    }
    return LeaseLoop.turn(`reaction ${reaction.name}`, operations, leaseMillis, (lease) =>
      Effect.flatMap(DeliveryLoop.make(reaction, reactions, lease, pageSize), (made) => {
        loop = made
        return made.run(Math.min(maxUpkeepMillis, leaseMillis / 4))
      })
    )
  })

/** Measures how far a reaction is behind, also if another process runs it or none does. */
export const measure = Effect.fnUntraced(function* (
  { name }: Pick<DeliveryLoop.RunnableReaction<unknown>, "name">,
  reactions: ReactionStore,
  leaseMillis: number
): Effect.fn.Return<never> {
  for (;;) {
    const status = yield* Effect.result(reactions.status(name))
    // If the store is unavailable, the process that runs the reaction reports it.
    if (Result.isSuccess(status) && status.success !== undefined) yield* gaugeReaction(status.success)
    yield* Effect.sleep(leaseMillis / 4)
  }
})
