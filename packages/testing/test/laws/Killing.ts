/** How a mutant is killed: by the law meant for it, shrunk to a short history, with code that shows it again. */
import { Laws } from "@eventfold/testing"
import { expect } from "vitest"

/** The longest history that a failure may be shrunk to. */
const shortest = 5
/** Milliseconds that finding and shrinking may take of a processor, in the long run only. */
const patience = process.env["EVENTFOLD_SOAK"] === undefined ? Infinity : 2_000

const violationOf = (run: () => void): Laws.Violation | undefined => {
  try {
    run()
  } catch (error) {
    if (error instanceof Laws.Violation) return error
    throw error
  }
  return undefined
}

/** `names`: what the code that is printed speaks of. */
export const expectKilled = (mutant: string, law: string, names: Record<string, unknown>, run: () => void): void => {
  const begun = process.threadCpuUsage()
  const violation = violationOf(run)
  const { system, user } = process.threadCpuUsage(begun)
  const took = (system + user) / 1_000
  expect(violation?.law).toBe(law)
  if (violation === undefined) return
  if (process.env["SHOW"] !== undefined)
    process.stdout.write(`\n--- ${mutant} (${took.toFixed(0)} ms)\n${violation.message}`)
  expect(took).toBeLessThan(patience)
  expect(violation.message).toMatch(
    /^\w+ breaks a law: .+\n\n {2}((event|command) \d+ of \d+, .+|before the first \w+): .+/
  )
  const length = Number(/ (?:event|command) \d+ of (\d+)/.exec(violation.message)?.[1] ?? 0)
  expect(length).toBeLessThanOrEqual(shortest)
  expect(violation.message).toContain("{ seed: 1993 }")
  // Of 200 histories that a law draws.
  expect(violation.message).toMatch(/in (history|log) \d+,/)
  // What is printed can be pasted: run as it is, it breaks the same law. (What counts calls may need another.)
  const pasted: unknown = new Function(...Object.keys(names), `return () => ${violation.code}`)(...Object.values(names))
  if (typeof pasted !== "function") throw new Error("not code")
  const paste = () => {
    for (let i = 0; i < 6; i++) pasted()
  }
  expect(paste).toThrow("breaks a law")
}
