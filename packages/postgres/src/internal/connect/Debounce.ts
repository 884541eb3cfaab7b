/** Something that is done in the background after others have happened, once for many of them. */
import { Effect, FiberSet, type Scope } from "effect"
import { pause } from "../sql/SystemTimer.ts"

/**
 * A function that asks for `task`: it runs at most once in so many milliseconds, and after the last time that it was asked
 * for. What is due when the scope is closed is still done.
 */
export const coalesced = (task: Effect.Effect<void>, spacing: number): Effect.Effect<() => void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const fork = yield* FiberSet.makeRuntime<never, void, never>()
    const state = { isDue: false, isRunning: false }
    const once = Effect.suspend(() => {
      state.isDue = false
      return task
    })
    const run = Effect.gen(function* () {
      while (state.isDue) {
        yield* once
        yield* pause(spacing)
      }
      state.isRunning = false
    })
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => (state.isDue ? Effect.raceFirst(once, pause(500)) : Effect.void))
    )
    return () => {
      state.isDue = true
      if (state.isRunning) return
      state.isRunning = true
      fork(run)
    }
  })
