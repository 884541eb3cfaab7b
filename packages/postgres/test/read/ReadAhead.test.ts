/** The number of pages that reading a stream is ahead of its reader, without a database. */
import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { EventStore } from "eventfold"
import * as EventReader from "../../src/internal/read/EventReader.ts"
import type { Sql } from "../../src/internal/read/StoredEvent.ts"

const place = { address: "nowhere", database: "none", user: "nobody", connectSeconds: 1 }

/**
 * A stream of events, of which those from a version on never come; it records the versions that
 * were requested.
 */
const reading = Effect.fnUntraced(function* (length: number, stuckFrom = Infinity) {
  const asked: Array<number> = []
  let interrupted = 0
  const rowOf = (version: number) => ["id", "A-1", version, version, "Noted", 1, "{}", "{}", 0, 0]
  const rowsOf = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => rowOf(from + i))
  const unsafe: Sql["unsafe"] = (_, [, from, to, size]) => ({
    values: Effect.onInterrupt(
      Effect.suspend(() => {
        asked.push(Number(from))
        const last = Math.min(length, Number(to), Number(from) + Number(size) - 1)
        return Number(from) >= stuckFrom ? Effect.never : Effect.succeed(rowsOf(Number(from), last))
      }),
      () => Effect.sync(() => interrupted++)
    )
  })
  const { read } = yield* EventReader.make({ unsafe }, `"s"`, place)
  return { asked, interrupted: () => interrupted, read: (options: EventStore.ReadOptions = {}) => read("A-1", options) }
})

it.effect("reading ahead: a reader that has seen the first page is one page behind, and no more", () =>
  Effect.gen(function* () {
    const { asked, read } = yield* reading(4_500)
    const seen: Array<readonly [pages: number, last: number]> = []
    yield* Stream.runForEachArray(read(), (page) =>
      Effect.gen(function* () {
        // A slow reader: pages that are fetched ahead have the time.
        yield* Effect.yieldNow
        seen.push([asked.length, page.at(-1)!.version])
      })
    )
    assert.deepStrictEqual(seen, [
      [1, 1_000],
      [3, 2_000],
      [4, 3_000],
      [5, 4_000],
      [5, 4_500]
    ])
    assert.deepStrictEqual(asked, [1, 1_001, 2_001, 3_001, 4_001])
  })
)

it.effect("reading ahead: a reader with a limit has no page fetched ahead", () =>
  Effect.gen(function* () {
    const { asked, read } = yield* reading(4_500)
    const counts: Array<number> = []
    yield* Stream.runForEachArray(read({ limit: 3_500 }), () => Effect.sync(() => counts.push(asked.length)))
    assert.deepStrictEqual(counts, [1, 2, 3, 4])
  })
)

it.effect("reading ahead: a running fetch is interrupted when the reader has enough events", () =>
  Effect.gen(function* () {
    const { asked, interrupted, read } = yield* reading(4_500, 2_001)
    const rows = yield* Stream.runCollect(Stream.take(read(), 1_500))
    assert.strictEqual(rows.length, 1_500)
    assert.deepStrictEqual([asked, interrupted()], [[1, 1_001, 2_001], 1])
  })
)
