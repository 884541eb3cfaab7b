/**
 * Promises about leases: one owner at a time by the clock of the store, and none while a projection
 * is paused or stopped.
 */
import { Effect } from "effect"
import { expect } from "vitest"
import { promise, type Promises, reasonOf, uniqueName } from "./Fixture.ts"
import { fresh, leaseOf, minute, moved, projections, rowOf } from "./RowsFixture.ts"

export const leases: Promises = [
  promise(
    "leases: one owner has the lease until it is released or expires; the next owner gets a greater token",
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
      const [winner = expect.fail("no owner has the lease"), ...others] = owners.flat()
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
      // The lease expires after a time that is long enough for the steps before, even on a slow
      // machine.
      expect(yield* renew(short, 1)).toBe(true)
      yield* Effect.sleep("100 millis")
      const late = yield* leaseOf(two, "serving", "late")
      expect(late.token).toBeGreaterThan(short.token)
      expect(yield* renew(short, minute)).toBe(false)
      // A lease that was replaced releases nothing.
      yield* release(short)
      expect((yield* status(two.name))?.owner).toBe("late")
    })
  ),

  promise(
    "leases: pausing or stopping a projection ends its leases, and resuming allows new ones",
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
    "leases: partitions are shared evenly, each with its own checkpoint; the projection's checkpoint combines them",
    Effect.gen(function* () {
      const { acquire, open, release, renew, save, status } = yield* projections
      const one = fresh()
      expect((yield* open(one, 4)).partitions).toHaveLength(4)
      const first = yield* Effect.forEach([1, 2, 3, 4], () => leaseOf(one, "serving", "first"))
      expect(first.map(({ partition }) => partition.index).toSorted()).toEqual([0, 1, 2, 3])
      expect(yield* acquire(one, "serving", "first", minute)).toBeUndefined()
      // A second owner has arrived, and gets half of the partitions.
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
