/**
 * Shrinking: limits count work and not time, and events are removed before their values are shrunk.
 */
import { Arbitraries, Laws, ProjectionLaws } from "@eventfold/testing"
import { Option, Schema } from "effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import * as Sequence from "../../src/internal/draw/Sequence.ts"
import { foldOf, PurseLaws, apply } from "../Purse.ts"
import { changed, bodies } from "../Tallies.ts"

const violationOf = (law: () => void): Laws.Violation => {
  try {
    law()
  } catch (error) {
    if (error instanceof Laws.Violation) return error
    throw error
  }
  throw new Error("it holds")
}

/** Creates a fold that throws at 400 coins, and counts its calls. */
const full = () => {
  const calls = { all: 0, atFirstFailure: 0 }
  const fold = foldOf((state, event) => {
    calls.all++
    if (event._tag !== "CoinsAdded" || state.coins + event.amount < 400n) return apply(state, event)
    if (calls.atFirstFailure === 0) calls.atFirstFailure = calls.all
    throw new Error("the purse is full")
  })
  return { calls, subject: { ...PurseLaws, fold } }
}
const given = (candidates: number) => ({ seed: 1993, shrinking: { candidates } })

describe("shrinking", () => {
  it("stops after the given number of candidates, and the message says that a shorter history can exist", () => {
    const { calls, subject } = full()
    const { message } = violationOf(() => Laws.decisions(subject, given(5)))
    expect(message).toMatch(
      /Found with \{ seed: 1993 \} in history \d+, shrunk in \d steps?; shrinking stopped after 5 candidates; a shorter history may exist\. As a test:/
    )
    // A candidate has at most the length of the first failure. It is folded when it is drawn and
    // when it is checked, as is the result.
    expect(calls.all - calls.atFirstFailure).toBeLessThanOrEqual((5 + 2) * 2 * 30)
  })
  it("with 0 candidates, the history is shown as it was drawn", () => {
    const drawn = violationOf(() => Laws.decisions(full().subject, given(0)))
    const whole = violationOf(() => Laws.decisions(full().subject, { seed: 1993 }))
    expect(drawn.message).toContain("shrunk in 0 steps; shrinking stopped after 0 candidates")
    expect(drawn.code.length).toBeGreaterThan(whole.code.length)
    expect(whole.message).not.toContain("shrinking stopped")
  })
  it("the same seed and number of candidates give the same history, and more candidates a shorter one", () => {
    const codes = [3, 3, 12, 12, 5_000].map((n) => violationOf(() => Laws.decisions(full().subject, given(n))).code)
    expect(codes[0]).toBe(codes[1])
    expect(codes[2]).toBe(codes[3])
    expect(codes[2]!.length).toBeLessThan(codes[0]!.length)
    expect(codes[4]!.length).toBeLessThan(codes[2]!.length)
  })
  it("stops after the given CPU time", () => {
    const { message } = violationOf(() => Laws.decisions(full().subject, { seed: 1993, shrinking: { cpuSeconds: 0 } }))
    expect(message).toContain("shrinking stopped after 0 s of CPU time; a shorter history may exist")
  })
  it("has limits for every law, for Laws.all, and for a projection", () => {
    const none = { seed: 1993, shrinking: { candidates: 0 } }
    expect(violationOf(() => Laws.all(full().subject, none)).message).toContain("stopped after 0 candidates")
    const dear = changed({
      bodies: {
        ...bodies,
        project: (row, event, origin, key) => {
          if ((row?.times ?? 0) > 2) throw new Error("too many")
          return bodies.project(row, event, origin, key)
        }
      }
    })
    expect(violationOf(() => ProjectionLaws.pages(dear, none)).message).toContain(
      "stopped after 0 candidates; a shorter log may exist"
    )
    expect(violationOf(() => Laws.all(dear, none)).message).toContain("stopped after 0 candidates")
  })
  it("refuses invalid limits", () => {
    for (const candidates of [-1, 0.5, NaN, Infinity]) {
      expect(() => Laws.codecs(PurseLaws, { shrinking: { candidates } })).toThrow(
        `Laws.codecs: shrinking.candidates must be a whole number of 0 or more, but is ${candidates}`
      )
    }
    for (const cpuSeconds of [-1, NaN]) {
      expect(() => Laws.codecs(PurseLaws, { shrinking: { cpuSeconds } })).toThrow(
        `Laws.codecs: shrinking.cpuSeconds must be 0 or more, but is ${cpuSeconds}`
      )
    }
  })
})

describe("the events of a history", () => {
  const Large = Schema.Struct({ weight: Schema.Option(Schema.BigInt), notes: Schema.Array(Schema.String) })
  const histories = Sequence.of(Arbitraries.fromSchema(Large, { range: "all" }), 30)
  const bound = 12_345_678_901_234_567_890n
  /** Needs two heavy items, each of which takes about a hundred steps to shrink. */
  const fails = (all: ReadonlyArray<typeof Large.Type>) =>
    all.filter(({ weight }) => Option.isSome(weight) && weight.value > bound).length >= 2
  const shrunk = (seed: number) => {
    let items = 0
    const property = fc.property(histories, (all) => {
      items += all.length
      return !fails(all)
    })
    const { counterexample } = fc.check(property, { seed, numRuns: 100 })
    return { items, all: counterexample?.[0] ?? [] }
  }

  it("are removed before their values are shrunk, so that no long history is tried for each smaller value", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { all, items } = shrunk(seed)
      expect(all).toEqual([
        { weight: Option.some(bound + 1n), notes: [] },
        { weight: Option.some(bound + 1n), notes: [] }
      ])
      // For these seeds, fc.array tries 500 to 7,300 items.
      expect(items).toBeLessThan(700)
    }
  })
  it("are removed after other values are shrunk, if only larger values of those need them", () => {
    const sums = Sequence.of(fc.nat({ max: 100 }), 20)
    const property = fc.property(sums, (all) => all.filter((n) => n > 10).length < 3 && !all.includes(7))
    const { counterexample } = fc.check(property, { seed: 3, numRuns: 500 })
    expect([[7], [11, 11, 11]]).toContainEqual(counterexample?.[0])
  })
  it("have a maximum length, and can be empty", () => {
    const lengths = fc.sample(Sequence.of(fc.boolean(), 4), { seed: 1, numRuns: 300 }).map(({ length }) => length)
    expect([...new Set(lengths)].sort()).toEqual([0, 1, 2, 3, 4])
  })
})
