/**
 * Reactions on every store: each event is delivered in order, and the stored checkpoint and parked
 * events are right.
 */
import { assert, it, layer } from "@effect/vitest"
import { SqlEventStore } from "@eventfold/postgres"
import { Effect } from "effect"
import { Event, EventStore, Reaction } from "eventfold"
import { put, sent } from "../projection/Parcels.ts"
import { Away, parcels, reached, reactions, running, type Test, thrice } from "./Reactions.ts"
import { eventually, freshSchema, SharedPglite, sharedPglite, stores } from "../Stores.ts"

const tests = (test: Test) => {
  test(
    "each event is delivered once and in order, through restarts and by one of two processes",
    Effect.gen(function* () {
      const seen: Array<string> = []
      const keys = new Set<string>()
      const notes = Reaction.make("Notes", {
        start: "beginning",
        from: [parcels],
        handle: ({ attempt, event, id, idempotencyKey, reaction, recorded }) =>
          Effect.gen(function* () {
            assert.strictEqual(attempt, 1)
            assert.strictEqual(reaction, "Notes")
            keys.add(idempotencyKey)
            const { causationId, correlationId } = yield* Event.CurrentMetadata
            assert.deepStrictEqual([causationId, correlationId], [recorded.id, recorded.id])
            seen.push(`${id} ${event._tag === "Sent" ? event.note : event.to.join()}`)
          })
      })
      const late: Array<number> = []
      const fromNow = Reaction.make("Late", {
        start: "now",
        aggregates: ["Parcel"],
        types: ["Sent"],
        handle: ({ recorded }) => Effect.sync(() => late.push(recorded.position))
      })
      yield* put("1", sent([], 1, "a"), { _tag: "Ignored" }, { _tag: "Returned", to: ["b"] })
      // The lease is longer than any pause of this process: after a lost lease, an event would be
      // delivered again, as promised.
      const patient = { lease: "20 seconds" } as const
      const first = yield* running([notes], patient)
      yield* reached("Notes", yield* put("2", sent([], 1, "c")))
      yield* first

      const two = [yield* running([notes, fromNow], patient), yield* running([notes, fromNow], patient)]
      const expected = ["1 a", "1 b", "2 c"]
      const after: Array<number> = []
      for (let i = 0; i < 20; i++) {
        const appended = yield* put(String(i % 3), sent([], 1, String(i)))
        after.push(appended.position)
        expected.push(`${i % 3} ${i}`)
        // One of the two ends, and the other continues.
        if (i === 10) yield* reached("Notes", appended).pipe(Effect.andThen(two.pop()!))
      }
      const last = yield* put("1", { _tag: "Ignored" })
      yield* reached("Notes", last)
      yield* reached("Late", last)
      yield* two.pop()!
      assert.deepStrictEqual(seen, expected)
      assert.strictEqual(keys.size, expected.length)
      assert.deepStrictEqual(late, after)
      const { statuses } = yield* reactions
      assert.deepStrictEqual(
        (yield* statuses).map(({ name, owner, parked, problem }) => ({ name, owner, parked, problem })),
        ["Late", "Notes"].map((name) => ({ name, owner: undefined, parked: 0, problem: undefined }))
      )
    })
  )

  test(
    "a parked event keeps its error until it is retried or discarded",
    Effect.gen(function* () {
      const { discard, parked, retry, status } = yield* reactions
      const delivered: Array<string> = []
      const broken = new Set(["Cheb", "Brno"])
      const parking = Reaction.make("Parking", {
        start: "beginning",
        from: [parcels],
        retry: thrice,
        onFailure: "park",
        handle: ({ attempt, event }) =>
          Effect.gen(function* () {
            const town = event.to.join()
            if (broken.has(town)) return yield* new Away({ message: `${town} is away` })
            // A defect is not retried.
            if (town === "") throw new TypeError("no town")
            delivered.push(`${town} ${attempt}`)
          })
      })
      const end = yield* running([parking])
      const towns = ["Aš", "Brno", "Cheb", "", "Děčín"]
      const last = yield* put("1", ...towns.map((town) => sent([town])))
      yield* reached("Parking", last)
      assert.deepStrictEqual(delivered, ["Aš 1", "Děčín 1"])
      const aside = yield* parked("Parking")
      const brief = (all: typeof aside) => all.map(({ attempts, problem, version }) => [version, attempts, problem])
      assert.deepStrictEqual(brief(aside), [
        [2, 3, "Brno is away"],
        [3, 3, "Cheb is away"],
        [4, 1, "no town"]
      ])
      assert.strictEqual((yield* status("Parking"))!.parked, 3)
      assert.deepStrictEqual(
        brief(yield* parked("Parking", { after: aside[0]!.position, limit: 1 })),
        brief([aside[1]!])
      )

      // It fails again, and attempts continue to count.
      assert.strictEqual(yield* retry("Parking", aside[1]!.eventId), 1)
      yield* eventually(Effect.map(parked("Parking"), ([, cheb]) => cheb!.attempts === 6 && !cheb!.isAsked))
      broken.clear()
      assert.isTrue(yield* discard("Parking", aside[2]!.eventId))
      assert.isFalse(yield* discard("Parking", aside[2]!.eventId))
      assert.strictEqual(yield* retry("Parking"), 2)
      yield* eventually(Effect.map(status("Parking"), (found) => found!.parked === 0))
      assert.deepStrictEqual(delivered, ["Aš 1", "Děčín 1", "Brno 4", "Cheb 7"])
      yield* end
      for (const call of [retry("None"), parked("None"), discard("None", aside[0]!.eventId)]) {
        assert.match(
          (yield* Effect.flip<unknown, { readonly message: string }, never>(call)).message,
          /there is no reaction "None"/
        )
      }
      assert.match((yield* Effect.flip(parked("Parking", { limit: 0 }))).message, /limit 0 must be from 1/)
    })
  )

  test(
    "a process that has lost the lease neither writes a checkpoint nor parks",
    Effect.gen(function* () {
      const { id: storeId } = yield* EventStore.EventStore
      const { acquire, open, park, parked, renew, save, status, stop, unpark } = yield* reactions
      const { position } = yield* put("1", sent([]))
      yield* open("Fenced", "beginning")
      const eventId = globalThis.crypto.randomUUID()
      const to = { storeId, position, eventId }
      const event = { eventId, position, stream: "Parcel-1", version: 1, type: "Sent", attempts: 1, problem: "away" }
      const first = (yield* acquire("Fenced", "first", 60))!
      assert.isUndefined(yield* acquire("Fenced", "second", 60))
      assert.deepStrictEqual(yield* renew(first, 60), { isPaused: false, retries: 0 })
      yield* Effect.sleep("100 millis")
      const second = (yield* acquire("Fenced", "second", 60_000))!
      assert.isAbove(second.token, first.token)
      assert.isUndefined(yield* renew(first, 60))
      assert.isFalse(yield* save(first, to))
      assert.isFalse(yield* park(first, event))
      yield* stop(first, "not asked for")
      assert.deepInclude(yield* status("Fenced"), { checkpoint: first.checkpoint, parked: 0, problem: undefined })
      assert.isTrue(yield* park(second, event))
      assert.isTrue(yield* save(second, to))
      // Again, as after a lost answer; but never backwards.
      assert.isTrue(yield* save(second, to))
      assert.isFalse(yield* save(second, first.checkpoint))
      assert.isFalse(yield* unpark(first, eventId))
      assert.deepInclude((yield* parked("Fenced"))[0], event)
      assert.isTrue(yield* unpark(second, eventId))
      assert.deepInclude(yield* status("Fenced"), { checkpoint: to, parked: 0, owner: "second" })
    })
  )

  test(
    "invalid requests are refused with a message",
    Effect.gen(function* () {
      const { open } = yield* reactions
      const { position } = yield* put("1", sent([]))
      const nothing = { handle: () => Effect.void }
      const at = (start: Parameters<typeof Reaction.forward>[2]["start"]) => Reaction.make("One", { ...nothing, start })
      const refused = (all: ReadonlyArray<Reaction.Reaction>, options?: Parameters<typeof Reaction.layer>[1]) =>
        Effect.map(Effect.flip(running(all, options)), ({ message }) => message)
      assert.match(yield* refused([at("now"), at("now")]), /two reactions are called "One"/)
      assert.match(yield* refused([at("now")], { lease: "1 millis" }), /lease is 1 ms, at least 50/)
      assert.match(yield* refused([at("now")], { pageSize: 0 }), /pageSize 0 must be/)
      const still = Reaction.make("Two", { ...nothing, start: "now", concurrency: 0 })
      assert.match(yield* refused([still]), /concurrency of "Two" is 0/)
      assert.match(yield* refused([at(position + 1)]), /start \d+ is beyond the end of the log/)
      assert.match(yield* refused([at(1.5)]), /start is 1.5: it must be "beginning", "now", a position or a checkpoint/)
      assert.match(yield* refused([Reaction.make("", { ...nothing, start: "now" })]), /the reaction's name is empty/)
      const elsewhere = { storeId: globalThis.crypto.randomUUID(), position: 1, eventId: null }
      assert.match(yield* refused([at(elsewhere)]), /does not fit this log: it is of store/)
      // A known reaction continues at its checkpoint, with any start.
      const { checkpoint } = yield* open("Known", position)
      assert.strictEqual(checkpoint.position, position)
      assert.deepStrictEqual((yield* open("Known", "beginning")).checkpoint, checkpoint)
    })
  )
}

layer(sharedPglite, { excludeTestServices: true, timeout: "10 minutes" })("on PGlite,", (it) =>
  tests((claim, effect) =>
    it.effect(claim, () =>
      Effect.gen(function* () {
        const store = yield* SqlEventStore.make(yield* SharedPglite, { schema: freshSchema() })
        yield* Effect.provideService(effect, EventStore.EventStore, store)
      })
    )
  )
)

for (const [name, layer] of stores.filter(([name]) => name !== "PGlite")) {
  tests((claim, effect) => it.live(`on ${name}, ${claim}`, () => Effect.provide(effect, layer())))
}
