/** A background task that runs once for many triggers. */
import { Effect, FiberSet, type Scope } from "effect"
import { pause } from "./SystemTimer.ts"

/** The time that closing waits for a last run, in milliseconds. */
const lastRunTimeoutMs = 500

/**
 * Returns a function that triggers `task`. The task runs at most once per `intervalMs`, and again
 * after the last trigger. A run that is due when the scope is closed still takes place.
 */
export const make = (task: Effect.Effect<void>, intervalMs: number): Effect.Effect<() => void, never, Scope.Scope> =>
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
        yield* pause(intervalMs)
      }
      state.isRunning = false
    })
    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => (state.isDue ? Effect.raceFirst(once, pause(lastRunTimeoutMs)) : Effect.void))
    )
    return () => {
      state.isDue = true
      if (state.isRunning) return
      state.isRunning = true
      fork(run)
    }
  })
