/** Looks for a random case at which a check fails, and for a smaller one, within bounds that do not depend on the clock. */
import * as fc from "fast-check"

/** How far a failure is shrunk. */
export interface ShrinkBounds {
  /**
   * Most smaller cases that are tried. Defaults to 5,000. The same seed and number of candidates give the same result, on any machine,
   * if `cpuSeconds` suffice for them.
   */
  readonly candidates?: number
  /** Most seconds of CPU time. Defaults to 20. */
  readonly cpuSeconds?: number
}

export interface Options {
  readonly runs: number
  readonly seed?: number | undefined
  readonly shrinking?: ShrinkBounds | undefined
}

export interface Found<A> {
  readonly value: A
  /** How it was found, and how far it was shrunk, for a person. */
  readonly found: string
}

const defaults = { candidates: 5_000, cpuSeconds: 20 } as const

/**
 * The smallest case that was found to fail; undefined if all cases pass. `what` is a case in words: "history".
 *
 * Throws what `drawn` throws.
 */
export const search = <A>(
  what: string,
  drawn: fc.Arbitrary<A>,
  passes: (value: A) => boolean,
  { runs, seed, shrinking = {} }: Options
): Found<A> | undefined => {
  const { candidates, cpuSeconds } = { ...defaults, ...shrinking }
  let tried = 0
  let begun: NodeJS.CpuUsage | undefined
  let stopped: string | undefined
  const property = fc.property(drawn, (value) => {
    if (begun !== undefined) {
      if (tried >= candidates) stopped = `${tried.toLocaleString("en")} candidates`
      else if (secondsSince(begun) >= cpuSeconds) stopped = `${cpuSeconds} s of CPU time`
      // fast-check ends the run with the smallest failure so far.
      if (stopped !== undefined) throw new fc.PreconditionFailure(true)
      tried++
    }
    if (passes(value)) return true
    begun ??= cpuTime()
    return false
  })
  const result = fc.check(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
  // A run without a counterexample was skipped or interrupted, which happens to none before its first failure.
  if (!result.failed || result.counterexample === null) return undefined
  const [value] = result.counterexample
  const steps = `shrunk in ${result.numShrinks} ${result.numShrinks === 1 ? "step" : "steps"}`
  const end = stopped === undefined ? "" : `; shrinking stopped after ${stopped}; a shorter ${what} may exist`
  return { value, found: `Found with { seed: ${result.seed} } in ${what} ${result.numRuns}, ${steps}${end}` }
}

/** Of this thread, on versions of Node that count it: test runners run files in threads side by side. */
const cpuTime = (since?: NodeJS.CpuUsage): NodeJS.CpuUsage =>
  Reflect.has(process, "threadCpuUsage") ? process.threadCpuUsage(since) : process.cpuUsage(since)

const secondsSince = (begun: NodeJS.CpuUsage): number => {
  const { system, user } = cpuTime(begun)
  return (system + user) / 1_000_000
}
