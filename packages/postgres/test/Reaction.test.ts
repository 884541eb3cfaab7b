/** Reactions on every store: each event is delivered, in order, whoever stops, starts or fails. */
import { assert, it, layer } from "@effect/vitest"
import { PgliteEventStore, SqlEventStore } from "@eventfold/postgres"
import { Context, Data, Deferred, Effect, Layer, Schedule, type Scope } from "effect"
import { Broker, Event, EventStore, Projector, Reaction, StoredProjection } from "eventfold"
import { definition, projector as bodies, put, sent } from "./Parcels.ts"
import { parcels, quick, reached, reactions, running } from "./Reactions.ts"
import { eventually } from "./StoreOnServer.ts"
import { freshSchema, stores } from "./Stores.ts"

class Away extends Data.TaggedError("Away")<{ readonly message: string }> {}

const thrice = Schedule.upTo(Schedule.spaced("5 millis"), { times: 2 })

type Test = (claim: string, effect: Effect.Effect<void, unknown, EventStore.EventStore | Scope.Scope>) => void

const tests = (test: Test) => {
  test(
    "each event is delivered once and in order, over restarts and by one of two",
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
      const first = yield* running([notes])
      yield* reached("Notes", yield* put("2", sent([], 1, "c")))
      yield* first

      const two = [yield* running([notes, fromNow]), yield* running([notes, fromNow])]
      const expected = ["1 a", "1 b", "2 c"]
      const after: Array<number> = []
      for (let i = 0; i < 20; i++) {
        const appended = yield* put(String(i % 3), sent([], 1, String(i)))
        after.push(appended.position)
        expected.push(`${i % 3} ${i}`)
        // One of the two ends, whichever it is: the other one goes on.
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
    "what fails is tried again by its schedule, then stops the reaction before it",
    Effect.gen(function* () {
      const { resume, status } = yield* reactions
      const seen: Array<string> = []
      let isMended = false
      const failing = Reaction.make("Failing", {
        start: "beginning",
        types: ["Sent", "Returned"],
        retry: thrice,
        handle: ({ attempt, idempotencyKey, recorded: { id, type, version } }) =>
          Effect.gen(function* () {
            const { id: storeId } = yield* EventStore.EventStore
            assert.strictEqual(idempotencyKey, Reaction.idempotencyKey(storeId, "Failing", id))
            seen.push(`${type} ${version}, ${attempt}`)
            if (version === 2 && attempt < 3) return yield* new Away({ message: "away\0 for a while" })
            if (type === "Returned" && !isMended) return yield* new Away({ message: "away\0 for ever" })
          }).pipe(Effect.provideService(EventStore.EventStore, store))
      })
      const store = yield* EventStore.EventStore
      const end = yield* running([failing])
      yield* put("1", sent([]), sent([]), sent([]), { _tag: "Returned", to: [] })
      const last = yield* put("1", sent([]))
      yield* eventually(Effect.map(status("Failing"), (found) => found?.problem !== undefined))
      const expected = ["Sent 1, 1", "Sent 2, 1", "Sent 2, 2", "Sent 2, 3", "Sent 3, 1"]
      const tried = ["Returned 4, 1", "Returned 4, 2", "Returned 4, 3"]
      assert.deepStrictEqual(seen, [...expected, ...tried])
      const stopped = yield* status("Failing")
      assert.match(
        stopped!.problem!,
        /^Returned, version 4 of stream "Parcel-1", was not delivered after 3 attempts: away.? for ever$/u
      )
      assert.isUndefined(stopped!.owner)
      assert.isBelow(stopped!.checkpoint.position, last.position - 1)
      isMended = true
      yield* resume("Failing")
      yield* reached("Failing", last)
      assert.deepStrictEqual(seen, [...expected, ...tried, "Returned 4, 1", "Sent 5, 1"])
      assert.isUndefined((yield* status("Failing"))!.problem)
      yield* end
    })
  )

  test(
    "what is parked waits with its error until it is retried or discarded",
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
            // A bug is not tried again.
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

      // It fails again, and counts on.
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
    "one that is paused ends what is under way, and no more",
    Effect.gen(function* () {
      const { pause, resume, status } = yield* reactions
      const begun = yield* Deferred.make<void>()
      const goOn = yield* Deferred.make<void>()
      const ended: Array<number> = []
      const pausing = Reaction.make("Pausing", {
        start: "beginning",
        aggregates: ["Parcel"],
        handle: ({ recorded }) =>
          Deferred.succeed(begun, undefined).pipe(
            Effect.andThen(Deferred.await(goOn)),
            Effect.andThen(Effect.sync(() => ended.push(recorded.version)))
          )
      })
      const end = yield* running([pausing])
      const last = yield* put("1", sent([]), sent([]), sent([]))
      yield* Deferred.await(begun)
      yield* pause("Pausing")
      // It is told, and keeps its lease for as long as the handler takes.
      yield* Effect.sleep("600 millis")
      const during = yield* status("Pausing")
      assert.isDefined(during!.owner)
      assert.strictEqual(during!.checkpoint.position, 0)
      yield* Deferred.succeed(goOn, undefined)
      yield* eventually(Effect.map(status("Pausing"), (found) => found!.owner === undefined))
      yield* Effect.sleep("200 millis")
      assert.deepStrictEqual(ended, [1])
      assert.strictEqual((yield* status("Pausing"))!.checkpoint.position, last.position - 2)
      yield* resume("Pausing")
      yield* reached("Pausing", last)
      assert.deepStrictEqual(ended, [1, 2, 3])
      yield* end
    })
  )

  test(
    "streams are worked on at once, each in its order, and the place waits for the slowest",
    Effect.gen(function* () {
      const { status } = yield* reactions
      const goOn = yield* Deferred.make<void>()
      const seen: Array<string> = []
      let [atOnce, most] = [0, 0]
      const several = Reaction.make("Several", {
        start: "beginning",
        aggregates: ["Parcel"],
        concurrency: 3,
        handle: ({ recorded: { stream, version } }) =>
          Effect.gen(function* () {
            most = Math.max(most, ++atOnce)
            yield* stream === "Parcel-slow" ? Deferred.await(goOn) : Effect.sleep("2 millis")
            seen.push(`${stream} ${version}`)
            atOnce--
          })
      })
      const before = yield* put("1", sent([]))
      yield* put("slow", sent([]), sent([]))
      for (let i = 0; i < 3; i++) for (const id of ["1", "2", "3", "4"]) yield* put(id, sent([]))
      const last = yield* put("1", sent([]))
      const end = yield* running([several])
      yield* eventually(Effect.sync(() => seen.length === 14))
      assert.strictEqual((yield* status("Several"))!.checkpoint.position, before.position)
      yield* Deferred.succeed(goOn, undefined)
      yield* reached("Several", last)
      yield* end
      assert.strictEqual(most, 3)
      assert.strictEqual(seen.length, 16)
      for (const stream of ["Parcel-1", "Parcel-2", "Parcel-slow"]) {
        const versions = seen.filter((one) => one.startsWith(`${stream} `))
        assert.deepStrictEqual(
          versions,
          versions.map((_, i) => `${stream} ${i + 1}`)
        )
      }
    })
  )

  test(
    "what was parked beyond the place is not tried again by who goes on from there",
    Effect.gen(function* () {
      const { parked, status } = yield* reactions
      const goOn = yield* Deferred.make<void>()
      const tried: Array<string> = []
      const beyond = Reaction.make("Beyond", {
        start: "beginning",
        aggregates: ["Parcel"],
        concurrency: 2,
        onFailure: "park",
        handle: ({ recorded: { stream } }) => {
          tried.push(stream)
          if (stream === "Parcel-bad") return Effect.die(new Error("bad"))
          return stream === "Parcel-slow" ? Deferred.await(goOn) : Effect.void
        }
      })
      yield* put("slow", sent([]))
      yield* put("bad", sent([]))
      const last = yield* put("good", sent([]))
      const first = yield* running([beyond])
      yield* eventually(Effect.sync(() => tried.length === 3))
      yield* eventually(Effect.map(parked("Beyond"), (aside) => aside.length === 1))
      yield* first
      assert.strictEqual((yield* status("Beyond"))!.checkpoint.position, 0)
      const second = yield* running([beyond])
      yield* Deferred.succeed(goOn, undefined)
      yield* reached("Beyond", last)
      yield* second
      assert.deepStrictEqual(
        tried,
        ["slow", "bad", "good", "slow", "good"].map((id) => `Parcel-${id}`)
      )
      assert.strictEqual((yield* status("Beyond"))!.parked, 1)
    })
  )

  test(
    "who has lost the lease writes no place, and parks nothing",
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
      yield* stop(first, "nobody asked")
      assert.deepInclude(yield* status("Fenced"), { checkpoint: first.checkpoint, parked: 0, problem: undefined })
      assert.isTrue(yield* park(second, event))
      assert.isTrue(yield* save(second, to))
      // Again, as where the answer was lost; but never back.
      assert.isTrue(yield* save(second, to))
      assert.isFalse(yield* save(second, first.checkpoint))
      assert.isFalse(yield* unpark(first, eventId))
      assert.deepInclude((yield* parked("Fenced"))[0], event)
      assert.isTrue(yield* unpark(second, eventId))
      assert.deepInclude(yield* status("Fenced"), { checkpoint: to, parked: 0, owner: "second" })
    })
  )

  test(
    "batches are published in order, and one that fails is tried one by one",
    Effect.gen(function* () {
      const { id: storeId } = yield* EventStore.EventStore
      const { parked } = yield* reactions
      const published: Array<ReadonlyArray<number>> = []
      const broker: Broker.Broker = {
        publish: (messages) => {
          const versions = messages.map(({ event }) => event.streamversion)
          if (versions.includes(4)) {
            return Effect.fail(new Broker.PublishFailed({ problem: "4 is too much", isRetryable: false }))
          }
          for (const { event, idempotencyKey } of messages) {
            assert.strictEqual(event.idempotencykey, idempotencyKey)
            assert.strictEqual(event.source, `urn:eventfold:${storeId}`)
            assert.strictEqual(event.type, "com.example.Sent")
          }
          return Effect.sync(() => published.push(versions))
        }
      }
      const forward = Reaction.forward("Outbox", broker, {
        start: "beginning",
        aggregates: ["Parcel"],
        typePrefix: "com.example.",
        batch: 3,
        onFailure: "park"
      })
      const last = yield* put("1", ...Array.from({ length: 8 }, () => sent([])))
      const end = yield* running([forward])
      yield* reached("Outbox", last)
      assert.deepStrictEqual(published, [[1, 2, 3], [5], [6], [7, 8]])
      assert.deepStrictEqual(
        (yield* parked("Outbox")).map(({ attempts, problem, version }) => [version, attempts, problem]),
        [[4, 2, "4 is too much"]]
      )
      yield* end
    })
  )

  test(
    "rows that are made anew fire nothing again",
    Effect.gen(function* () {
      const { projections } = yield* EventStore.EventStore
      const { status } = yield* reactions
      const delivered: Array<number> = []
      const mails = Reaction.make("Mails", {
        start: "beginning",
        from: [parcels],
        handle: ({ recorded }) => Effect.sync(() => delivered.push(recorded.position))
      })
      const end = yield* running([mails])
      yield* put("1", sent(["Brno"]), sent(["Aš"]))
      const last = yield* put("2", sent(["Brno"]))
      yield* reached("Mails", last)
      const before = yield* status("Mails")
      for (const print of ["one", "two"]) {
        yield* Effect.gen(function* () {
          const rows = yield* StoredProjection.make(definition("Towns", bodies, "towns", print))
          yield* rows.waitFor(last)
          yield* eventually(Effect.map(projections!.status("Towns"), (found) => found?.fingerprint === print))
        }).pipe(
          Effect.provide(
            Projector.layer([StoredProjection.runnable(definition("Towns", bodies, "towns", print))], quick)
          )
        )
      }
      assert.strictEqual(delivered.length, 3)
      assert.deepInclude(yield* status("Mails"), { checkpoint: before!.checkpoint, savedAt: before!.savedAt })
      yield* end
    })
  )

  test(
    "what can't be is refused in words",
    Effect.gen(function* () {
      const { open } = yield* reactions
      const { position } = yield* put("1", sent([]))
      const nothing = { handle: () => Effect.void }
      const at = (start: Reaction.Options<never, never>["start"]) => Reaction.make("One", { ...nothing, start })
      const refused = (all: ReadonlyArray<Reaction.Reaction>, options?: Reaction.LayerOptions) =>
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
      // One that is known goes on where it was, wherever it is said to begin.
      const { checkpoint } = yield* open("Known", position)
      assert.strictEqual(checkpoint.position, position)
      assert.deepStrictEqual((yield* open("Known", "beginning")).checkpoint, checkpoint)
    })
  )
}

/** Who runs reactions is the same everywhere: where it takes longest, what each statement does. */
const ofStatements: ReadonlyArray<string> = ["what is parked", "who has lost the lease", "what can't be"]
const isOfStatements = (claim: string) => ofStatements.some((one) => claim.startsWith(one))

class Pglite extends Context.Service<Pglite, SqlEventStore.Connector>()("Pglite") {}

// Making one for each test takes longer than all of them.
layer(Layer.effect(Pglite, PgliteEventStore.connect()), { excludeTestServices: true, timeout: "30 seconds" })(
  "on PGlite,",
  (it) =>
    tests((claim, effect) => {
      if (!isOfStatements(claim) && !claim.startsWith("each event")) return
      it.effect(claim, () =>
        Effect.gen(function* () {
          const store = yield* SqlEventStore.make(yield* Pglite, { schema: freshSchema() })
          yield* Effect.provideService(effect, EventStore.EventStore, store)
        })
      )
    })
)

for (const [name, layer] of stores.filter(([name]) => name !== "PGlite")) {
  tests((claim, effect) => {
    if (name === "PostgreSQL 15" && !isOfStatements(claim)) return
    it.live(`on ${name}, ${claim}`, () => Effect.provide(effect, layer()))
  })
}
