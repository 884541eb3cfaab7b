/** The arithmetic of measurements: medians, quantiles, and ratios in which greater is better. */

const sorted = (values: ReadonlyArray<number>): ReadonlyArray<number> => [...values].sort((a, b) => a - b)

/** The value below which this share of the values lies, between neighbours in proportion. */
export const quantile = (values: ReadonlyArray<number>, share: number): number => {
  if (values.length === 0) throw new Error("no values: nothing was measured")
  const ordered = sorted(values)
  const place = (ordered.length - 1) * share
  const below = Math.floor(place)
  const low = ordered[below]!
  const high = ordered[Math.min(below + 1, ordered.length - 1)]!
  return low + (high - low) * (place - below)
}

export const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)

/** How far rounds lie apart: (most − least) / median. */
export const spread = (values: ReadonlyArray<number>): number =>
  (quantile(values, 1) - quantile(values, 0)) / median(values)

/** Which way a measure is better. */
export type Better = "more" | "less"

/** How many times as good as the baseline: above 1 is better, whichever way the measure runs. */
export const ratio = (eventfold: number, baseline: number, better: Better): number =>
  better === "more" ? eventfold / baseline : baseline / eventfold
