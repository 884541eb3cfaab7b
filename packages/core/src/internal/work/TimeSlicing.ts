/** Long work in stretches, with turns for other fibers in between: a lease is renewed by another one. */
import { Effect } from "effect"

/** Milliseconds of work before others have their turn. */
const longest = 20

/** Items between two looks at the clock, at most: a look costs as much as quick work on a few of them. */
const most = 64

/** Works on so many items, in their order, some at a time; `work` gives what ends it early. */
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
    // Slow items are looked after one by one.
    stride = now - started > longest / 4 ? 1 : Math.min(most, stride * 2)
    from = to
    if (now - since <= longest || from === count) continue
    yield* Effect.yieldNow
    since = performance.now()
  }
  return undefined
})
