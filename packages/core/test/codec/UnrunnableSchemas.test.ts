/**
 * Schemas that are asynchronous, need a service or throw: callers get a typed error with the
 * reason, not one of Effect's adapters.
 */
import { describe, it } from "@effect/vitest"
import { Context, Effect, Result, Schema, SchemaGetter, Stream } from "effect"
import { Aggregate, EventStore, History, MemoryEventStore, Repository } from "eventfold"
import { StoredForm } from "eventfold/generated"
import { expect } from "vitest"
import * as RowEncoding from "../../src/internal/projection/RowEncoding.ts"
import { stored } from "../Tally.ts"

class Vat extends Context.Service<Vat, { readonly rate: number }>()("shop/Vat") {}

const through = <R>(run: (text: string) => Effect.Effect<string, never, R>) =>
  // Types of declarations refuse a service; a schema that is built from a syntax tree has lost that
  // type.
  Schema.make<Schema.Codec<string, string>>(
    Schema.String.pipe(
      Schema.decodeTo(Schema.String, {
        decode: SchemaGetter.transformEffect(run),
        encode: SchemaGetter.transformEffect(run)
      })
    ).ast
  )

const waiting = through((text) => Effect.as(Effect.sleep(1), text))
const served = through((text) => Effect.as(Vat, text))
const throwing = through(() => {
  throw new TypeError("no rate yet")
})

const cases = [
  ["waits", waiting, "its schema has an asynchronous transformation"],
  ["needs a service", served, "its schema needs the service shop/Vat"],
  ["throws", throwing, "its schema, or a field that is computed when it is read, threw: no rate yet"]
] as const

const serviceOf = (schema: Schema.Codec<string, string>, id: Schema.Codec<string, string> = Schema.String) => {
  const Order = Aggregate.make("Order", {
    id,
    state: Schema.Struct({ by: Schema.String }),
    initial: { by: "" },
    events: { Placed: { by: schema } },
    errors: {},
    commands: { Place: { payload: { by: Schema.String }, emits: ["Placed"], fails: [] } }
  })
  type State = typeof Order.state.Type
  type Placed = typeof Order.event.Type
  return Repository.make<string, State, typeof Order.command.Type, Placed, { readonly Place: never }>({
    name: Order.name,
    id: Order.id,
    fold: {
      fingerprint: "order",
      initial: Order.initial,
      apply: (_, { by }) => ({ by }),
      run: (state, events) => events.reduce((_, { by }) => ({ by }), state)
    },
    decide: (_, { by }) => [{ _tag: "Placed", by }],
    codec: { events: StoredForm.events<Placed>(Order.event), state: StoredForm.codec(Order.state) },
    command: Order.command,
    invariants: {}
  })
}

const placed = { _tag: "Place", by: "Ada" } as const
const recorded = {
  id: "0192f0c1-7e2a-7b3c-8d4e-5f6071829304",
  type: "Placed",
  schemaVersion: 1,
  data: { by: "Ada" },
  metadata: {}
}

describe("a schema that cannot run synchronously without services", () => {
  it.effect.each(cases)(
    "of an event that %s: writing fails with a typed error, and stores nothing",
    ([, schema, says]) =>
      Effect.gen(function* () {
        const orders = yield* serviceOf(schema)
        const { reason } = yield* Effect.flip(orders.execute("a", placed))
        expect(reason).toHaveProperty("_tag", "EncodeFailure")
        expect(reason.message).toContain(says)
        expect(yield* stored("Order-a")).toEqual([])
      }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.effect.each(cases)("of an event that %s: reading fails with a typed error", ([, schema, says]) =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      yield* store.append("Order-a", "any", [recorded])
      const orders = yield* serviceOf(schema)
      for (const read of [orders.load("a"), Stream.runDrain(orders.history("a")), orders.diff("a", 0, 1)]) {
        const { reason } = yield* Effect.flip(read)
        expect(reason).toHaveProperty("_tag", "DecodeFailure")
        expect(reason.message).toContain(says)
      }
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.effect("of a state that does not fit it: the comparison fails with the path and the fix", () =>
    Effect.gen(function* () {
      const store = yield* EventStore.EventStore
      yield* store.append("Order-a", "any", [recorded])
      const orders = yield* serviceOf(Schema.String)
      const imagined = orders.whatIf("a", { apply: () => ({ by: 3 as never }) })
      const thrown = yield* Effect.flip(Effect.catchDefect(imagined, (defect) => Effect.fail(defect)))
      expect(thrown).toBeInstanceOf(History.UnfitState)
      expect(thrown).toMatchObject({
        message:
          "a state of Order cannot be compared, since it does not fit its schema: by: Expected string; correct `apply`, or the schema of the state"
      })
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.effect.each(cases)("of an id that %s: the call fails with a typed error", ([, schema, says]) =>
    Effect.gen(function* () {
      const { reason } = yield* Effect.flip((yield* serviceOf(Schema.String, schema)).load("a"))
      expect(reason).toHaveProperty("_tag", "InvalidRequest")
      expect(reason.message).toContain(says)
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )

  it.each(cases)("of a row that %s: encoding fails with the reason", (_, schema, says) => {
    const encoded = RowEncoding.make(StoredForm.codec(Schema.Struct({ by: schema })))({ by: "Ada" })
    expect(Result.getOrThrow(Result.flip(encoded))).toContain(says)
  })
})
