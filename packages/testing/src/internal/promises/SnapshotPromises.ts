/** Promises about snapshots. */
import { Effect } from "effect"
import { EventId, type Snapshots } from "eventfold"
import { expect } from "vitest"
import { append, events, promise, type Promises, reasonOf, store, uniqueName, uniqueStream } from "./Fixture.ts"

const kept = Effect.flatMap(store, ({ snapshots }) =>
  snapshots === undefined ? Effect.succeed(undefined) : Effect.succeed(snapshots)
)
const made = (change: Partial<Snapshots.Snapshot>) =>
  Effect.map(EventId.make, (eventId): Snapshots.Snapshot => ({
    stream: uniqueStream(),
    version: 10,
    eventId,
    fingerprint: "a",
    state: `{"text":"1993-03-01 ' \\u0000"}`,
    ...change
  }))

export const snapshots: Promises = [
  promise(
    "snapshots: the newest snapshot of a stream and fingerprint is stored byte for byte",
    Effect.gen(function* () {
      const service = yield* kept
      if (service === undefined) return
      const { latest, save } = service
      const first = yield* made({})
      const { stream } = first
      expect(yield* latest(stream, "a")).toBeUndefined()
      yield* save(first)
      expect(yield* latest(stream, "a")).toEqual(first)
      expect(yield* latest(stream, "b")).toBeUndefined()
      expect(yield* latest(uniqueStream(), "a")).toBeUndefined()
      const newer = yield* made({ stream, version: 12, state: "[]" })
      yield* save(newer)
      yield* save(yield* made({ stream, version: 11 }))
      expect(yield* latest(stream, "a")).toEqual(newer)
      const older = yield* made({ stream, version: 3 })
      yield* save(older, { replace: true })
      expect(yield* latest(stream, "a")).toEqual(older)
      const other = yield* made({ stream, fingerprint: "b" })
      yield* save(other)
      expect([yield* latest(stream, "a"), yield* latest(stream, "b")]).toEqual([older, other])
      // Neither the caller that saved it nor a caller that read it can change the stored snapshot.
      const changeable = { ...other, version: 20 }
      const kept20 = { ...changeable }
      yield* save(changeable)
      changeable.state = "spoilt"
      for (const _ of ["first reader", "second reader"]) {
        const found = yield* latest(stream, "b")
        expect(found).toEqual(kept20)
        ;(found as typeof changeable).state = "spoilt"
      }
    })
  ),

  promise(
    "snapshots: snapshots are dropped by stream, by aggregate and by truncation, after which none of the truncated part is saved",
    Effect.gen(function* () {
      const service = yield* kept
      if (service === undefined) return
      const { drop, latest, save } = service
      const { truncate } = yield* store
      const aggregate = uniqueName()
      const [one, two, three] = ["1", "2_", "3%"].map((id) => `${aggregate}-${id}`) as [string, string, string]
      for (const stream of [one, two, three]) {
        for (const fingerprint of ["a", "b"]) yield* save(yield* made({ stream, fingerprint }))
      }
      yield* save(yield* made({ stream: `${aggregate}s-1` }))
      expect(yield* drop({ stream: one })).toBe(2)
      expect(yield* latest(one, "a")).toBeUndefined()
      yield* append(two, "any", yield* events(3))
      yield* truncate(two, { before: 2 })
      expect(yield* latest(two, "a")).toBeUndefined()
      yield* save(yield* made({ stream: two }))
      expect(yield* latest(two, "a")).toBeUndefined()
      expect(yield* drop({ aggregate })).toBe(2)
      expect(yield* drop({ aggregate })).toBe(0)
      expect(yield* latest(`${aggregate}s-1`, "a")).toBeDefined()
    })
  ),

  promise(
    "snapshots: an invalid snapshot is refused before it is sent",
    Effect.gen(function* () {
      const service = yield* kept
      if (service === undefined) return
      for (const change of [
        { stream: "a\0b" },
        { stream: "x".repeat(1_001) },
        { fingerprint: "half \ud83d" },
        { state: "a\0b" },
        { version: 0 },
        { version: 1.5 },
        { eventId: "7" }
      ]) {
        expect((yield* reasonOf(service.save(yield* made(change))))._tag).toBe("InvalidRequest")
      }
      expect((yield* reasonOf(service.latest("half \ud83d", "a")))._tag).toBe("InvalidRequest")
    })
  )
]
