/** Waiting by the system's timers, not by Effect's Clock: the server does not live in a test's time. */
import { Effect } from "effect"

/** Waits so many milliseconds. */
export const pause = (millis: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(timer))
  })

/** Milliseconds before the next try, after so many that failed: doubling up to two seconds, each process at its own time. */
export const backOff = (failures: number): number => Math.min(2_000, 25 * 2 ** failures) * (0.5 + Math.random() / 2)
