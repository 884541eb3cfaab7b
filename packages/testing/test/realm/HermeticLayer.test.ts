import { Hermetic, type Laws } from "@eventfold/testing"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { EventStore, InlineProjections, MemoryEventStore, Projector, Repository } from "eventfold"
import { LiveProjection, StoredProjection } from "eventfold/generated"
import { apply, foldOf, Purse, type PurseCommand, type PurseEvent, PurseLaws, type PurseState } from "../Purse.ts"
import { TalliesLaws } from "../Tallies.ts"

describe("Hermetic.layer", () => {
  const store = Layer.merge(MemoryEventStore.layer, Hermetic.layer)
  const { aggregate, codec, decide, fold } = PurseLaws
  const service = (change: Partial<typeof PurseLaws>) =>
    Repository.make<string, PurseState, PurseCommand, PurseEvent, Record<PurseCommand["_tag"], Laws.Tagged>>({
      name: aggregate.name,
      id: Schema.String,
      fold,
      decide,
      codec,
      command: Purse.command,
      invariants: {},
      ...change
    })
  const buy: PurseCommand = { _tag: "BuyPurse", owner: "Jana" }
  const add: PurseCommand = { _tag: "AddCoins", amount: 1n, note: "" }

  it.live("a pure handler runs unchanged", () =>
    Effect.gen(function* () {
      const purses = yield* service({})
      yield* purses.execute("1", buy)
      yield* purses.execute("1", add)
      expect((yield* purses.load("1")).state.coins).toBe(1n)
    }).pipe(Effect.provide(store))
  )

  it.live("a handler that reads the clock fails its command, and nothing is stored", () =>
    Effect.gen(function* () {
      const late = foldOf((state, event) =>
        event._tag === "CoinsAdded" && Date.now() > 0 ? state : apply(state, event)
      )
      const purses = yield* service({ fold: late })
      yield* purses.execute("1", buy)
      const exit = yield* Effect.exit(purses.execute("1", add))
      expect(String(exit)).toContain("Purse.apply CoinsAdded touched the clock (Date.now)")
      expect((yield* purses.load("1")).version).toBe(1)
      const deciding = yield* service({ decide: (...given) => (Math.random() > 2 ? [] : decide(...given)) })
      expect(String(yield* Effect.exit(deciding.execute("2", buy)))).toContain(
        "Purse.decide BuyPurse touched randomness"
      )
    }).pipe(Effect.provide(store))
  )

  it.live("an impure handler or key function fails a live projection and an inline projection", () =>
    Effect.gen(function* () {
      const log = yield* EventStore.EventStore
      const purses = yield* service({})
      yield* purses.execute("1", buy)
      yield* purses.execute("1", add)
      const { bodies } = TalliesLaws.definition
      const handler = { ...bodies, project: () => (process.env["HOME"], undefined) }
      const keys = { ...bodies, keys: () => [String(new Date())] }
      const live = yield* LiveProjection.make({ ...TalliesLaws.definition, bodies: handler })
      expect((yield* Effect.flip(live.all)).message).toContain("Tallies.project CoinsAdded touched the environment")
      const byTime = yield* LiveProjection.make({ ...TalliesLaws.definition, bodies: keys })
      expect((yield* Effect.flip(byTime.all)).message).toContain("Tallies.keys CoinsAdded touched the clock")
      const inline = InlineProjections.layer([
        StoredProjection.runnable({ ...TalliesLaws.definition, bodies: handler })
      ]).pipe(Layer.provide(Layer.succeed(EventStore.EventStore, log)))
      const refused = yield* Effect.flip(Effect.scoped(Layer.build(inline)))
      expect(refused.message).toContain("Tallies.project CoinsAdded touched the environment")
    }).pipe(Effect.provide(store))
  )

  it.live("a projector stops before the event of an impure handler, and reports it", () =>
    Effect.gen(function* () {
      const purses = yield* service({})
      yield* purses.execute("1", buy)
      yield* purses.execute("1", add)
      const log = yield* EventStore.EventStore
      const { definition } = TalliesLaws
      const late = { ...definition, bodies: { ...definition.bodies, project: () => (Date.now(), undefined) } }
      yield* Layer.build(
        Projector.layer([StoredProjection.runnable(late)], { retries: 0, lease: "200 millis" }).pipe(
          Layer.provide(Layer.succeed(EventStore.EventStore, log))
        )
      )
      const rows = yield* StoredProjection.make(late)
      let behind = yield* Effect.flip(rows.waitFor(2, { timeout: "1 second" }))
      for (let attempt = 0; attempt < 60 && !behind.message.includes("it has stopped"); attempt++)
        behind = yield* Effect.flip(rows.waitFor(2, { timeout: "1 second" }))
      expect(behind.message).toContain("it has stopped: Tallies failed at CoinsAdded")
      expect(behind.message).toContain("Tallies.project CoinsAdded touched the clock (Date.now)")
    }).pipe(Effect.provide(store))
  )

  it.live("without the layer, an impure handler runs", () =>
    Effect.gen(function* () {
      const purses = yield* service({ decide: (...given) => (Math.random() > 2 ? [] : decide(...given)) })
      expect((yield* purses.execute("1", buy)).version).toBe(1)
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )
})
