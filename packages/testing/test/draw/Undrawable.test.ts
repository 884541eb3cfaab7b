/** Whatever is wrong with a schema, laws say it with the field and the fix, and in no words of another layer. */
import { Laws, ProjectionLaws } from "@eventfold/testing"
import { Context, Effect, Schema, SchemaTransformation } from "effect"
import { Aggregate } from "eventfold"
import * as fc from "fast-check"
import { expect, it } from "vitest"
import { ValuePool } from "../../src/internal/subject/ValuePool.ts"

/** A declaration with a field of this schema in its event, its command and its state, and the simplest bodies. */
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
      event: Schema.toCodecJson(Thing.event) as Schema.Codec<Laws.Tagged, Schema.Json>,
      state: Schema.toCodecJson(Thing.state)
    }
  }
}
interface Values {
  readonly values: ReadonlyArray<unknown>
}

const laws = ["hermetic", "determinism", "decisions", "codecs", "snapshots", "repetition", "contention"] as const

/** What the laws say; each of them holds, or fails with an error of its own. */
const told = (schema: Schema.Codec<unknown>): ReadonlyArray<string> =>
  laws.flatMap((law) => {
    try {
      Laws[law](subjectOf(schema), { seed: 1, runs: 20 })
      return []
    } catch (error) {
      expect(error instanceof Laws.Violation || error instanceof Laws.Undrawable ? "typed" : error).toBe("typed")
      const { message } = error as Error
      expect(message).not.toMatch(/adapter|runSync|SchemaError|fast-check|Unable to derive/)
      return [message]
    }
  })

const anyOf = (schema: Schema.Top) => schema as Schema.Codec<unknown>
const later = <A>(value: A) => Effect.delay(Effect.succeed(value), "1 millis")
class Clock extends Context.Service<Clock, { readonly now: number }>()("Clock") {}

const schemas: Readonly<Record<string, readonly [schema: Schema.Top, says: RegExp]>> = {
  "a type that Effect can make no values of": [
    Schema.declare((value): value is Intl.Locale => value instanceof Intl.Locale),
    /^no value of `box\.value` of (command Have|event Had) of Thing can be drawn: there is no way to make values of an unsupported Declaration\. Annotate `box\.value` with `drawnFrom`/
  ],
  "a type without values": [
    Schema.Never,
    /`box\.value` of (command Have|event Had) of Thing can be drawn: it has none/
  ],
  "checks that let nothing pass": [
    Schema.Int.check(Schema.makeFilter(() => false)),
    /`box\.value` of (command Have|event Had) of Thing can be drawn: its checks let pass none of [\d,]+ that were tried/
  ],
  "a check that throws": [
    Schema.Int.check(
      Schema.makeFilter((n) => {
        if (n > 3) throw new Error("more than three")
        return true
      })
    ),
    /`box\.value` of (command Have|event Had) of Thing can be drawn: its schema threw, where a check answers false: more than three/
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
  "a schema that decodes later": [
    Schema.String.pipe(
      Schema.decodeTo(Schema.String, SchemaTransformation.transformEffect({ decode: later, encode: Effect.succeed }))
    ),
    /its schema waits for something, and what is stored is encoded and decoded at once/
  ],
  "a schema that encodes later": [
    Schema.String.pipe(
      Schema.decodeTo(Schema.String, SchemaTransformation.transformEffect({ decode: Effect.succeed, encode: later }))
    ),
    /its schema waits for something, and what is stored is encoded and decoded at once/
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
    /its schema needs the service Clock, and schemas of a declaration may need none/
  ]
}

for (const [what, [schema, says]] of Object.entries(schemas)) {
  it(`${what} is reported in words of its own`, () => {
    const messages = told(anyOf(schema))
    expect(messages.length).toBeGreaterThan(0)
    for (const message of messages) expect(message).toMatch(says)
  })
}

it("text that a transformation of Effect cannot store is not drawn, and not borrowed from other fields", () => {
  expect(told(anyOf(Schema.StringFromUriComponent))).toEqual([])
  expect(told(anyOf(Schema.DateTimeUtcFromHttpDate))).toEqual([])
  expect(told(anyOf(Schema.DurationFromNanos))).toEqual([])
})

it("a transformation of one's own that loses something is found all the same", () => {
  const rounded = Schema.Number.pipe(
    Schema.decodeTo(
      Schema.Number,
      SchemaTransformation.transform({ decode: (n: number): number => n, encode: (n: number): number => Math.round(n) })
    )
  )
  expect(told(anyOf(rounded)).join()).toContain("the event that was read back from")
})

it("events without a stored form are in no log of a projection", () => {
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
  // The state holds nothing of it, so that the handler takes every event.
  const forgetful = { ...subject, fold: { ...subject.fold, apply: (state: Values) => state } }
  const moves = ProjectionLaws.from(forgetful).events ?? fc.constant(undefined)
  const happen = fc.sample(moves, { numRuns: 100, seed: 1 })
  const told = happen.flatMap((move) => move?.happen({ state: { values: [] } }, 0, 0, new ValuePool()) ?? [])
  expect(told.length).toBeGreaterThan(10)
  expect(told.every(({ data }) => /^x*$/.test(Reflect.get(Object(Reflect.get(Object(data), "box")), "value")))).toBe(
    true
  )
})

it("laws of projections say it at their test, and not while their file is loaded", () => {
  const subject = subjectOf(anyOf(Schema.Never))
  const origin = ProjectionLaws.from(subject)
  expect(() => origin.commands).toThrow("no value of `box.value` of command Have of Thing can be drawn")
})
