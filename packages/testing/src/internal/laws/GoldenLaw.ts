/** The law that golden histories fold to their recorded states. */
import { Result } from "effect"
import { readFileSync } from "node:fs"
import * as GoldenHistories from "../golden/GoldenHistories.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"

/**
 * Error: golden histories fold to other states than the recorded ones. The message has the first
 * differing event of each.
 */
class GoldenMismatch extends Error {
  override readonly name = "GoldenMismatch"
  readonly differences: ReadonlyArray<GoldenHistories.Difference>

  constructor(message: string, differences: ReadonlyArray<GoldenHistories.Difference>) {
    super(message)
    this.differences = differences
  }
}

/**
 * Checks that the histories of a golden file, which `eventfold golden record` writes, fold to their
 * recorded states.
 *
 * **When to use**
 *
 * Use it in the tests of a project. A change of `apply` that gives old events another meaning fails
 * there. `eventfold golden verify` checks all aggregates.
 *
 * **Errors**
 *
 * Throws `GoldenMismatch`, or `GoldenUnreadable` if the file cannot be read.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.golden(subject, { file: "src/golden/account.ndjson" })
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const golden = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  { file }: { readonly file: string | URL }
): void => {
  const found = GoldenHistories.read(readFileSync(file, "utf8"), String(file))
  if (Result.isFailure(found)) throw found.failure
  const { name } = subject.aggregate
  if (found.success.aggregate !== name) {
    const problem = `has golden histories of ${found.success.aggregate}, and not of ${name}: pass the file of ${name}`
    throw new GoldenHistories.GoldenUnreadable(`${String(file)} ${problem}`)
  }
  const differences = GoldenHistories.differences(subject, found.success)
  if (differences.length === 0) return
  const all = differences.map((one) => GoldenHistories.describe(name, one)).join("\n\n")
  throw new GoldenMismatch(
    `${name} breaks a law: golden histories fold to their recorded states\n\n${all}\n\nIf the change is intended, record them again with the reason: eventfold golden record ${name} --accept "…"\n`,
    differences
  )
}
