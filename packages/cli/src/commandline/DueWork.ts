/** Work that a command requested, and that another process does. */
import { Effect } from "effect"

/**
 * Waits until no work is due. Returns `false` if the amount has not fallen for the given number of
 * seconds: no process does the work.
 */
export const untilDone = Effect.fnUntraced(function* <E, R>(
  amount: Effect.Effect<number, E, R>,
  startTimeoutSeconds: number
): Effect.fn.Return<boolean, E, R> {
  let due = Infinity
  let since = performance.now()
  for (;;) {
    const left = yield* amount
    if (left === 0) return true
    if (left < due) since = performance.now()
    due = left
    if (performance.now() - since > startTimeoutSeconds * 1_000) return false
    yield* Effect.sleep("100 millis")
  }
})
