/**
 * Laws report a schema that cannot be drawn or stored with the field and the fix, and without
 * messages of other libraries.
 */
import { Laws } from "@eventfold/testing"
import { Context, Effect, Schema, SchemaTransformation } from "effect"
import { Aggregate } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import * as StreamOrigin from "../../src/internal/draw/StreamOrigin.ts"
import { Undrawable } from "../../src/internal/draw/Undrawable.ts"
import { ValuePool } from "../../src/internal/subject/ValuePool.ts"

/**
 * Creates a subject with a field of this schema in its event, its command and its state, and
 * minimal bodies.
 */
const subjectOf = (value: Schema.Codec<unknown>): Laws.Subject<Values, Laws.Tagged, Laws.Tagged> => {
  const Thing = Aggregate.make("Thing", {
    id: Schema.String,
    state: Schema.Struct({ values: Schema.Array(value) }),
    initial: { values: [] },
    events: { Had: { box: Schema.Struct({ value }) } },
    errors: {},
    commands: { Have: { payload: { box: Schema.Struct({ value }) }, emits: ["Had"], fails: [] } }
  })
  const boxOf = (tagged: object): { readonly value: unknown } => Reflect.get(tagged, "box")
  const apply = (state: Values, event: Laws.Tagged): Values => ({ values: [...state.values, boxOf(event).value] })
  const made = (box: object): Laws.Tagged & { readonly box: object } => ({ _tag: "Had", box })
  return {
    name: "ThingLaws",
    aggregate: Thing,
    fold: { initial: { values: [] }, apply, run: (state, events) => events.reduce(apply, state), fingerprint: "" },
    decide: (_, command) => [made(boxOf(command))],
    codec: {
      events: StoredForm.events(Thing.event as Schema.Codec<Laws.Tagged, unknown>),
      state: StoredForm.codec(Thing.state)
    }
  }
}
interface Values {
  readonly values: ReadonlyArray<unknown>
}

const laws = ["hermetic", "determinism", "decisions", "codecs", "snapshots", "repetition", "contention"] as const

/** Returns the messages of the laws. Each law holds, or fails with its own error. */
const messagesOf = (schema: Schema.Codec<unknown>): ReadonlyArray<string> =>
  laws.flatMap((law) => {
    try {
      Laws[law](subjectOf(schema), { seed: 1, runs: 20 })
      return []
    } catch (error) {
      expect(error instanceof Laws.Violation || error instanceof Undrawable ? "typed" : error).toBe("typed")
      const { message } = error as Error
      expect(message).not.toMatch(/adapter|runSync|SchemaError|fast-check|Unable to derive/)
      return [message]
    }
  })

const anyOf = (schema: Schema.Top) => schema as Schema.Codec<unknown>
const later = <A>(value: A) => Effect.delay(Effect.succeed(value), "1 millis")
class Clock extends Context.Service<Clock, { readonly now: number }>()("Clock") {}

const schemas: Readonly<Record<string, readonly [schema: Schema.Top, says: RegExp]>> = {
  "a type without an arbitrary": [
    Schema.declare((value): value is Intl.Locale => value instanceof Intl.Locale),
    /^no value of `box\.value` of (command Have|event Had) of Thing can be drawn: no arbitrary can be derived for an unsupported Declaration\. Annotate `box\.value` with `drawnFrom`/
  ],
  "a type without values": [
    Schema.Never,
    /`box\.value` of (command Have|event Had) of Thing can be drawn: it has no values/
  ],
  "checks that refuse every value": [
    Schema.Int.check(Schema.makeFilter(() => false)),
    /`box\.value` of (command Have|event Had) of Thing can be drawn: its checks refused all [\d,]+ values that were tried/
  ],
  "a check that throws": [
    Schema.Int.check(
      Schema.makeFilter((n) => {
        if (n > 3) throw new Error("more than three")
        return true
      })
    ),
    /`box\.value` of (command Have|event Had) of Thing can be drawn: its schema threw, but a check must return false: more than three/
  ],
  "a transformation that throws": [
    Schema.String.pipe(
      Schema.decodeTo(
        Schema.Int,
        SchemaTransformation.transform({
          decode: (text: string): number => text.length,
          encode: (n: number): string => "x".repeat(n)
        })
      )
    ),
    /Invalid count value: -\d+/
  ],
  "a schema that decodes asynchronously": [
    Schema.String.pipe(
      Schema.decodeTo(Schema.String, SchemaTransformation.transformEffect({ decode: later, encode: Effect.succeed }))
    ),
    /its schema is asynchronous, but values are encoded and decoded synchronously/
  ],
  "a schema that encodes asynchronously": [
    Schema.String.pipe(
      Schema.decodeTo(Schema.String, SchemaTransformation.transformEffect({ decode: Effect.succeed, encode: later }))
    ),
    /its schema is asynchronous, but values are encoded and decoded synchronously/
  ],
  "a schema that needs a service": [
    Schema.String.pipe(
      Schema.decodeTo(
        Schema.String,
        SchemaTransformation.transformEffect({
          decode: (text: string) => Effect.map(Clock, ({ now }) => `${text}${now}`),
          encode: Effect.succeed
        })
      )
    ),
    /its schema needs the service Clock: use a schema without services/
  ]
}

for (const [what, [schema, says]] of Object.entries(schemas)) {
  it(`laws report ${what} with the field and the fix`, () => {
    const messages = messagesOf(anyOf(schema))
    expect(messages.length).toBeGreaterThan(0)
    for (const message of messages) expect(message).toMatch(says)
  })
}

it("laws do not draw or borrow values that a transformation of Effect cannot store", () => {
  expect(messagesOf(anyOf(Schema.StringFromUriComponent))).toEqual([])
  expect(messagesOf(anyOf(Schema.DateTimeUtcFromHttpDate))).toEqual([])
  expect(messagesOf(anyOf(Schema.DurationFromNanos))).toEqual([])
})

it("codecs: a custom transformation that loses a part of a value is found", () => {
  const rounded = Schema.Number.pipe(
    Schema.decodeTo(
      Schema.Number,
      SchemaTransformation.transform({ decode: (n: number): number => n, encode: (n: number): number => Math.round(n) })
    )
  )
  expect(messagesOf(anyOf(rounded)).join()).toContain("the event that was read back from")
})

it("logs of a projection contain no events without a stored form", () => {
  const throws = Schema.String.pipe(
    Schema.decodeTo(
      Schema.Int,
      SchemaTransformation.transform({
        decode: (text: string): number => text.length,
        encode: (n: number): string => "x".repeat(n)
      })
    )
  )
  const subject = subjectOf(anyOf(throws))
  // The state has no part of the event, so that `apply` accepts every event.
  const forgetful = { ...subject, fold: { ...subject.fold, apply: (state: Values) => state } }
  const moves = StreamOrigin.make(forgetful).events ?? fc.constant(undefined)
  const happen = fc.sample(moves, { numRuns: 100, seed: 1 })
  const stored = happen.flatMap((move) => move?.happen({ state: { values: [] } }, 0, 0, new ValuePool()) ?? [])
  expect(stored.length).toBeGreaterThan(10)
  expect(stored.every(({ data }) => /^x*$/.test(Reflect.get(Object(Reflect.get(Object(data), "box")), "value")))).toBe(
    true
  )
})

it("a subject of a projection with an undrawable schema throws in its tests, and not while its file is loaded", () => {
  const subject = subjectOf(anyOf(Schema.Never))
  const origin = StreamOrigin.make(subject)
  expect(() => origin.commands).toThrow("no value of `box.value` of command Have of Thing can be drawn")
})
