/** How many histories are drawn, and from which seed: none at all, and a law would hold of nothing. */

export interface Runs {
  readonly runs?: number
  readonly seed?: number
}

/** Throws a `TypeError` for numbers that nothing can be drawn with. */
export const check = (law: string, { runs = 1, seed = 0 }: Runs): void => {
  if (!Number.isSafeInteger(runs) || runs < 1) {
    throw new TypeError(`${law} was given runs: ${runs}, and is tried on a whole number of histories, 1 or more`)
  }
  if (!Number.isSafeInteger(seed)) throw new TypeError(`${law} was given seed: ${seed}; it is a whole number`)
}
