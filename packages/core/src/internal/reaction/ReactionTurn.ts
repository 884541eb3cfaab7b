/** What a process does with a reaction that it has: takes its turns with the lease, and says how far it is behind. */
import { Effect, Result } from "effect"
import type { EventStore } from "../../EventStore.ts"
import type { Lease, Service as ReactionStore } from "../../store/ReactionStore.ts"
import { gaugeReaction } from "../../store/StoreMetrics.ts"
import * as DeliveryLoop from "./DeliveryLoop.ts"
import * as LeaseLoop from "../work/LeaseLoop.ts"

/** One turn with the lease: until it is lost, or the reaction is paused or stops; nothing where it can't be had. */
export const turn = <R>(
  reaction: DeliveryLoop.Runnable<R>,
  reactions: ReactionStore,
  owner: string,
  leaseMillis: number,
  pageSize: number
): Effect.Effect<void, DeliveryLoop.Failure, EventStore | R> =>
  Effect.suspend(() => {
    let told: ((asked: DeliveryLoop.Asked) => void) | undefined
    const tenure: LeaseLoop.Tenure<Lease> = {
      acquire: reactions.acquire(reaction.name, owner, leaseMillis),
      renew: (lease) =>
        Effect.map(reactions.renew(lease, leaseMillis), (renewed) => {
          if (renewed !== undefined) told?.(renewed)
          return renewed !== undefined
        }),
      release: reactions.release,
      stop: reactions.stop
    }
    return LeaseLoop.turn(`reaction ${reaction.name}`, tenure, leaseMillis, (lease) =>
      Effect.flatMap(DeliveryLoop.make(reaction, reactions, lease, pageSize), (delivering) => {
        told = delivering.told
        return delivering.run(Math.min(1_000, leaseMillis / 4))
      })
    )
  })

/** Says how far a reaction is behind, whoever runs it, and also where nobody does. */
export const measure = Effect.fnUntraced(function* (
  { name }: Pick<DeliveryLoop.Runnable<unknown>, "name">,
  reactions: ReactionStore,
  leaseMillis: number
): Effect.fn.Return<never> {
  for (;;) {
    const status = yield* Effect.result(reactions.status(name))
    // Whoever runs it says so if the store can't be reached.
    if (Result.isSuccess(status) && status.success !== undefined) yield* gaugeReaction(status.success)
    yield* Effect.sleep(leaseMillis / 4)
  }
})
