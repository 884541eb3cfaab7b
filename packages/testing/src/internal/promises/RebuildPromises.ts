/**
 * Promises about rebuilds: rows are rebuilt beside the served ones, promoted in one transaction,
 * and rolled back.
 */
import { Effect } from "effect"
import { expect } from "vitest"
import { promise, type Promises, reasonOf, uniqueName } from "./Fixture.ts"
import { fresh, leaseOf, minute, moved, projections, rowOf } from "./RowsFixture.ts"

export const rebuilds: Promises = [
  promise(
    "stages: rebuilt rows are promoted once they have caught up, the old rows are kept, and leases of both end",
    Effect.gen(function* () {
      const { begin, drop, open, page, rollback, save, serve, stages, status } = yield* projections
      const one = fresh()
      const two = { ...one, fingerprint: "two" }
      yield* open(one)
      const { checkpoint } = yield* moved(one, "1", ["a"])
      const old = yield* leaseOf(one)
      expect(yield* save(one, old, old.checkpoint, checkpoint, [{ key: "a", row: rowOf(1) }])).toBe(true)
      expect((yield* reasonOf(rollback(one.name)))._tag).toBe("InvalidRequest")

      // A projection that another release opens does not change.
      expect((yield* open(two)).fingerprint).toBe("one")
      expect(yield* begin(two)).toMatchObject({ stage: "next", fingerprint: "two", checkpoint: { position: 0 } })
      expect((yield* begin(two)).stage).toBe("next")
      const next = yield* leaseOf(two, "next")
      expect(yield* serve(two, next)).toBe("behind")
      expect(yield* save(two, next, next.checkpoint, checkpoint, [{ key: "a", row: rowOf(2) }])).toBe(true)
      expect(yield* page(one, undefined, 9)).toEqual([{ key: "a", row: rowOf(1) }])
      expect(yield* serve(two, { ...next, token: next.token - 1 })).toBe("lost")
      expect(yield* serve(two, next)).toBe("served")
      expect(yield* page(two, undefined, 9)).toEqual([{ key: "a", row: rowOf(2) }])
      expect((yield* stages(one.name)).map(({ fingerprint, stage }) => [stage, fingerprint])).toEqual([
        ["serving", "two"],
        ["old", "one"]
      ])
      const later = yield* moved(one, "1", ["a"])
      for (const lease of [old, next]) {
        for (const stage of ["serving", "old"] as const) {
          const change = [{ key: "a", row: rowOf(9) }]
          expect(yield* save(two, { ...lease, stage }, checkpoint, later.checkpoint, change)).toBe(false)
        }
      }
      expect((yield* rollback(one.name)).fingerprint).toBe("one")
      expect(yield* page(one, undefined, 9)).toEqual([{ key: "a", row: rowOf(1) }])
      expect(yield* drop(one.name, "old")).toBe(true)
      expect(yield* drop(one.name, "old")).toBe(false)
      expect((yield* stages(one.name)).map(({ stage }) => stage)).toEqual(["serving"])
      expect((yield* status(one.name))?.fingerprint).toBe("one")
    })
  ),

  promise(
    "stages: a requested rebuild by the same handlers is compared with the served rows, and can be dropped",
    Effect.gen(function* () {
      const { begin, compare, drop, open, rebuild, save, seize, status } = yield* projections
      const one = fresh()
      yield* open(one)
      const { checkpoint } = yield* moved(one, "1", ["a", "b"])
      const serving = yield* leaseOf(one)
      const rows = (...numbers: ReadonlyArray<number>) => numbers.map((n, i) => ({ key: "abc"[i]!, row: rowOf(n) }))
      expect(yield* save(one, serving, serving.checkpoint, checkpoint, rows(1, 2))).toBe(true)
      expect((yield* begin(one)).stage).toBe("serving")
      yield* rebuild(one.name)
      expect((yield* status(one.name))?.isRebuildAsked).toBe(true)
      expect((yield* begin(one)).stage).toBe("next")
      expect((yield* status(one.name))?.isRebuildAsked).toBe(false)
      expect((yield* reasonOf(rebuild(one.name)))._tag).toBe("InvalidRequest")
      const next = yield* leaseOf(one, "next")
      expect(yield* save(one, next, next.checkpoint, checkpoint, rows(1, 5, 6))).toBe(true)
      const seized = yield* seize(one, next, 10_000)
      expect(seized?.map(({ stage }) => stage)).toEqual(["serving"])
      expect(yield* save(one, serving, checkpoint, checkpoint, [])).toBe(false)
      expect(yield* compare(one, { ...next, checkpoint })).toEqual({
        position: checkpoint.position,
        rows: 3,
        differing: 2,
        keys: ["b", "c"]
      })
      expect(yield* drop(one.name, "next")).toBe(true)
      expect(yield* save(one, next, checkpoint, checkpoint, rows(9))).toBe(false)
      for (const asked of [rebuild(uniqueName()), drop(uniqueName(), "old")]) {
        expect((yield* reasonOf(Effect.asVoid(asked)))._tag).toBe("InvalidRequest")
      }
    })
  ),

  promise(
    "stages: releases are ordered, and rows of an older release are begun only after an operator rolls back to it",
    Effect.gen(function* () {
      const { begin, drop, enroll, open, rebuild, remove, rollback, serve, stages, versions } = yield* projections
      const one = fresh()
      const [two, three] = [
        { ...one, fingerprint: "two" },
        { ...one, fingerprint: "three" }
      ]
      const begun = (release: typeof one) =>
        Effect.map(begin(release), ({ fingerprint, stage }) => [stage, fingerprint])
      const served = Effect.map(stages(one.name), (all) => all.map(({ fingerprint, stage }) => [stage, fingerprint]))
      yield* open(one)
      const first = yield* enroll(one)
      const second = yield* enroll(two)
      expect(second).toBeGreaterThan(first)
      expect(yield* enroll(three)).toBeGreaterThan(second)
      // A restart is not a new release, and reading versions does not start one.
      expect(yield* enroll(one)).toBe(first)
      expect(yield* enroll(two)).toBe(second)
      expect((yield* versions({ ...one, fingerprint: "four" })).release).toBeUndefined()
      const seen = yield* versions(two)
      expect([seen.release, ...seen.stages.map(({ release }) => release)]).toEqual([second, first])

      // The newer release takes over the rebuild. The older one neither begins again nor writes to
      // it.
      expect(yield* begun(two)).toEqual(["next", "two"])
      const { checkpoint } = yield* moved(one, "1", ["a"])
      const lost = yield* leaseOf(two, "next")
      expect(yield* begun(three)).toEqual(["next", "three"])
      const next = yield* leaseOf(three, "next")
      const change = [{ key: "a", row: rowOf(1) }]
      const { renew, save } = yield* projections
      expect(yield* renew(lost, minute)).toBe(false)
      expect(yield* save(two, lost, lost.checkpoint, checkpoint, change)).toBe(false)
      expect(yield* begun(two)).toEqual(["serving", "one"])
      expect(yield* save(three, next, next.checkpoint, checkpoint, change)).toBe(true)
      expect(yield* serve(three, next)).toBe("served")
      for (const older of [one, two]) expect(yield* begun(older)).toEqual(["serving", "three"])

      // A rollback makes a release the newest.
      yield* rollback(one.name)
      for (const other of [two, three]) expect(yield* begun(other)).toEqual(["serving", "one"])
      expect((yield* reasonOf(rebuild(one.name, { fingerprint: "four" })))._tag).toBe("InvalidRequest")
      yield* rebuild(one.name, { fingerprint: "two" })
      expect(yield* begun(three)).toEqual(["serving", "one"])
      expect(yield* begun(two)).toEqual(["next", "two"])
      expect((yield* reasonOf(rebuild(one.name, { fingerprint: "three" })))._tag).toBe("InvalidRequest")

      // A dropped rebuild does not begin again, even after a restart of its release, until it is
      // requested.
      expect(yield* drop(one.name, "next")).toBe(true)
      yield* enroll(two)
      expect(yield* begun(two)).toEqual(["serving", "one"])
      expect(yield* served).toEqual([
        ["serving", "one"],
        ["old", "three"]
      ])
      yield* rebuild(one.name, { fingerprint: "two" })
      expect(yield* begun(two)).toEqual(["next", "two"])
      const again = yield* leaseOf(two, "next")
      expect(yield* drop(one.name, "next")).toBe(true)
      yield* rebuild(one.name, { fingerprint: "two" })
      expect(yield* begun(two)).toEqual(["next", "two"])
      const last = yield* leaseOf(two, "next")
      expect(last.token).toBeGreaterThan(again.token)
      expect(yield* save(two, again, again.checkpoint, checkpoint, change)).toBe(false)

      // A request for the served release replaces an earlier request for another release.
      expect(yield* drop(one.name, "next")).toBe(true)
      yield* rebuild(one.name, { fingerprint: "two" })
      yield* rebuild(one.name, { fingerprint: "one" })
      expect(yield* begun(two)).toEqual(["serving", "one"])
      expect(yield* begun(one)).toEqual(["next", "one"])

      // A removed projection leaves no trace.
      yield* remove(one.name)
      expect((yield* reasonOf(Effect.asVoid(begin(three))))._tag).toBe("InvalidRequest")
      yield* open(three)
      expect(yield* enroll(one)).toBeGreaterThan(yield* enroll(three))
      const kept = yield* leaseOf(three)
      expect(yield* save(three, { ...last, stage: "serving" }, kept.checkpoint, checkpoint, change)).toBe(false)
    })
  ),

  promise(
    "stages: a name belongs to one projection until the projection is removed",
    Effect.gen(function* () {
      const { open, remove, save, stages, status } = yield* projections
      const one = fresh()
      const other = { ...one, table: { ...one.table, domain: "conformance_2" } }
      yield* open(one)
      const { checkpoint } = yield* moved(one, "1", ["a"])
      const lease = yield* leaseOf(one)
      expect(yield* save(one, lease, lease.checkpoint, checkpoint, [{ key: "a", row: rowOf(1) }])).toBe(true)
      expect((yield* reasonOf(open(other)))._tag).toBe("StoreRefused")
      yield* remove(one.name)
      expect(yield* stages(one.name)).toEqual([])
      expect(yield* status(one.name)).toBeUndefined()
      expect((yield* reasonOf(remove(one.name)))._tag).toBe("InvalidRequest")
      expect((yield* open(other)).checkpoint.position).toBe(0)
    })
  )
]
