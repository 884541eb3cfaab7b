/** Promises about the checkpoints of reactions, and about their parked events. */
import { Effect } from "effect"
import { Checkpoint, EventId } from "eventfold"
import type { ReactionStore } from "eventfold/store"
import { expect } from "vitest"
import { promise, type Promises, reasonOf, store, uniqueName } from "./Fixture.ts"
import { fresh, minute, moved } from "./RowsFixture.ts"

const reactions: Effect.Effect<ReactionStore.Service, never, typeof store.Identifier> = Effect.flatMap(
  store,
  ({ reactions }) =>
    reactions === undefined ? Effect.die(new Error("this store does not support reactions")) : Effect.succeed(reactions)
)

const held = Effect.fnUntraced(function* (name: string, owner = "conformance") {
  const { acquire } = yield* reactions
  return (yield* acquire(name, owner, minute)) ?? expect.fail("the lease was not acquired")
})

export const deliveries: Promises = [
  promise(
    "reactions: a checkpoint is stored by name, is written by the last lease, and never decreases",
    Effect.gen(function* () {
      const { id } = yield* store
      const { acquire, open, pause, release, renew, resume, save, status, stop } = yield* reactions
      const box = fresh()
      const events = [yield* moved(box, "1", []), yield* moved(box, "1", [])]
      const [first, second] = events.map(({ checkpoint }) => checkpoint) as [
        Checkpoint.Checkpoint,
        Checkpoint.Checkpoint
      ]
      const names = [uniqueName(), uniqueName(), uniqueName()] as const
      expect((yield* open(names[0], "beginning")).checkpoint).toEqual(Checkpoint.beginning(id))
      expect((yield* open(names[1], "now")).checkpoint.position).toBeGreaterThanOrEqual(second.position)
      expect((yield* open(names[2], first)).checkpoint).toEqual(first)
      // The reaction continues from its checkpoint.
      expect((yield* open(names[2], "beginning")).checkpoint).toEqual(first)
      expect((yield* reasonOf(open(uniqueName(), { ...first, storeId: yield* EventId.make })))._tag).toBe("LogDiverged")

      const [name] = names
      const old = yield* held(name)
      expect(yield* acquire(name, "another", minute)).toBeUndefined()
      expect(yield* save(old, second)).toBe(true)
      yield* save(old, first)
      expect((yield* status(name))?.checkpoint).toEqual(second)
      yield* release(old)
      const lease = yield* held(name, "another")
      expect(lease).toMatchObject({ checkpoint: second })
      expect(lease.token).toBeGreaterThan(old.token)
      expect(yield* renew(old, minute)).toBeUndefined()
      expect(yield* renew(lease, minute)).toEqual({ isPaused: false, retries: 0 })
      yield* pause(name)
      expect((yield* renew(lease, minute))?.isPaused).toBe(true)
      // A running delivery can finish.
      expect(yield* save(lease, second)).toBe(true)
      yield* release(lease)
      expect(yield* acquire(name, "another", minute)).toBeUndefined()
      yield* resume(name)
      const last = yield* held(name)
      yield* stop(lease, "by nobody")
      yield* stop(last, "the other side is gone")
      expect(yield* status(name)).toMatchObject({ problem: "the other side is gone", owner: undefined })
      expect(yield* acquire(name, "another", minute)).toBeUndefined()
      yield* resume(name)
      expect((yield* status(name))?.problem).toBeUndefined()
      for (const asked of [pause, resume]) expect((yield* reasonOf(asked(uniqueName())))._tag).toBe("InvalidRequest")
    })
  ),

  promise(
    "reactions: parked events keep the order of the log until they are delivered or discarded",
    Effect.gen(function* () {
      const { discard, open, park, parked, renew, retry, status, unpark } = yield* reactions
      const box = fresh()
      const name = uniqueName()
      yield* open(name, "beginning")
      const lease = yield* held(name)
      const all: Array<Omit<ReactionStore.Parked, "isAsked" | "parkedAt">> = []
      for (let i = 1; i <= 3; i++) {
        const { id, position, version } = yield* moved(box, "1", [])
        const stream = `${box.aggregate}-1`
        all.push({ eventId: id, position, stream, version, type: "Moved", attempts: i, problem: `no ${i}` })
      }
      const stale = { ...lease, token: lease.token - 1 }
      expect(yield* park(stale, all[0]!)).toBe(false)
      for (const event of all.toReversed()) expect(yield* park(lease, event)).toBe(true)
      // Repeats the call, as a caller does that does not know its result.
      expect(yield* park(lease, { ...all[1]!, attempts: 9 })).toBe(true)
      expect((yield* parked(name)).map(({ attempts, eventId }) => [eventId, attempts])).toEqual([
        [all[0]!.eventId, 1],
        [all[1]!.eventId, 9],
        [all[2]!.eventId, 3]
      ])
      expect((yield* parked(name, { after: all[0]!.position, limit: 1 })).map(({ eventId }) => eventId)).toEqual([
        all[1]!.eventId
      ])
      expect((yield* status(name))?.parked).toBe(3)
      expect(yield* retry(name, all[1]!.eventId)).toBe(1)
      expect(yield* renew(lease, minute)).toEqual({ isPaused: false, retries: 1 })
      expect((yield* parked(name, { asked: true })).map(({ eventId }) => eventId)).toEqual([all[1]!.eventId])
      expect(yield* unpark(stale, all[1]!.eventId)).toBe(false)
      expect(yield* unpark(lease, all[1]!.eventId)).toBe(true)
      expect(yield* discard(name, all[2]!.eventId)).toBe(true)
      expect(yield* discard(name, all[2]!.eventId)).toBe(false)
      expect((yield* parked(name)).map(({ eventId }) => eventId)).toEqual([all[0]!.eventId])
      expect(yield* retry(name)).toBe(1)
    })
  )
]
