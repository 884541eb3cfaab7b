/** What is promised of leases: one owner at a time, by the store's clock, and none where nobody is to work. */
import { Effect } from "effect"
import { expect } from "vitest"
import { promise, type Promises, reasonOf, uniqueName } from "./Fixture.ts"
import { fresh, leaseOf, minute, moved, projections, rowOf } from "./RowsFixture.ts"

export const leases: Promises = [
  promise(
    "leases: one has it, until it is given back or runs out; then another one, with a greater token",
    Effect.gen(function* () {
      const { acquire, open, release, renew, status } = yield* projections
      const one = fresh()
      yield* open(one)
      const owners = yield* Effect.forEach(
        Array.from({ length: 10 }, (_, i) => `owner ${i}`),
        (owner) =>
          Effect.map(acquire(one, "serving", owner, minute), (lease) =>
            lease === undefined ? [] : [{ lease, owner }]
          ),
        { concurrency: "unbounded" }
      )
      const [winner = expect.fail("nobody has it"), ...others] = owners.flat()
      expect(others).toEqual([])
      expect((yield* status(one.name))?.owner).toBe(winner.owner)
      yield* release(winner.lease)
      expect((yield* status(one.name))?.owner).toBeUndefined()
      expect(yield* acquire(one, "serving", "the next", minute)).toBeDefined()

      const two = fresh()
      yield* open(two)
      const short = yield* leaseOf(two, "serving", "short", minute)
      expect(yield* renew(short, minute)).toBe(true)
      expect(yield* acquire(two, "serving", "early", minute)).toBeUndefined()
      // It ends by itself, after a time that no slow machine makes too short for what comes before.
      expect(yield* renew(short, 1)).toBe(true)
      yield* Effect.sleep("100 millis")
      const late = yield* leaseOf(two, "serving", "late")
      expect(late.token).toBeGreaterThan(short.token)
      expect(yield* renew(short, minute)).toBe(false)
      // What an older lease gives back is not its own any more.
      yield* release(short)
      expect((yield* status(two.name))?.owner).toBe("late")
    })
  ),

  promise(
    "leases: who pauses or stops a projection ends them, and who resumes it lets it go on",
    Effect.gen(function* () {
      const { acquire, open, pause, renew, resume, save, status, stop } = yield* projections
      const one = fresh()
      yield* open(one)
      const { checkpoint } = yield* moved(one, "1", ["a"])
      const paused = yield* leaseOf(one)
      yield* pause(one.name)
      expect(yield* status(one.name)).toMatchObject({ isPaused: true, owner: undefined })
      expect(yield* renew(paused, minute)).toBe(false)
      expect(yield* save(one, paused, paused.checkpoint, checkpoint, [{ key: "a", row: rowOf(1) }])).toBe(false)
      expect(yield* acquire(one, "serving", "me", minute)).toBeUndefined()
      yield* resume(one.name)
      const lease = yield* leaseOf(one)
      yield* stop(paused, "by nobody")
      expect((yield* status(one.name))?.problem).toBeUndefined()
      yield* stop(lease, "an event that can't be folded")
      expect((yield* status(one.name))?.problem).toBe("an event that can't be folded")
      expect(yield* acquire(one, "serving", "me", minute)).toBeUndefined()
      yield* resume(one.name)
      expect((yield* status(one.name))?.problem).toBeUndefined()
      yield* leaseOf(one)
      for (const asked of [pause, resume]) {
        expect((yield* reasonOf(asked(uniqueName())))._tag).toBe("InvalidRequest")
      }
    })
  ),

  promise(
    "leases: partitions are shared out evenly, each with a place of its own; all of them make the projection's",
    Effect.gen(function* () {
      const { acquire, open, release, renew, save, status } = yield* projections
      const one = fresh()
      expect((yield* open(one, 4)).partitions).toHaveLength(4)
      const first = yield* Effect.forEach([1, 2, 3, 4], () => leaseOf(one, "serving", "first"))
      expect(first.map(({ partition }) => partition.index).toSorted()).toEqual([0, 1, 2, 3])
      expect(yield* acquire(one, "serving", "first", minute)).toBeUndefined()
      // Somebody else is there now, and has a right to half of them.
      expect(yield* acquire(one, "serving", "second", minute)).toBeUndefined()
      const kept = yield* Effect.filter(first, (lease) => renew(lease, minute))
      expect(kept).toHaveLength(2)
      for (const lease of first) if (!kept.includes(lease)) yield* release(lease)
      const second = yield* Effect.forEach([1, 2], () => leaseOf(one, "serving", "second"))
      expect(yield* acquire(one, "serving", "second", minute)).toBeUndefined()

      const { checkpoint } = yield* moved(one, "1", ["a"])
      const all = [...kept, ...second]
      for (const [i, lease] of all.entries()) {
        expect((yield* status(one.name))?.checkpoint.position).toBe(0)
        expect(yield* save(one, lease, lease.checkpoint, checkpoint, [{ key: `${i}`, row: rowOf(i) }])).toBe(true)
      }
      expect((yield* status(one.name))?.checkpoint).toEqual(checkpoint)
    })
  )
]
