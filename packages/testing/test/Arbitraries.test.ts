import { Arbitraries } from "@eventfold/testing"
import { Arbitrary, Option, Schema } from "effect"
import * as fc from "fast-check"
import { expect, it } from "vitest"

const Parcel = Schema.Struct({ count: Schema.Int, label: Schema.String, weight: Schema.Option(Schema.BigInt) })
const parcels = Arbitraries.fromSchema(Parcel)

const smallest = <A>(arbitrary: fc.Arbitrary<A>, holds: (value: A) => boolean): A => {
  const result = fc.check(fc.property(arbitrary, holds), { seed: 1993, numRuns: 2_000 })
  if (!result.failed || result.counterexample === null) throw new Error("expected a counterexample")
  return result.counterexample[0]
}

it("every value is one of the schema's", () => {
  fc.assert(fc.property(parcels, Schema.is(Parcel)), { numRuns: 500 })
})

it("shrinks to the smallest value that fails", () => {
  const value = smallest(parcels, ({ weight }) => Option.isNone(weight) || weight.value <= 1_000n)
  expect(Schema.toEquivalence(Parcel)(value, { count: 0, label: "", weight: Option.some(1_001n) })).toBe(true)
})

it("shrinks inside fast-check's own combinators", () => {
  const two = smallest(fc.array(parcels), (all) => all.filter(({ count }) => count > 50).length < 2)
  expect(two.map(({ count, label }) => [count, label])).toEqual([
    [51, ""],
    [51, ""]
  ])
})

it("gives the same values and the same shrinks for the same seed", () => {
  const run = () =>
    fc.check(
      fc.property(parcels, ({ count }) => count < 20),
      { seed: 7 }
    )
  expect(run().failed).toBe(true)
  expect(run().counterexamplePath).toBe(run().counterexamplePath)
  expect(run().counterexample).toEqual(run().counterexample)
})

it("a larger size gives larger values", () => {
  const longest = (size: number) => {
    const names = Arbitraries.fromEffect(Arbitrary.schema(Schema.String), { size })
    return Math.max(...fc.sample(names, { seed: 1, numRuns: 200 }).map(({ length }) => length))
  }
  expect(longest(40)).toBeGreaterThan(longest(3))
})

it("feeds fc.commands, and shrinks what they carry", () => {
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
