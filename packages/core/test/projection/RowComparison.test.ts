/** Comparison of rebuilt rows with the served rows of the same handlers, at one position. */
import { assert, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, Scope } from "effect"
import { EventStore, Projector } from "eventfold"
import { StoredProjection } from "eventfold/generated"
import { definition, projector as bodies, put, sent, times } from "./Parcels.ts"
import { stores } from "../Stores.ts"

const running = Effect.fnUntraced(function* (one: ReturnType<typeof definition>) {
  const store = Layer.succeed(EventStore.EventStore, yield* EventStore.EventStore)
  const scope = yield* Scope.make()
  const options = { lease: "300 millis", pageSize: 5 } as const
  yield* Layer.buildWithScope(Layer.provide(Projector.layer([StoredProjection.runnable(one)], options), store), scope)
  return Scope.close(scope, Exit.void)
})

for (const [name, layer] of stores.filter(([name]) => name !== "PostgreSQL 15")) {
  it.live(`on ${name}, equal and different rows are logged, while other processes append`, () =>
    Effect.gen(function* () {
      const { rebuild, status } = (yield* EventStore.EventStore).projections!
      const mood = { isOff: true }
      /** Handlers that depend on outside state, which is not part of a fingerprint. */
      const moody = definition("Towns", {
        ...bodies,
        project: (row, event, origin, key) => {
          const next = bodies.project(row, event, origin, key)
          return mood.isOff && key === "Cheb" && next !== undefined ? { ...next, weight: next.weight + 1n } : next
        }
      })
      const rows = yield* StoredProjection.make(moody)
      const end = yield* running(moody)
      for (let i = 0; i < 20; i++) yield* put(String(i % 3), sent([["Brno", "Aš", "Cheb", "Děčín"][i % 4]!]))
      yield* rows.waitFor(yield* put("1", sent(["Brno"])))
      mood.isOff = false
      const appending = yield* Effect.forkChild(Effect.forever(Effect.andThen(put("2", sent(["Aš"])), Effect.sleep(2))))
      const remade = Effect.gen(function* () {
        const before = (yield* status("Towns"))?.compared?.position ?? -1
        yield* rebuild("Towns")
        for (let i = 0; ; i++) {
          const compared = (yield* status("Towns"))?.compared
          if (compared !== undefined && compared.position > before) return compared
          assert.isBelow(i, 1_000, "never compared")
          yield* Effect.sleep("10 millis")
        }
      })
      const first = yield* remade
      assert.deepStrictEqual([first.rows, first.differing, first.keys], [4, 1, ["Cheb"]])
      assert.isAbove(first.position, 20)
      const second = yield* remade
      assert.deepStrictEqual([second.rows, second.differing, second.keys], [4, 0, []])
      assert.isAbove(second.position, first.position)
      yield* end
      // Rows of other handlers are not compared.
      const other = definition("Towns", times(2), "towns", "two")
      const endOther = yield* running(other)
      for (let i = 0; (yield* status("Towns"))?.fingerprint !== "two"; i++) {
        assert.isBelow(i, 1_000, "never served")
        yield* Effect.sleep("10 millis")
      }
      assert.isUndefined((yield* status("Towns"))?.compared)
      yield* Fiber.interrupt(appending)
      yield* endOther
    }).pipe(Effect.provide(layer()))
  )
}
