/** Handlers that fail, wait, or run concurrently, on memory and on a server. */
import { assert, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { Broker, EventStore, Projector, Reaction } from "eventfold"
import { StoredProjection } from "eventfold/generated"
import * as Delivery from "../../src/internal/reaction/Delivery.ts"
import { definition, projector as bodies, put, sent } from "../projection/Parcels.ts"
import { Away, parcels, quick, reached, reactions, running, type Test, thrice } from "./Reactions.ts"
import { eventually, stores } from "../Stores.ts"

const tests = (test: Test) => {
  test(
    "a failing event is retried by the schedule, then stops the reaction before it",
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
            assert.strictEqual(idempotencyKey, Delivery.idempotencyKey(storeId, "Failing", id))
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
    "a paused reaction completes its running handlers, and starts no more",
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
      // It learns of the pause, and keeps its lease until the handler ends.
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
    "streams are delivered concurrently, each in order, and the checkpoint waits for the slowest",
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
    "an event that was parked after the checkpoint is not delivered again after a restart",
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
    "batches are published in order, and the events of a failing one are published one by one",
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
    "a rebuild delivers no event again",
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
}

for (const [name, layer] of stores.filter(([name]) => ["memory", "PostgreSQL"].includes(name))) {
  tests((claim, effect) => it.live(`on ${name}, ${claim}`, () => Effect.provide(effect, layer())))
}
