/** Arithmetic of measurements: medians, quantiles, and ratios in which greater is better. */

const sorted = (values: ReadonlyArray<number>): ReadonlyArray<number> => [...values].sort((a, b) => a - b)

/** Value below which this share of the values lies, interpolated between neighbors. */
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

/** Spread of rounds: (max − min) / median. */
export const spread = (values: ReadonlyArray<number>): number =>
  (quantile(values, 1) - quantile(values, 0)) / median(values)

/** Direction in which a measure is better. */
export type Better = "more" | "less"

/**
 * Eventfold's value as a multiple of the baseline: above 1 is better, for both directions of the
 * measure.
 */
export const ratio = (eventfold: number, baseline: number, better: Better): number =>
  better === "more" ? eventfold / baseline : baseline / eventfold
