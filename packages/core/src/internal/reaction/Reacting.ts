/** What a process does with a reaction that it has: takes its turns with the lease, and says how far it is behind. */
import { Effect, Result } from "effect"
import type { EventStore } from "../../EventStore.ts"
import type { Lease, Service as ReactionStore } from "../../store/ReactionStore.ts"
import { gaugeReaction } from "../../store/StoreMetrics.ts"
import * as Delivering from "./Delivering.ts"
import * as Leasing from "../work/Leasing.ts"

/** One turn with the lease: until it is lost, or the reaction is paused or stops; nothing where it can't be had. */
export const turn = <R>(
  reaction: Delivering.Runnable<R>,
  reactions: ReactionStore,
  owner: string,
  leaseMillis: number,
  pageSize: number
): Effect.Effect<void, Delivering.Failure, EventStore | R> =>
  Effect.suspend(() => {
    let told: ((asked: Delivering.Asked) => void) | undefined
    const tenure: Leasing.Tenure<Lease> = {
      acquire: reactions.acquire(reaction.name, owner, leaseMillis),
      renew: (lease) =>
        Effect.map(reactions.renew(lease, leaseMillis), (renewed) => {
          if (renewed !== undefined) told?.(renewed)
          return renewed !== undefined
        }),
      release: reactions.release,
      stop: reactions.stop
    }
    return Leasing.turn(`reaction ${reaction.name}`, tenure, leaseMillis, (lease) =>
      Effect.flatMap(Delivering.make(reaction, reactions, lease, pageSize), (delivering) => {
        told = delivering.told
        return delivering.run(Math.min(1_000, leaseMillis / 4))
      })
    )
  })

/** Says how far a reaction is behind, whoever runs it, and also where nobody does. */
export const measure = Effect.fnUntraced(function* (
  { name }: Pick<Delivering.Runnable<unknown>, "name">,
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
