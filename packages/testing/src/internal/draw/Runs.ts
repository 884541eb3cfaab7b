/**
 * Number and seed of the random histories. A law that draws no history would pass without testing
 * anything.
 */
import type { Options } from "./Counterexample.ts"

export type Runs = Partial<Options>

/** Checks the options of a law. Throws a `TypeError` for numbers that cannot be used. */
export const check = (law: string, { runs = 1, seed = 0, shrinking = {} }: Runs): void => {
  if (!Number.isSafeInteger(runs) || runs < 1) {
    throw new TypeError(`${law}: runs must be a positive whole number, but is ${runs}`)
  }
  if (!Number.isSafeInteger(seed)) throw new TypeError(`${law}: seed must be a whole number, but is ${seed}`)
  const { candidates = 0, cpuSeconds = 0 } = shrinking
  if (!Number.isSafeInteger(candidates) || candidates < 0) {
    throw new TypeError(`${law}: shrinking.candidates must be a whole number of 0 or more, but is ${candidates}`)
  }
  if (!(cpuSeconds >= 0)) {
    throw new TypeError(`${law}: shrinking.cpuSeconds must be 0 or more, but is ${cpuSeconds}`)
  }
}
