/**
 * Promises about rows: written with their checkpoint under a valid lease or not at all, and read as
 * they were written.
 */
import { Effect, type Schema } from "effect"
import { EventId } from "eventfold"
import { ProjectionStore } from "eventfold/store"
import { expect } from "vitest"
import { escapedKeys, promise, type Promises, reasonOf, store } from "./Fixture.ts"
import { fresh, leaseOf, minute, moved, projections, rowOf } from "./RowsFixture.ts"

const keysOf = (rows: ReadonlyArray<ProjectionStore.KeyedRow>) => rows.map(({ key }) => key)

/** Keys in the order of their bytes in UTF-8. */
const keys = ["", " ", "A", "Z", "a", "a b", "aa", "b", "é", "ﬀ", "🐎"]

export const fencedWriting: Promises = [
  promise(
    "rows: rows and checkpoint are written together, by the last lease and from its checkpoint, or not at all",
    Effect.gen(function* () {
      const { id } = yield* store
      const { acquire, open, release, rows, save, status } = yield* projections
      const one = fresh()
      const described = yield* open(one)
      expect(described).toMatchObject({ name: one.name, stage: "serving", fingerprint: "one", isPaused: false })
      expect(described.checkpoint).toEqual({ storeId: id, position: 0, eventId: null })
      const [first, second] = [yield* moved(one, "1", ["a"]), yield* moved(one, "1", ["a"])]
      const held = yield* leaseOf(one)
      const at = Effect.map(rows(one, "serving", ["a", "b"]), (found) =>
        Object.fromEntries(found.map(({ key, row }) => [key, row]))
      )
      const place = Effect.map(status(one.name), (found) => found?.checkpoint)

      expect(yield* save(one, held, held.checkpoint, first.checkpoint, [{ key: "a", row: rowOf(1) }])).toBe(true)
      expect(yield* at).toEqual({ a: rowOf(1) })
      expect(yield* place).toEqual(first.checkpoint)
      // The checkpoint has moved on.
      expect(yield* save(one, held, held.checkpoint, second.checkpoint, [{ key: "a", row: rowOf(9) }])).toBe(false)
      // Removes a row and adds one.
      const changes = [
        { key: "a", row: undefined },
        { key: "b", row: rowOf(2) }
      ]
      yield* release(held)
      const next = yield* leaseOf(one)
      expect(next.token).toBeGreaterThan(held.token)
      expect(next.checkpoint).toEqual(first.checkpoint)
      expect(yield* save(one, held, first.checkpoint, second.checkpoint, changes)).toBe(false)
      expect(yield* at).toEqual({ a: rowOf(1) })
      expect(yield* save(one, next, first.checkpoint, second.checkpoint, changes)).toBe(true)
      expect(yield* at).toEqual({ b: rowOf(2) })
      expect(yield* place).toEqual(second.checkpoint)
      // A release with another fingerprint must not write.
      yield* release(next)
      expect(yield* acquire({ ...one, fingerprint: "other" }, "serving", "me", minute)).toBeUndefined()
    })
  )
]

export const finding: Promises = [
  promise(
    "rows: rows are read as they were written, by key, by page in the order of the bytes of the keys, and by fields",
    Effect.gen(function* () {
      const { find, open, page, row, rows, save } = yield* projections
      const one = fresh()
      yield* open(one)
      const { checkpoint } = yield* moved(one, "1", keys)
      const lease = yield* leaseOf(one)
      const changes = keys.map((key, i) => ({ key, row: rowOf(i) })).toReversed()
      expect(yield* save(one, lease, lease.checkpoint, checkpoint, changes)).toBe(true)
      for (const [i, key] of keys.entries()) {
        expect(yield* row(one, key)).toEqual({ row: { key, row: rowOf(i) }, parked: undefined })
      }
      expect((yield* row(one, "none")).row).toBeUndefined()
      expect(keysOf(yield* rows(one, "serving", ["b", "none", "a"])).toSorted()).toEqual(["a", "b"])
      const seen: Array<string> = []
      for (let after: string | undefined; ; after = seen.at(-1)) {
        const found = keysOf(yield* page(one, after, 3))
        seen.push(...found)
        if (found.length < 3) break
      }
      expect(seen).toEqual(keys)
      // A page can begin after a key that does not exist.
      expect(keysOf(yield* page(one, "ab", 2))).toEqual(["b", "é"])
      expect(keysOf(yield* find(one, { via: "k 3" }))).toEqual(["Z"])
      expect(keysOf(yield* find(one, { memo: null, isFar: false }))).toEqual(keys)
      expect(yield* find(one, { memo: undefined, isFar: false })).toEqual([])
      expect(yield* find(one, { via: null })).toEqual([])
    })
  )
]

export const escapedRows: Promises = [
  promise(
    "rows: keys of objects in a column that JSON escapes are read as they were written",
    Effect.gen(function* () {
      const { open, row, save } = yield* projections
      const one = fresh()
      yield* open(one)
      const { checkpoint } = yield* moved(one, "1", ["a"])
      const lease = yield* leaseOf(one)
      // PostgreSQL's `jsonb` refuses NUL in a key, but stores other control characters.
      const changes = escapedKeys(one.name).map((memo, i) => ({
        key: String(i),
        row: { ...(rowOf(i) as Schema.JsonObject), memo }
      }))
      expect(yield* save(one, lease, lease.checkpoint, checkpoint, changes)).toBe(true)
      for (const { key, row: there } of changes) {
        expect((yield* row(one, key)).row).toEqual({ key, row: there })
      }
    })
  )
]

export const ownRows: Promises = [
  promise(
    "rows: rows and checkpoints share no objects with the writer or with another reader",
    Effect.gen(function* () {
      const { find, open, page, row, rows, save, status } = yield* projections
      const one = fresh()
      yield* open(one)
      const { checkpoint } = yield* moved(one, "1", ["a"])
      const lease = yield* leaseOf(one)
      const expected = JSON.stringify(rowOf(1))
      const put = rowOf(1)
      const to = { ...checkpoint }
      expect(yield* save(one, lease, lease.checkpoint, to, [{ key: "a", row: put }])).toBe(true)
      const spoil = (given: Schema.Json | undefined) => {
        ;(given as { boxes: Array<string> }).boxes.push("spoilt")
      }
      spoil(put)
      to.position = 0
      const readings = [
        Effect.map(row(one, "a"), (found) => found.row),
        Effect.map(rows(one, "serving", ["a"]), ([found]) => found),
        Effect.map(page(one, undefined, 1), ([found]) => found),
        Effect.map(find(one, { via: "k 1" }), ([found]) => found),
        Effect.map(row(one, "a"), (found) => found.row)
      ]
      for (const reading of readings) {
        const found = yield* reading
        expect(JSON.stringify(found?.row)).toBe(expected)
        spoil(found?.row)
      }
      for (const _ of ["one reader", "another"]) {
        const found = (yield* status(one.name))!.checkpoint
        expect(found).toEqual(checkpoint)
        ;(found as { position: number }).position = 0
      }
    })
  )
]

export const parking: Promises = [
  promise(
    "rows: parked events are written with the checkpoint, keep their order, and are removed with the write of the row",
    Effect.gen(function* () {
      const { open, parked, parkedKeys, release, retry, row, save, status, unpark, waiting } = yield* projections
      const one = fresh()
      yield* open(one)
      const all = [yield* moved(one, "1", ["a", "b"]), yield* moved(one, "2", ["a"]), yield* moved(one, "1", ["a"])]
      const lease = yield* leaseOf(one)
      const parkings: ReadonlyArray<ProjectionStore.Parking> = [
        ...all.map(({ id, position }, i) => ({
          key: "a",
          position,
          eventId: id,
          type: "Moved",
          error: i === 0 ? "no a" : undefined
        })),
        { key: "b", position: all[0]!.position, eventId: all[0]!.id, type: "Moved", error: "no b" }
      ]
      const last = all[2]!.checkpoint
      expect(yield* save(one, { ...lease, token: lease.token - 1 }, lease.checkpoint, last, [], parkings)).toBe(false)
      expect((yield* parked(one.name)).keys).toEqual([])
      expect(yield* save(one, lease, lease.checkpoint, last, [], parkings)).toBe(true)
      expect((yield* status(one.name))?.parked).toBe(2)
      const { keys } = yield* parked(one.name)
      expect(keys.map(({ attempts, error, events, isDue, key }) => [key, events, attempts, isDue, error])).toEqual([
        ["a", 3, 1, false, "no a"],
        ["b", 1, 1, false, "no b"]
      ])
      const some = yield* parked(one.name, { limit: 1 })
      expect(some.keys).toEqual([keys[0]])
      expect(
        (yield* parked(one.name, { limit: 1, ...(some.next === undefined ? {} : { after: some.next }) })).keys
      ).toEqual([keys[1]])
      expect((yield* row(one, "a")).parked).toMatchObject({ key: "a", error: "no a", stream: `${one.aggregate}-1` })
      expect((yield* waiting(lease, "a", 2)).map(({ id }) => id)).toEqual([all[0]!.id, all[1]!.id])

      // A new projector finds that the key is due.
      expect(yield* retry(one.name, "a")).toBe(1)
      expect(yield* save(one, lease, last, last, [{ key: "c", row: rowOf(1) }])).toBe(false)
      expect((yield* reasonOf(retry(one.name, "c")))._tag).toBe("InvalidRequest")
      const next = yield* leaseOf(one)
      const due = yield* parkedKeys(next)
      expect(due.toSorted((x, y) => (x.key < y.key ? -1 : 1))).toEqual([
        { key: "a", isDue: true },
        { key: "b", isDue: false }
      ])
      const through = all[1]!.position
      const folded = {
        key: "a",
        change: { key: "a", row: rowOf(2) },
        through,
        head: { error: "again", isDue: false }
      }
      expect(yield* unpark(one, lease, folded)).toBe(false)
      expect(yield* unpark(one, next, folded)).toBe(true)
      expect(yield* row(one, "a")).toMatchObject({ row: { row: rowOf(2) }, parked: { error: "again", attempts: 1 } })
      expect((yield* waiting(next, "a", 10)).map(({ id }) => id)).toEqual([all[2]!.id])
      expect(yield* unpark(one, next, { ...folded, through: all[2]!.position, head: undefined })).toBe(true)
      expect((yield* parked(one.name)).keys.map(({ key }) => key)).toEqual(["b"])
      yield* release(next)
      expect((yield* reasonOf(parked(yield* EventId.make)))._tag).toBe("InvalidRequest")
    })
  )
]
