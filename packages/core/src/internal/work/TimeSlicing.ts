/** Runs long work in slices, and yields between them: the lease is renewed by another fiber. */
import { Effect } from "effect"

/** Maximum duration of a slice. */
const maxSliceMs = 20

/**
 * Maximum number of items between two reads of the clock, each of which costs as much as fast work
 * on a few items.
 */
const maxItemsPerCheck = 64

/**
 * Runs `work` on ranges of `count` items, in order, until it returns a value; returns that value.
 */
export const run = Effect.fnUntraced(function* <A>(
  count: number,
  work: (from: number, to: number) => A | undefined
): Effect.fn.Return<A | undefined> {
  let since = performance.now()
  let stride = 1
  for (let from = 0; from < count;) {
    const to = Math.min(count, from + stride)
    const started = performance.now()
    const ended = work(from, to)
    if (ended !== undefined) return ended
    const now = performance.now()
    // After a slow item, the clock is read for each one.
    stride = now - started > maxSliceMs / 4 ? 1 : Math.min(maxItemsPerCheck, stride * 2)
    from = to
    if (now - since <= maxSliceMs || from === count) continue
    yield* Effect.yieldNow
    since = performance.now()
  }
  return undefined
})
