/**
 * Runs the commands of one process to one stream one at a time, so that they never conflict with
 * each other.
 */
import { Effect, Semaphore } from "effect"

interface Lock {
  readonly semaphore: Semaphore.Semaphore
  waiting: number
}

/**
 * Mutual exclusion by key: effects of one key run one after another, and effects of different keys
 * do not wait.
 */
export class KeyedMutex {
  readonly #locks = new Map<string, Lock>()

  /** Runs an effect while it holds the lock of the key. */
  withLock<A, E, R>(key: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      const lock = this.#locks.get(key) ?? { semaphore: Semaphore.makeUnsafe(1), waiting: 0 }
      this.#locks.set(key, lock)
      lock.waiting++
      return Effect.ensuring(
        lock.semaphore.withPermit(effect),
        Effect.sync(() => {
          // A key that no effect waits for takes no memory.
          if (--lock.waiting === 0) this.#locks.delete(key)
        })
      )
    })
  }
}
