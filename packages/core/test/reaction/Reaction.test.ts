/**
 * Ends of the work on a reaction. Checkpoints are tested on all stores, in
 * `ReactionDelivery.test.ts`.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Layer, Schedule, Scope } from "effect"
import { EventId, EventStore, MemoryEventStore, Reaction } from "eventfold"
import type { ReactionStore } from "eventfold/store"

const append = Effect.fnUntraced(function* (stream: string, count: number) {
  const { append } = yield* EventStore.EventStore
  for (let i = 0; i < count; i++) {
    yield* append(stream, "any", [{ id: yield* EventId.make, type: "T", schemaVersion: 1, data: null, metadata: {} }])
  }
})

const running = Effect.fnUntraced(function* (
  reaction: Reaction.Reaction,
  changed: Partial<ReactionStore.Service> = {}
) {
  const store = yield* EventStore.EventStore
  const reactions = { ...store.reactions!, ...changed }
  const scope = yield* Scope.make()
  const here = Layer.succeed(EventStore.EventStore, { ...store, reactions })
  yield* Layer.buildWithScope(Layer.provide(Reaction.layer([reaction], { lease: "200 millis" }), here), scope)
  yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
  return reactions
})

/** Waits until the condition is true. */
const until = (holds: Effect.Effect<boolean, unknown>) =>
  Effect.gen(function* () {
    while (!(yield* holds)) yield* Effect.sleep("5 millis")
  }).pipe(Effect.orDie)

describe("a reaction", () => {
  for (const [claim, renew] of [
    ["is taken over", Effect.succeed(undefined)],
    ["cannot be renewed, because the store does not answer", Effect.never]
  ] as const) {
    it.live(`interrupts its handler if its lease ${claim}`, () =>
      Effect.gen(function* () {
        const interrupted = yield* Deferred.make<void>()
        const endless = Reaction.make("Endless", {
          start: "beginning",
          handle: () => Effect.onInterrupt(Effect.never, () => Deferred.succeed(interrupted, undefined))
        })
        yield* append("A-1", 1)
        yield* running(endless, { renew: () => renew })
        yield* Deferred.await(interrupted)
      }).pipe(Effect.provide(MemoryEventStore.layer))
    )
  }

  it.live("starts no handler after a pause, with any number of streams", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      let isHurried = false
      const busy = Reaction.make("Busy", {
        start: "beginning",
        concurrency: 2,
        // Of different duration, so they never end together.
        handle: ({ recorded: { stream } }) =>
          Effect.map(Effect.sleep(isHurried ? 0 : stream === "A-1" ? 11 : 17), () => seen.push(stream))
      })
      yield* append("A-1", 400)
      yield* append("A-2", 400)
      const { pause, resume, status } = yield* running(busy)
      yield* until(Effect.sync(() => seen.length > 2))
      yield* pause("Busy")
      yield* until(Effect.map(status("Busy"), (found) => found?.owner === undefined))
      const before = seen.length
      assert.isBelow(before, 800)
      yield* Effect.sleep("100 millis")
      assert.strictEqual(seen.length, before)
      isHurried = true
      yield* resume("Busy")
      yield* until(Effect.map(status("Busy"), (found) => found?.checkpoint.position === 800))
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.live("does not wait for its schedule after a pause", () =>
    Effect.gen(function* () {
      let attempts = 0
      const failing = Reaction.make("Failing", {
        start: "beginning",
        retry: Schedule.spaced("1 hour"),
        handle: () => Effect.suspend(() => (++attempts, Effect.fail("away" as const)))
      })
      yield* append("A-1", 1)
      const { pause, status } = yield* running(failing)
      yield* until(Effect.sync(() => attempts === 1))
      yield* pause("Failing")
      yield* until(Effect.map(status("Failing"), (found) => found?.owner === undefined))
      assert.isUndefined((yield* status("Failing"))?.problem)
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.live("writes its checkpoint also if it reads no event", () =>
    Effect.gen(function* () {
      const none = Reaction.make("None", { start: "beginning", types: ["U"], handle: () => Effect.void })
      const { status } = yield* running(none)
      yield* append("A-1", 3)
      yield* until(Effect.map(status("None"), (found) => found?.checkpoint.position === 3))
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.live("stops or parks with an error if its handler returns no Effect or throws", () =>
    Effect.gen(function* () {
      const fails = (error: unknown) => () => {
        throw error
      }
      // Possible in JavaScript.
      const given = (value: unknown) => () => value as Effect.Effect<void>
      const handlers: ReadonlyArray<readonly [string, () => Effect.Effect<void, string>, RegExp]> = [
        ["Throws", fails(new Error("broken")), /: broken$/],
        ["ThrowsNothing", fails(undefined), /: undefined$/],
        ["ThrowsWithoutText", fails(Object.create(null)), /: something was thrown that can't be shown as text$/],
        [
          "Nothing",
          given(undefined),
          /: its handler returned nothing instead of an Effect; Effect\.promise converts a promise$/
        ],
        ["Promise", given(Promise.resolve()), /: its handler returned a promise instead of an Effect/],
        ["Interrupts", () => Effect.interrupt, /: it was interrupted$/],
        ["Dies", () => Effect.die("at once"), /: at once$/]
      ]
      yield* append("A-1", 2)
      for (const [name, handle, why] of handlers) {
        for (const onFailure of ["stop", "park"] as const) {
          const of = `${name}${onFailure}`
          const { parked, status } = yield* running(Reaction.make(of, { start: "beginning", onFailure, handle }))
          if (onFailure === "stop") {
            yield* until(Effect.map(status(of), (found) => found?.problem !== undefined))
            assert.match((yield* status(of))?.problem ?? "", why)
          } else {
            yield* until(Effect.map(status(of), (found) => found?.parked === 2 && found.checkpoint.position === 2))
            for (const { problem } of yield* parked(of)) assert.match(`: ${problem}`, why)
          }
        }
      }
      const schedule = Schedule.fromStep<unknown, string, never, never, never, never>(
        Effect.succeed(fails(new Error("no schedule")))
      )
      const { status } = yield* running(
        Reaction.make("Schedule", { start: "beginning", retry: schedule, handle: () => Effect.fail("away") })
      )
      yield* until(Effect.map(status("Schedule"), (found) => found?.problem === "no schedule"))
    }).pipe(Effect.scoped, Effect.provide(MemoryEventStore.layer))
  )

  it.live("is refused if its options are invalid", () =>
    Effect.gen(function* () {
      const handle = () => Effect.void
      const onFailure = JSON.parse('"prak"') as "park"
      for (const [of, options, says] of [
        [{ start: "now", handle, onFailure }, {}, /"R" can't be run: onFailure is "prak"; it is one of "stop", "park"/],
        [{ start: "now", handle, types: [""] }, {}, /"R" can't be run: .*the event type is empty/],
        [{ start: "now", handle }, { lease: "4 secs" as "4 seconds" }, /lease is "4 secs"; it is a duration/],
        [{ start: "now", handle }, { lease: 10 }, /lease is 10 ms, at least 50 are needed/]
      ] as const) {
        const error = yield* Effect.flip(Layer.build(Reaction.layer([Reaction.make("R", of)], options)))
        assert.strictEqual(error.reason._tag, "InvalidRequest")
        assert.match(error.message, says)
      }
    }).pipe(Effect.scoped, Effect.provide(MemoryEventStore.layer))
  )
})
