/**
 * Laws draw realistic values, draw extreme ones for codecs, and name the field whose value makes
 * them fail.
 */
import { Arbitraries, Laws, ProjectionLaws } from "@eventfold/testing"
import { BigDecimal, DateTime, Duration, Option, Schema, SchemaTransformation } from "effect"
import { Aggregate } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { changed, bodies } from "../Tallies.ts"

const drawn = <S extends Schema.Constraint>(schema: S, range?: "realistic" | "all"): ReadonlyArray<S["Type"]> =>
  fc.sample(Arbitraries.fromSchema(schema, range === undefined ? {} : { range }), { seed: 1993, numRuns: 1_000 })

const millis = (date: string): number => Date.parse(date)
const [first, last] = [millis("1900-01-01T00:00:00Z"), millis("2100-12-31T23:59:59.999Z")]
const between = (low: number, high: number) => (value: number) => value >= low && value <= high

/** Measure of each type, with its default minimum and maximum. */
const types: ReadonlyArray<readonly [string, Schema.Constraint, (value: never) => number, number, number]> = [
  ["Date", Schema.Date, (value: Date) => value.getTime(), first, last],
  ["DateTimeUtc", Schema.DateTimeUtc, (value: DateTime.Utc) => value.epochMilliseconds, first, last],
  ["DateTimeZoned", Schema.DateTimeZoned, (value: DateTime.Zoned) => value.epochMilliseconds, first, last],
  ["Duration", Schema.Duration, (value: Duration.Duration) => Duration.toDays(value), 0, 3_653],
  ["Number", Schema.Number, (value: number) => value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ["Finite", Schema.Finite, (value: number) => value, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ["BigInt", Schema.BigInt, (value: bigint) => Number(value), -(2 ** 63), 2 ** 63],
  ["BigDecimal", Schema.BigDecimal, (value: BigDecimal.BigDecimal) => BigDecimal.toNumberUnsafe(value), -1e12, 1e12]
]

describe("realistic values by default:", () => {
  for (const [name, schema, measure, low, high] of types) {
    it(`${name}, and the whole range with range: "all"`, () => {
      const measured = drawn(schema).map((value) => measure(value as never))
      expect(measured.filter((value) => !between(low, high)(value))).toEqual([])
      expect(new Set(measured).size).toBeGreaterThan(200)
      const all = drawn(schema, "all").map((value) => measure(value as never))
      expect(all.some((value) => !between(low, high)(value))).toBe(true)
    })
  }
  it("numbers have two decimals, except a small share of numbers that are difficult in arithmetic", () => {
    const awkward = drawn(Schema.Number).filter((value) => Math.round(value * 100) / 100 !== value || value > 1e6)
    expect(awkward).toContain(1 / 3)
    expect(awkward).toContain(Number.MAX_SAFE_INTEGER)
    expect(awkward.length).toBeLessThan(100)
  })
  it("offsets of time zones are quarters of an hour", () => {
    const offsets = drawn(Schema.DateTimeZoned).flatMap(({ zone }) => (zone._tag === "Offset" ? [zone.offset] : []))
    expect(offsets.length).toBeGreaterThan(100)
    expect(offsets.filter((offset) => offset % 900_000 !== 0)).toEqual([])
  })
  it("inside recursive schemas, maps, options and unions, and for optional keys", () => {
    interface Node {
      readonly at: Date
      readonly below: ReadonlyArray<Node>
    }
    const Node: Schema.Codec<Node> = Schema.Struct({
      at: Schema.Date,
      below: Schema.Array(Schema.suspend((): Schema.Codec<Node> => Node))
    })
    const All = Schema.Struct({
      node: Node,
      byName: Schema.HashMap(Schema.String, Schema.Date),
      some: Schema.Option(Schema.Date),
      either: Schema.Union([Schema.Null, Schema.Date]),
      maybe: Schema.optionalKey(Schema.Date)
    })
    const dates = (value: unknown): ReadonlyArray<Date> =>
      value instanceof Date
        ? [value]
        : Option.isOption(value)
          ? Option.isSome(value)
            ? dates(value.value)
            : []
          : typeof value !== "object" || value === null
            ? []
            : Symbol.iterator in value
              ? [...(value as Iterable<unknown>)].flatMap(dates)
              : Object.values(value).flatMap(dates)
    const all = drawn(All)
    expect(dates(all).filter((date) => !between(first, last)(date.getTime()))).toEqual([])
    expect(dates(all.map(({ node }) => node)).length).toBeGreaterThan(1_000)
    expect(new Set(all.map((one) => "maybe" in one))).toEqual(new Set([true, false]))
  })
})

describe("values fit the checks:", () => {
  it("both bounds, or the given bound", () => {
    const percent = drawn(Schema.Number.check(Schema.isBetween({ minimum: 0, maximum: 1 })))
    expect(percent.every(between(0, 1))).toBe(true)
    expect(percent.filter((value) => value > 0.01 && value < 0.99).length).toBeGreaterThan(300)
    const late = drawn(Schema.Date.check(Schema.isGreaterThanDate(new Date("2500-01-01"))))
    expect(late.every((date) => between(millis("2500-01-01"), millis("2702-01-01"))(date.getTime()))).toBe(true)
    const whole = { minimum: new Date(-8.64e15), maximum: new Date(8.64e15) }
    const any = drawn(Schema.Date.check(Schema.isBetweenDate(whole)))
    expect(any.some((date) => !between(first, last)(date.getTime()))).toBe(true)
    expect(drawn(Schema.BigInt.check(Schema.isGreaterThanBigInt(0n))).every((n) => n > 0n && n <= 2n ** 63n)).toBe(true)
    const cents = Schema.BigDecimal.check(Schema.isGreaterThanOrEqualToBigDecimal(BigDecimal.fromStringUnsafe("0.01")))
    expect(drawn(cents).every(Schema.is(cents))).toBe(true)
    expect(drawn(Schema.Int).every((n) => between(-100, 100)(n))).toBe(true)
  })
  it("a check that refuses all realistic values draws its own field from all values, and no other field", () => {
    const Far = Schema.Struct({
      far: Schema.Date.check(Schema.makeFilter((date: Date) => date.getUTCFullYear() > 3_000)),
      near: Schema.Date
    })
    const dates = drawn(Far)
    expect(dates.every(({ far }) => far.getUTCFullYear() > 3_000)).toBe(true)
    expect(dates.every(({ near }) => between(first, last)(near.getTime()))).toBe(true)
  })
  it("a check of several fields that refuses all realistic values draws all of them from all values", () => {
    const Span = Schema.Struct({ from: Schema.Date, to: Schema.Date }).check(
      Schema.makeFilter(({ from, to }) => to.getUTCFullYear() - from.getUTCFullYear() > 300)
    )
    expect(drawn(Span).length).toBe(1_000)
  })
  it("the schema of drawnFrom is drawn realistically too, and a type with its own arbitrary uses it", () => {
    const late = Schema.Date.check(Schema.isGreaterThanDate(new Date("2050-01-01")))
    const dates = drawn(Schema.Date.annotate({ drawnFrom: late }))
    expect(dates.every((date) => between(millis("2050-01-01"), last)(date.getTime()))).toBe(true)
    const moon = new Date("1969-07-21T02:56:20Z")
    const Moon = Schema.Date.annotate({
      toCodecArbitrary: () =>
        Schema.link<Date>()(
          Schema.Null,
          SchemaTransformation.transform({ decode: () => moon, encode: (): null => null })
        )
    })
    expect(new Set(drawn(Moon))).toEqual(new Set([moon]))
  })
})

const Parcel = Aggregate.make("Parcel", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({ due: Schema.Option(Schema.DateTimeUtc), weight: Schema.Finite }),
  initial: { due: Option.none(), weight: 0 },
  events: {
    Sent: { at: Schema.DateTimeUtc, box: Schema.Struct({ name: Schema.String, weight: Schema.Finite }) },
    Opened: {}
  },
  errors: {},
  commands: {
    Send: {
      payload: { at: Schema.DateTimeUtc, box: Schema.Struct({ name: Schema.String, weight: Schema.Finite }) },
      emits: ["Sent"],
      fails: []
    },
    Open: { payload: {}, emits: ["Opened"], fails: [] }
  }
})
type State = typeof Parcel.state.Type
type Event = typeof Parcel.event.Type
type Subject = Laws.Subject<State, Event, typeof Parcel.command.Type>

const parcels = (apply: (state: State, event: Event) => State): Subject => ({
  name: "ParcelLaws",
  aggregate: Parcel,
  fold: { initial: Parcel.initial, apply, run: (state, events) => events.reduce(apply, state), fingerprint: "test" },
  decide: (_, command) =>
    command._tag === "Send" ? [{ _tag: "Sent", at: command.at, box: command.box }] : [{ _tag: "Opened" }],
  codec: { events: StoredForm.events<Event>(Parcel.event), state: StoredForm.codec(Parcel.state) }
})
/** Correct handlers that add a day to a date, and weights to a sum. */
const due = parcels((state, event) =>
  event._tag === "Opened"
    ? state
    : { due: Option.some(DateTime.add(event.at, { days: 1 })), weight: state.weight + event.box.weight }
)
const messageOf = (law: () => void): string => {
  try {
    law()
  } catch (error) {
    if (error instanceof Laws.Violation) return error.message
    throw error
  }
  throw new Error("it holds")
}

it("a handler that adds a day to a date, and numbers to a sum, satisfies all laws", () => {
  for (let seed = 1; seed <= 3; seed++) Laws.all(due, { seed, runs: 60 })
})

/** A handler that adds some minutes to a time: `DateTime.add` can pass the last possible time. */
const Times = Schema.Struct({ utc: Schema.DateTimeUtc, zoned: Schema.DateTimeZoned, date: Schema.Date })
const moved = ({ date, utc, zoned }: typeof Times.Type): typeof Times.Type => ({
  utc: DateTime.add(utc, { minutes: 5 }),
  zoned: DateTime.add(zoned, { minutes: 5 }),
  date: new Date(date.getTime() + 300_000)
})

const Meeting = Aggregate.make("Meeting", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({ ends: Schema.NullOr(Times) }),
  initial: { ends: null },
  events: { Begun: { at: Times } },
  errors: {},
  commands: { Begin: { payload: { at: Times }, emits: ["Begun"], fails: [] } }
})
type MeetingEvent = typeof Meeting.event.Type
const meetings = (apply: (event: MeetingEvent) => typeof Meeting.state.Type) => ({
  name: "MeetingLaws",
  aggregate: Meeting,
  fold: {
    initial: Meeting.initial,
    apply: (_: typeof Meeting.state.Type, event: MeetingEvent) => apply(event),
    run: (state: typeof Meeting.state.Type, events: ReadonlyArray<MeetingEvent>) =>
      events.reduce((_, event) => apply(event), state),
    fingerprint: "test"
  },
  decide: (_: typeof Meeting.state.Type, { at }: typeof Meeting.command.Type) => [{ _tag: "Begun" as const, at }],
  codec: { events: StoredForm.events<MeetingEvent>(Meeting.event), state: StoredForm.codec(Meeting.state) }
})

describe("the law of codecs draws from the whole range:", () => {
  it("a handler that adds to times satisfies it, although times outside the range cannot be stored", () => {
    const moving = meetings(({ at }) => ({ ends: moved(at) }))
    for (let seed = 1; seed <= 3; seed++) Laws.codecs(moving, { seed })
  })
  it("a codec that loses the year 275760 is found, even if the handlers refuse such events", () => {
    const codec = Schema.Json.pipe(
      Schema.decodeTo(
        due.codec.events.get("Sent")!,
        SchemaTransformation.transform({
          decode: (json: Schema.Json): Schema.Json => json,
          encode: (json: Schema.Json): Schema.Json => JSON.parse(JSON.stringify(json).replace(/"\+\d{6}/, '"2020'))
        })
      )
    )
    const message = messageOf(() =>
      Laws.codecs(
        { ...due, codec: { ...due.codec, events: new Map(due.codec.events).set("Sent", codec) } },
        { seed: 1 }
      )
    )
    expect(message).toMatch(/Sent: the event that was read back (from .* differs|is stored in another form)/)
    expect(message).toContain("The law holds with other values of `at` of Sent.")
  })
  it("for a projection: rows with such values, and a handler that refuses them", () => {
    const strict = changed({
      bodies: {
        ...bodies,
        keys: (event, { id }) => (DateTime.add(event.at, { days: 1 }), [id])
      }
    })
    for (let seed = 1; seed <= 5; seed++) ProjectionLaws.codecs(strict, { seed })
    const kept: Array<number> = []
    const open = changed({
      bodies: {
        ...bodies,
        project: (row, event, origin, key) => {
          kept.push(event.at.epochMilliseconds)
          return bodies.project(row, event, origin, key)
        }
      }
    })
    ProjectionLaws.codecs(open, { seed: 1 })
    expect(kept.some((at) => !between(first, last)(at))).toBe(true)
  })
})

describe("if the value of a field makes a law fail, the message names the field and how to narrow it:", () => {
  const failing = (fails: (event: Extract<Event, { _tag: "Sent" }>) => boolean) =>
    parcels((state, event) => {
      if (event._tag === "Sent" && fails(event)) throw new Error("never comes")
      return due.fold.apply(state, event)
    })
  it("a field of an event, by its command", () => {
    const late = failing(({ at }) => at.epochMilliseconds > millis("2060-01-01"))
    for (const law of ["determinism", "decisions", "snapshots", "independence", "hermetic"] as const) {
      const message = messageOf(() => Laws[law](late, { seed: 3 }))
      expect(message).toMatch(
        /\n\n {2}The law holds with other values of `at` of (Sent|Send)\. If the value cannot occur, narrow the field in the schema,\n {2}by a check or by the values that the laws draw:\n\n {4}at: At\.check\(…\)\n {4}at: At\.annotate\(\{ drawnFrom: … \}\)\n\n {2}Found with/
      )
    }
  })
  it("a field inside a struct", () => {
    const heavy = failing(({ box }) => box.weight > 500_000)
    expect(messageOf(() => Laws.determinism(heavy, { seed: 1 }))).toMatch(
      /other values of `box\.weight` of (Sent|Send)/
    )
  })
  it("a field that satisfies the law once it is narrowed", () => {
    const late = failing(({ at }) => at.epochMilliseconds > millis("2060-01-01"))
    const early = Schema.DateTimeUtc.check(Schema.makeFilter((at) => at.epochMilliseconds < millis("2060-01-01")))
    const At = Schema.DateTimeUtc.annotate({ drawnFrom: early })
    const narrow = (schema: Schema.Constraint) =>
      Schema.Struct({ ...(schema as typeof Parcel.events.Sent).fields, at: At })
    const aggregate = {
      ...Parcel,
      events: { ...Parcel.events, Sent: narrow(Parcel.events.Sent) },
      commands: { ...Parcel.commands, Send: narrow(Parcel.commands.Send) }
    }
    Laws.determinism({ ...late, aggregate }, { seed: 3 })
  })
  it("a field of a projection", () => {
    const late = changed({
      bodies: {
        ...bodies,
        project: (row, event, origin, key) => {
          if (event.at.epochMilliseconds > millis("1970-03-01")) throw new Error("never comes")
          return bodies.project(row, event, origin, key)
        }
      }
    })
    const message = messageOf(() => ProjectionLaws.pages(late, { seed: 2 }))
    expect(message).toContain("the handler threw: never comes")
    expect(message).toMatch(/The law holds with other values of `at` of Coins(Added|Taken)\./)
  })
  it("but no field if no other value helps, or if results differ", () => {
    expect(
      messageOf(() =>
        Laws.determinism(
          failing(() => true),
          { seed: 1 }
        )
      )
    ).not.toContain("other values")
    let calls = 0
    const counting = parcels((state, event) =>
      event._tag === "Sent" && event.box.weight > 0 ? { ...state, weight: ++calls } : state
    )
    expect(messageOf(() => Laws.determinism(counting, { seed: 1 }))).not.toContain("other values")
  })
})
