/** How many histories are drawn, and from which seed: none at all, and a law would hold of nothing. */

import type { ShrinkBounds } from "./Counterexample.ts"

export interface Runs {
  readonly runs?: number
  readonly seed?: number
  readonly shrinking?: ShrinkBounds
}

/** Throws a `TypeError` for numbers that nothing can be drawn with. */
export const check = (law: string, { runs = 1, seed = 0, shrinking = {} }: Runs): void => {
  if (!Number.isSafeInteger(runs) || runs < 1) {
    throw new TypeError(`${law} was given runs: ${runs}, and is tried on a whole number of histories, 1 or more`)
  }
  if (!Number.isSafeInteger(seed)) throw new TypeError(`${law} was given seed: ${seed}; it is a whole number`)
  const { candidates = 0, cpuSeconds = 0 } = shrinking
  if (!Number.isSafeInteger(candidates) || candidates < 0) {
    throw new TypeError(`${law} was given shrinking.candidates: ${candidates}; it is a whole number, 0 or more`)
  }
  if (!(cpuSeconds >= 0)) {
    throw new TypeError(`${law} was given shrinking.cpuSeconds: ${cpuSeconds}; it is a number, 0 or more`)
  }
}
