/** Names that a command line would read as an option: printed commands contain names. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Aggregate, EventStore, MemoryEventStore, Projection } from "eventfold"

const Parcel = Aggregate.make("Parcel", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({}),
  initial: {},
  events: { Sent: {} },
  errors: {},
  commands: {}
})

describe("a name that begins with a hyphen", () => {
  it("is refused by Projection.make and Aggregate.make, with the fix", () => {
    assert.throws(
      () => Projection.make("-x", { from: [Parcel], key: "streamId", row: Schema.Int }),
      'Projection.make has the name "-x", which commands such as `eventfold projections rebuild` read as an option; begin it with a letter'
    )
    assert.throws(
      () =>
        Aggregate.make("--all", {
          id: Parcel.id,
          state: Parcel.state,
          initial: {},
          events: { Sent: {} },
          errors: {},
          commands: {}
        }),
      'Aggregate.make has the name "--all"'
    )
  })

  it.effect("is refused by stores as the name of a reaction", () =>
    Effect.gen(function* () {
      const { reactions } = yield* EventStore.EventStore
      const { reason } = yield* Effect.flip(reactions!.open("-x", "beginning"))
      assert.strictEqual(reason?._tag, "InvalidRequest")
      assert.include(reason.message, `the reaction's name "-x" begins with a hyphen`)
    }).pipe(Effect.provide(MemoryEventStore.layer))
  )
})
