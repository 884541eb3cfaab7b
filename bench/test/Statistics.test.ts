import { describe, expect, it } from "vitest"
import { median, quantile, ratio, spread } from "../src/Statistics.ts"

describe("Statistics", () => {
  it("the median of an odd number of values is the middle one, in any order of input", () => {
    expect(median([30, 10, 20])).toBe(20)
    expect(median([5])).toBe(5)
  })

  it("the median of an even number of values is the mean of the middle two", () => {
    expect(median([40, 10, 30, 20])).toBe(25)
  })

  it("the median compares values as numbers, not as text, and does not change its input", () => {
    const values = [100, 9, 80]
    expect(median(values)).toBe(80)
    expect(values).toEqual([100, 9, 80])
  })

  it("quantiles are interpolated between neighbors", () => {
    const values = Array.from({ length: 101 }, (_, i) => i)
    expect(quantile(values, 0.99)).toBe(99)
    expect(quantile(values, 0)).toBe(0)
    expect(quantile(values, 1)).toBe(100)
    expect(quantile([0, 10], 0.25)).toBe(2.5)
  })

  it("the median of no values is an error", () => {
    expect(() => median([])).toThrow("nothing was measured")
  })

  it("a greater ratio is better, for measures where more is better and where less is better", () => {
    expect(ratio(200, 100, "more")).toBe(2)
    expect(ratio(200, 100, "less")).toBe(0.5)
  })

  it("the spread of rounds is relative to their median", () => {
    expect(spread([90, 100, 120])).toBeCloseTo(0.3)
  })
})
