/**
 * Streams that are read at the same time, in one statement: without a database, and on every store.
 */
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Random, Scope, Stream } from "effect"
import { type EventStore, EventStoreError } from "eventfold"
import * as GroupRead from "../../src/internal/read/GroupRead.ts"
import { storeClosed } from "../../src/internal/sql/SqlFailure.ts"
import { store, stream } from "../StoreFixture.ts"
import { events, stores } from "../Stores.ts"

const gone = EventStoreError.EventStoreError.overloaded({ waiting: 1 })

/**
 * Creates a reader in which each stream has as many events as its name says, and records the
 * streams of each statement.
 */
const reading = Effect.fnUntraced(function* (fails = false) {
  const alone: Array<string> = []
  const together: Array<ReadonlyArray<string>> = []
  const versions = ({ from, size, stream, to }: GroupRead.PageRequest) => {
    const last = Math.min(Number(stream), to, from + size - 1)
    return Array.from({ length: Math.max(0, last - from + 1) }, (_, i) => [stream, from + i])
  }
  const read = yield* GroupRead.make({
    one: (wanted) =>
      Effect.sync(() => {
        alone.push(wanted.stream)
        return versions(wanted)
      }),
    many: (wanted) =>
      Effect.suspend(() => {
        together.push(wanted.map(({ stream }) => stream))
        const rows = wanted.flatMap((one, i) => versions(one).map((row) => [...row, i + 1]))
        return fails ? Effect.fail(gone) : Effect.succeed(rows)
      })
  })
  const page = (length: number, bounds: Partial<GroupRead.PageRequest> = {}) =>
    Effect.map(read({ stream: String(length), from: 1, to: Infinity, size: 1_000, ...bounds }), ({ isAll, rows }) => ({
      isAll,
      versions: rows.map(([, version]) => version)
    }))
  return { alone, together, page }
})

const upTo = (last: number, from = 1) => Array.from({ length: last - from + 1 }, (_, i) => from + i)
const atOnce = <A, E>(effects: ReadonlyArray<Effect.Effect<A, E>>) => Effect.all(effects, { concurrency: "unbounded" })

describe("GroupRead", () => {
  it.effect("a single read has its own statement, and concurrent reads share one", () =>
    Effect.gen(function* () {
      const { alone, page, together } = yield* reading()
      assert.deepStrictEqual(yield* page(2), { isAll: true, versions: [1, 2] })
      const pages = yield* atOnce([page(3), page(0), page(5, { from: 2, to: 4 }), page(5, { size: 2 }), page(0)])
      assert.deepStrictEqual(pages, [
        { isAll: true, versions: [1, 2, 3] },
        { isAll: true, versions: [] },
        { isAll: true, versions: [2, 3, 4] },
        { isAll: false, versions: [1, 2] },
        { isAll: true, versions: [] }
      ])
      assert.deepStrictEqual([alone, together], [["2"], [["3", "0", "5", "5", "0"]]])
    })
  )

  it.effect("each read has a share of the rows, and learns that there may be more", () =>
    Effect.gen(function* () {
      const { page, together } = yield* reading()
      const pages = yield* atOnce(Array.from({ length: 130 }, (_, i) => page(i)))
      assert.deepStrictEqual(
        together.map(({ length }) => length),
        [64, 64, 2]
      )
      for (const [i, { isAll, versions }] of pages.entries()) {
        assert.deepStrictEqual(versions, upTo(i < 128 ? Math.min(i, 64) : i))
        assert.strictEqual(isAll, i < 64 || i >= 128)
      }
    })
  )

  it.effect("closing the store fails running reads and later ones", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const read = yield* GroupRead.make({ one: () => Effect.never, many: () => Effect.never }).pipe(
        Scope.provide(scope)
      )
      const page = Effect.exit(read({ stream: "1", from: 1, to: 1, size: 1 }))
      const onTheirWay = yield* Effect.forEach([1, 2], () => Effect.forkChild(page, { startImmediately: true }))
      yield* Effect.callback((resume) => void setImmediate(() => resume(Effect.void)))
      const waiting = yield* Effect.forEach([1, 2], () => Effect.forkChild(page, { startImmediately: true }))
      yield* Scope.close(scope, Exit.void)
      for (const fiber of [...onTheirWay, ...waiting])
        assert.deepStrictEqual(yield* Fiber.join(fiber), Exit.fail(storeClosed))
      assert.deepStrictEqual(yield* page, Exit.fail(storeClosed))
    })
  )

  it.effect("a failure reaches all reads of a statement, and each can be interrupted alone", () =>
    Effect.gen(function* () {
      const failing = yield* reading(true)
      const exits = yield* atOnce([1, 2].map((length) => Effect.exit(failing.page(length))))
      assert.isTrue(exits.every(Exit.isFailure))

      const { page, together } = yield* reading()
      const fibers = yield* Effect.forEach([1, 2, 3], (length) =>
        Effect.forkChild(page(length), { startImmediately: true })
      )
      yield* Fiber.interrupt(fibers[1]!)
      const [first, last] = yield* atOnce([Fiber.join(fibers[0]!), Fiber.join(fibers[2]!)])
      assert.deepStrictEqual([first?.versions, last?.versions], [upTo(1), upTo(3)])
      assert.deepStrictEqual(together, [["1", "3"]])
    })
  )
})

for (const [name, make] of stores) {
  layer(make(), { excludeTestServices: true, timeout: "10 minutes" })(`reading many streams on ${name}`, (it) => {
    it.effect("it gives the same events as reading each stream alone", () =>
      Effect.gen(function* () {
        const { append, read, truncate } = yield* store
        // Some streams are longer than their share, one is longer than a page.
        const lengths = [0, 1, 2, 63, 64, 65, 300, 1_500, ...Array.from({ length: 140 }, (_, i) => i % 9)]
        const ids = lengths.map(() => stream("Together"))
        yield* Effect.forEach(ids, (id, i) => append(id, "any", events(lengths[i]!)), { concurrency: 32 })
        yield* truncate(ids[4]!, { before: 10 })
        for (let round = 0; round < 5; round++) {
          const wanted: Array<readonly [number, EventStore.ReadOptions]> = []
          for (const i of ids.keys()) {
            const pick = (below: number) => Random.nextIntBetween(0, below)
            const options: EventStore.ReadOptions = {
              ...((yield* pick(3)) === 0 ? { from: 1 + (yield* pick(lengths[i]! + 2)) } : {}),
              ...((yield* pick(3)) === 0 ? { to: 1 + (yield* pick(lengths[i]! + 2)) } : {}),
              ...((yield* pick(3)) === 0 ? { limit: yield* pick(100) } : {}),
              ...((yield* pick(4)) === 0 ? { direction: "backwards" } : {}),
              ...((yield* pick(2)) === 0 ? { truncated: "skip" } : {})
            }
            wanted.push([i, options])
          }
          const outcome = ([i, options]: (typeof wanted)[number]) =>
            Effect.match(Stream.runCollect(read(ids[i]!, options)), {
              onFailure: ({ message }) => message,
              onSuccess: (rows) => rows
            })
          const together = yield* Effect.forEach(wanted, outcome, { concurrency: "unbounded" })
          const alone = yield* Effect.forEach(wanted, outcome)
          assert.deepStrictEqual(together, alone)
        }
      })
    )
  })
}
