/** Lets the commands of one process to one stream take turns, so that they never conflict with each other. */
import { Effect, Semaphore } from "effect"

interface Turn {
  readonly semaphore: Semaphore.Semaphore
  waiting: number
}

/** Runs effects of the same stream one after another; those of other streams are not held up. */
export class StreamTurns {
  readonly #turns = new Map<string, Turn>()

  readonly take =
    (stream: string) =>
    <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.suspend(() => {
        const turn = this.#turns.get(stream) ?? { semaphore: Semaphore.makeUnsafe(1), waiting: 0 }
        this.#turns.set(stream, turn)
        turn.waiting++
        return Effect.ensuring(
          turn.semaphore.withPermit(effect),
          Effect.sync(() => {
            // Nothing is kept for a stream that nobody is at.
            if (--turn.waiting === 0) this.#turns.delete(stream)
          })
        )
      })
}
