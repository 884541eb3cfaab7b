/** Projections with failing handlers that park, and checks of them. */
import { assert } from "@effect/vitest"
import { Effect, Exit, Layer, Scope } from "effect"
import { EventStore, Projector } from "eventfold"
import { type ProjectionFold, StoredProjection } from "eventfold/generated"
import { definition, type ParcelEvent, projector as bodies, put, type Row } from "./Parcels.ts"

export const quick = { lease: "200 millis", retries: 0 } as const

/** Towns and notes for which a handler throws; clearing it fixes the handler. */
export type Poison = Set<string>

let names = 0

/** Makes a projection that parks, with its own table, and the same projection without failures. */
export const parking = (poison: Poison, fingerprint = "one") => {
  const name = `Parking${++names}`
  const failing: typeof bodies = {
    ...bodies,
    project: (row, event, origin, key) => {
      const note = event._tag === "Sent" ? event.note : "returned"
      if (poison.has(`${key} ${note}`)) throw new Error(`no ${note} in ${key}`)
      return bodies.project(row, event, origin, key)
    }
  }
  const of = (projector: typeof bodies, print = fingerprint): ReturnType<typeof definition> => ({
    ...definition(name, projector, name.toLowerCase(), print),
    onFailure: "park"
  })
  return { name, failing: of(failing), sound: of(bodies), again: (print: string) => of(failing, print) }
}

export type Definition = ProjectionFold.Definition<Row, Exclude<ParcelEvent, { _tag: "Ignored" }>, string, string>

/** Starts a projector; the returned effect ends it. */
export const running = Effect.fnUntraced(function* (
  one: Definition,
  options: Parameters<typeof Projector.layer>[1] = quick
) {
  const store = yield* EventStore.EventStore
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(
    Layer.provide(
      Projector.layer([StoredProjection.runnable(one)], options),
      Layer.succeed(EventStore.EventStore, store)
    ),
    scope
  )
  return Scope.close(scope, Exit.void)
})

export const projectionsOf = Effect.map(EventStore.EventStore, ({ projections }) => projections!)

export const parkedKeys = (name: string) =>
  Effect.map(
    Effect.flatMap(projectionsOf, ({ parked }) => parked(name, { limit: 10_000 })),
    ({ keys }) => keys.map(({ key }) => key).sort()
  )

/** Waits until no key is due. */
export const retried = Effect.fnUntraced(function* (name: string, key?: string) {
  const { parked, retry } = yield* projectionsOf
  const count = yield* retry(name, key)
  for (let i = 0; (yield* parked(name, { limit: 10_000 })).keys.some(({ isDue }) => isDue); i++) {
    assert.isBelow(i, 15_000, "it is not retried")
    yield* Effect.sleep("10 millis")
  }
  return count
})

export const happened = Effect.fnUntraced(function* (one: Definition) {
  const rows = yield* StoredProjection.make(one)
  yield* rows.waitFor((yield* put("last", { _tag: "Ignored" })).position, { timeout: "5 minutes" })
  return rows
})
