/**
 * Searches a random case for which a check fails, and shrinks it within limits that do not depend
 * on the clock.
 */
import * as fc from "fast-check"

/** Options of {@link search}, which laws explain. */
export interface Options {
  readonly runs: number
  readonly seed?: number | undefined
  readonly shrinking?: { readonly candidates?: number; readonly cpuSeconds?: number } | undefined
}

export interface Found<A> {
  readonly value: A
  /** Text about the search: the seed, and the steps of shrinking. */
  readonly found: string
}

const defaults = { candidates: 5_000, cpuSeconds: 20 } as const

/**
 * Returns the smallest failing case that it finds, or `undefined` if all cases pass. `what` is the
 * noun for a case in the message: "history". Errors of `drawn` are not caught.
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
      // fast-check ends the run with the smallest failure that it has found.
      if (stopped !== undefined) throw new fc.PreconditionFailure(true)
      tried++
    }
    if (passes(value)) return true
    begun ??= cpuTime()
    return false
  })
  const result = fc.check(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
  // Without a counterexample the run was skipped or interrupted, which this property does only
  // after a failure.
  if (!result.failed || result.counterexample === null) return undefined
  const [value] = result.counterexample
  const steps = `shrunk in ${result.numShrinks} ${result.numShrinks === 1 ? "step" : "steps"}`
  const end = stopped === undefined ? "" : `; shrinking stopped after ${stopped}; a shorter ${what} may exist`
  return { value, found: `Found with { seed: ${result.seed} } in ${what} ${result.numRuns}, ${steps}${end}` }
}

/**
 * CPU time of this thread, if Node measures it, because test runners run files in several threads.
 */
const cpuTime = (since?: NodeJS.CpuUsage): NodeJS.CpuUsage =>
  Reflect.has(process, "threadCpuUsage") ? process.threadCpuUsage(since) : process.cpuUsage(since)

const secondsSince = (begun: NodeJS.CpuUsage): number => {
  const { system, user } = cpuTime(begun)
  return (system + user) / 1_000_000
}
