import { describe, expect, it } from "vitest"
import { median, quantile, ratio, spread } from "../src/Statistics.ts"

describe("Statistics", () => {
  it("takes the middle of an odd number of values, whatever their order", () => {
    expect(median([30, 10, 20])).toBe(20)
    expect(median([5])).toBe(5)
  })

  it("takes the mean of the two in the middle of an even number", () => {
    expect(median([40, 10, 30, 20])).toBe(25)
  })

  it("sorts by size, not by spelling, and leaves its input alone", () => {
    const values = [100, 9, 80]
    expect(median(values)).toBe(80)
    expect(values).toEqual([100, 9, 80])
  })

  it("finds quantiles between neighbours, in proportion", () => {
    const values = Array.from({ length: 101 }, (_, i) => i)
    expect(quantile(values, 0.99)).toBe(99)
    expect(quantile(values, 0)).toBe(0)
    expect(quantile(values, 1)).toBe(100)
    expect(quantile([0, 10], 0.25)).toBe(2.5)
  })

  it("refuses to make a figure of nothing", () => {
    expect(() => median([])).toThrow("nothing was measured")
  })

  it("gives ratios in which greater is better, whichever way the measure runs", () => {
    expect(ratio(200, 100, "more")).toBe(2)
    expect(ratio(200, 100, "less")).toBe(0.5)
  })

  it("gives the spread of the rounds relative to their median", () => {
    expect(spread([90, 100, 120])).toBeCloseTo(0.3)
  })
})
