import { Arbitraries, Laws } from "@eventfold/testing"
import { Arbitrary, HashMap, Option, Schema } from "effect"
import { Aggregate } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"

const Parcel = Schema.Struct({ count: Schema.Int, label: Schema.String, weight: Schema.Option(Schema.BigInt) })
const parcels = Arbitraries.fromSchema(Parcel)

const smallest = <A>(arbitrary: fc.Arbitrary<A>, holds: (value: A) => boolean): A => {
  const result = fc.check(fc.property(arbitrary, holds), { seed: 1993, numRuns: 2_000 })
  if (!result.failed || result.counterexample === null) throw new Error("expected a counterexample")
  return result.counterexample[0]
}

it("fromSchema: every value fits the schema", () => {
  fc.assert(fc.property(parcels, Schema.is(Parcel)), { numRuns: 500 })
})

it("fromSchema: finds values of a schema that refuses most of them, such as few keys that have to differ", () => {
  const Place = Schema.Literals(["web", "in shop", "phone"])
  const Counts = Schema.ReadonlyMap(Place, Schema.ReadonlyMap(Schema.NonEmptyString, Schema.Int))
  const Days = Schema.NonEmptyArray(Schema.Struct({ open: Schema.ReadonlySet(Place), counts: Counts }))
  fc.assert(fc.property(Arbitraries.fromSchema(Days), Schema.is(Days)), { seed: 1, numRuns: 3_000 })
})

it("fromSchema: reports checks that refuse every value, with the fix", () => {
  const Nothing = Schema.Int.check(Schema.makeFilter(() => false))
  expect(() => fc.sample(Arbitraries.fromSchema(Nothing), 1)).toThrow(
    /^no value of the schema can be drawn: its checks refused all 2,?020 values that were tried\. Annotate its schema with `drawnFrom`, a schema to draw the values from$/
  )
})

it("fromSchema: shrinks to the smallest failing value", () => {
  const value = smallest(parcels, ({ weight }) => Option.isNone(weight) || weight.value <= 1_000n)
  expect(Schema.toEquivalence(Parcel)(value, { count: 0, label: "", weight: Option.some(1_001n) })).toBe(true)
})

it("fromSchema: shrinks inside combinators of fast-check", () => {
  const two = smallest(fc.array(parcels), (all) => all.filter(({ count }) => count > 50).length < 2)
  expect(two.map(({ count, label }) => [count, label])).toEqual([
    [51, ""],
    [51, ""]
  ])
})

it("fromSchema: the same seed gives the same values and the same shrinks", () => {
  const run = () =>
    fc.check(
      fc.property(parcels, ({ count }) => count < 20),
      { seed: 7 }
    )
  expect(run().failed).toBe(true)
  expect(run().counterexamplePath).toBe(run().counterexamplePath)
  expect(run().counterexample).toEqual(run().counterexample)
})

it("fromEffect: a larger size gives larger values", () => {
  const longest = (size: number) => {
    const names = Arbitraries.fromEffect(Arbitrary.schema(Schema.String), { size })
    return Math.max(...fc.sample(names, { seed: 1, numRuns: 200 }).map(({ length }) => length))
  }
  expect(longest(40)).toBeGreaterThan(longest(3))
})

it("fromSchema: values in fc.commands shrink", () => {
  class Push implements fc.Command<{ pushed: number }, Array<number>> {
    readonly count: number
    constructor({ count }: typeof Parcel.Type) {
      this.count = count
    }
    check() {
      return true
    }
    run(model: { pushed: number }, real: Array<number>) {
      real.push(this.count)
      if (++model.pushed > 2 && this.count > 5) throw new Error("third and large")
    }
    toString() {
      return `Push(${this.count})`
    }
  }
  const sequences = fc.commands([parcels.map((parcel) => new Push(parcel))], { size: "max", maxCommands: 20 })
  const fresh = (): { model: { pushed: number }; real: Array<number> } => ({ model: { pushed: 0 }, real: [] })
  const result = fc.check(
    fc.property(sequences, (commands) => fc.modelRun(fresh, commands)),
    { seed: 1 }
  )
  expect(String(result.counterexample)).toMatch(/^Push\(0\),Push\(0\),Push\(6\)/)
})

describe("drawnFrom", () => {
  const Few = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 })).annotate({
    drawnFrom: Schema.Literals([7, 8, 9])
  })
  const isFew = (n: number) => n >= 7 && n <= 9

  it("applies to a field at any place in a schema", () => {
    const Order = Schema.Struct({
      quantity: Few,
      gift: Schema.optionalKey(Few),
      rest: Schema.Option(Few),
      lines: Schema.Array(Schema.Struct({ quantity: Few, note: Schema.String })),
      byName: Schema.HashMap(Schema.String, Few),
      either: Schema.Union([Schema.Null, Few]),
      later: Schema.suspend(() => Few),
      free: Schema.Int
    })
    const orders = fc.sample(Arbitraries.fromSchema(Order), { seed: 1, numRuns: 100 })
    for (const order of orders) {
      const { byName, either, gift, later, lines, quantity, rest } = order
      const all = [quantity, later, ...lines.map(({ quantity }) => quantity), ...HashMap.values(byName)]
      if (gift !== undefined) all.push(gift)
      if (Option.isSome(rest)) all.push(rest.value)
      if (either !== null) all.push(either)
      expect(all.filter((n) => !isFew(n))).toEqual([])
    }
    expect(orders.some(({ free }) => !isFew(free))).toBe(true)
  })
  it("shrinks within its schema", () => {
    const Between = Schema.Int.annotate({ drawnFrom: Schema.Int.check(Schema.isBetween({ minimum: 7, maximum: 900 })) })
    expect(smallest(Arbitraries.fromSchema(Between), (n) => n < 70)).toBe(70)
  })
  it("applies to later checks, and reports a value that they refuse", () => {
    expect(fc.sample(Arbitraries.fromSchema(Few.check(Schema.isGreaterThan(6))), 20).every(isFew)).toBe(true)
    const none = Arbitraries.fromSchema(Few.check(Schema.isGreaterThan(100)))
    expect(() => fc.sample(none, 20)).toThrow("`drawnFrom` draws a value that the annotated schema refuses")
  })
  it("must be a schema", () => {
    expect(() => Arbitraries.fromSchema(Schema.Int.annotate({ drawnFrom: [1, 2, 3] }))).toThrow(
      "`drawnFrom` is 1,2,3, but must be a schema"
    )
  })
  it("lets laws reach states that random values do not reach", () => {
    const declared = (numbers: typeof Schema.Int | typeof Few) =>
      Aggregate.make("Safe", {
        id: Schema.String,
        state: Schema.Struct({ open: Schema.Boolean }),
        initial: { open: false },
        events: { Opened: {} },
        errors: { WrongNumber: {} },
        commands: { Open: { payload: { number: numbers }, emits: ["Opened"], fails: ["WrongNumber"] } }
      })
    const laws = (numbers: typeof Schema.Int | typeof Few) => {
      const Safe = declared(numbers)
      const subject: Laws.Subject<typeof Safe.state.Type, typeof Safe.event.Type, typeof Safe.command.Type> = {
        name: "SafeLaws",
        aggregate: Safe,
        fold: {
          initial: Safe.initial,
          apply: () => ({ open: true }),
          run: (state, events) => (events.length > 0 ? { open: true } : state),
          fingerprint: "test"
        },
        decide: (_, { number }) => (number === 8 ? [{ _tag: "Opened" }] : { _tag: "WrongNumber" }),
        codec: { events: StoredForm.events(Safe.event), state: StoredForm.codec(Safe.state) }
      }
      return subject
    }
    Laws.all(laws(Few), { runs: 20 })
    const Million = Schema.Int.check(Schema.isGreaterThan(1_000_000)) as typeof Schema.Int
    expect(() => Laws.coverage(laws(Million), { runs: 20 })).toThrow("event Opened, which Open can emit")
  })
})
