/**
 * Expects that the law meant for a mutant finds it, with a short history and code that reproduces
 * it.
 */
import { Laws } from "@eventfold/testing"
import { expect } from "vitest"

/** Maximum length of the shrunk history. */
const maxHistoryLength = 5
/** Maximum CPU time of finding and shrinking, in soak runs only. */
const maxCpuMs = process.env["EVENTFOLD_SOAK"] === undefined ? Infinity : 2_000

const violationOf = (run: () => void): Laws.Violation | undefined => {
  try {
    run()
  } catch (error) {
    if (error instanceof Laws.Violation) return error
    throw error
  }
  return undefined
}

/** Runs a law on a mutant. `names` are the values that the printed code uses. */
export const expectKilled = (mutant: string, law: string, names: Record<string, unknown>, run: () => void): void => {
  const begun = process.threadCpuUsage()
  const violation = violationOf(run)
  const { system, user } = process.threadCpuUsage(begun)
  const took = (system + user) / 1_000
  expect(violation?.law).toBe(law)
  if (violation === undefined) return
  if (process.env["SHOW"] !== undefined)
    process.stdout.write(`\n--- ${mutant} (${took.toFixed(0)} ms)\n${violation.message}`)
  expect(took).toBeLessThan(maxCpuMs)
  expect(violation.message).toMatch(
    /^\w+ breaks a law: .+\n\n {2}((event|command) \d+ of \d+, .+|before the first \w+): .+/
  )
  const length = Number(/ (?:event|command) \d+ of (\d+)/.exec(violation.message)?.[1] ?? 0)
  expect(length).toBeLessThanOrEqual(maxHistoryLength)
  expect(violation.message).toContain("{ seed: 1993 }")
  // The number of the history among the 200 that a law draws.
  expect(violation.message).toMatch(/in (history|log) \d+,/)
  // The printed code breaks the same law. A mutant that counts calls can need several of them.
  const pasted: unknown = new Function(...Object.keys(names), `return () => ${violation.code}`)(...Object.values(names))
  if (typeof pasted !== "function") throw new Error("not code")
  const paste = () => {
    for (let i = 0; i < 6; i++) pasted()
  }
  expect(paste).toThrow("breaks a law")
}
