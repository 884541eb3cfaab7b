/** Headers: declared once, checked when they are given and when they are read. */
import { it } from "@effect/vitest"
import { Effect, Result, Schema } from "effect"
import { CloudEvent, Event, EventHeaders, EventId, EventStore, MemoryEventStore } from "eventfold"
import { describe, expect } from "vitest"
import { count, makeTallies, stored } from "../Tally.ts"

const Headers = EventHeaders.make({
  tenant: Schema.NonEmptyString,
  attempt: Schema.optionalKey(Schema.FiniteFromString)
})
const memory = MemoryEventStore.layer

describe("declared headers", () => {
  it.effect("are on each event that a command appends, beside its other metadata, and are read by their schema", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      yield* tallies
        .execute("a", count(1))
        .pipe(
          Headers.provide({ tenant: "ačme", attempt: 2 }),
          Effect.provideService(Event.CurrentMetadata, { actor: "teller", headers: { region: "eu" } })
        )
      const [event] = yield* stored("Tally-a")
      expect(event!.metadata).toEqual({ actor: "teller", headers: { region: "eu", tenant: "ačme", attempt: "2" } })
      expect(Result.getOrThrow(Headers.of(event!))).toEqual({ tenant: "ačme", attempt: 2 })
      const published = CloudEvent.fromRecorded(event!, { source: "urn:tallies", idempotencyKey: "" })
      expect(published).toMatchObject({ region: "eu", tenant: "ačme", attempt: "2", actor: "teller" })
    }).pipe(Effect.provide(memory))
  )

  it.effect("that do not fit are refused, and nothing is appended", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      const refused = yield* Effect.flip(tallies.execute("a", count(1)).pipe(Headers.provide({ tenant: "" })))
      expect(refused).toMatchObject({ reason: { _tag: "InvalidRequest", operation: "EventHeaders.provide" } })
      expect(yield* stored("Tally-a")).toEqual([])
    }).pipe(Effect.provide(memory))
  )

  it.effect("that an event lacks are a DecodeFailure with the path", () =>
    Effect.gen(function* () {
      const tallies = yield* makeTallies()
      yield* tallies.execute("a", count(1))
      const [event] = yield* stored("Tally-a")
      const read = Headers.of(event!)
      expect(Result.isFailure(read) && read.failure.reason).toMatchObject({
        _tag: "DecodeFailure",
        stream: "Tally-a",
        version: 1,
        path: "headers.tenant"
      })
    }).pipe(Effect.provide(memory))
  )

  for (const name of ["Tenant", "tenant-id", "", "a".repeat(21), "9a", "type", "traceparent", "actor"]) {
    it(`cannot have the name ${JSON.stringify(name)}`, () =>
      expect(() => EventHeaders.make({ [name]: Schema.String })).toThrow(/^EventHeaders.make has the header .*; use /))
  }
})

describe("a store refuses headers", () => {
  const bad: Readonly<Record<string, [headers: unknown, says: RegExp]>> = {
    "that are no object": ["x", /metadata.headers is "x", not an object/],
    "with a name of another form": [{ "x-tenant": "a" }, /metadata has the header "x-tenant"; use a small letter/],
    "with a name that every published event has": [{ id: "a" }, /the header id, which is an attribute of every/],
    "that are no text": [{ tenant: 5 }, /the header tenant is 5, not a string/],
    "with half of a surrogate pair": [{ tenant: "\ud83d" }, /the header tenant is not well-formed/],
    "of more than 4 kB together": [
      { a: "x".repeat(4_000), b: "é".repeat(50) },
      /take 4102 bytes of UTF-8, at most 4096/
    ]
  }
  for (const [what, [headers, says]] of Object.entries(bad)) {
    it.effect(what, () =>
      Effect.gen(function* () {
        const store = yield* EventStore.EventStore
        const metadata = { headers } as Event.Metadata
        const event = { id: yield* EventId.make, type: "Noted", schemaVersion: 1, data: {}, metadata }
        const refused = yield* Effect.flip(store.append("A-1", "any", [event]))
        expect(refused.reason._tag).toBe("InvalidRequest")
        expect(refused.message).toMatch(says)
      }).pipe(Effect.provide(memory))
    )
  }
})
