/**
 * Waits by the system's timers, not by Effect's Clock: the server does not follow the clock of a
 * test.
 */
import { Effect } from "effect"

/** Waits for a number of milliseconds. */
export const pause = (millis: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), millis)
    return Effect.sync(() => clearTimeout(timer))
  })

/**
 * The milliseconds before the next attempt, after a number of failures: it doubles up to two
 * seconds, and is random so that processes do not retry at the same time.
 */
export const backOff = (failures: number): number => Math.min(2_000, 25 * 2 ** failures) * (0.5 + Math.random() / 2)
