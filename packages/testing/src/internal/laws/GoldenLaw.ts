/** The law that golden histories come to the states that were recorded. */
import { Result } from "effect"
import { readFileSync } from "node:fs"
import * as Golden from "../../Golden.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"

/** Golden histories come to other states than were recorded. The message names the first event of each, and how the states differ. */
export class GoldenMismatch extends Error {
  override readonly name = "GoldenMismatch"
  readonly differences: ReadonlyArray<Golden.Difference>

  constructor(message: string, differences: ReadonlyArray<Golden.Difference>) {
    super(message)
    this.differences = differences
  }
}

/**
 * The histories of a golden file, as `eventfold golden record` writes it, come to the states that were recorded.
 *
 * **When to use**
 *
 * In the tests of a project, so that a change of `apply` which gives old events another meaning fails there; `eventfold golden verify` does
 * the same for all aggregates.
 *
 * **Errors**
 *
 * Throws `GoldenMismatch`; a `GoldenUnreadable` for a file that can't be read.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.golden(subject, { file: "src/golden/account.ndjson" })
 * ```
 */
export const golden = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  { file }: { readonly file: string | URL }
): void => {
  const found = Golden.read(readFileSync(file, "utf8"), String(file))
  if (Result.isFailure(found)) throw found.failure
  const { name } = subject.aggregate
  if (found.success.aggregate !== name) {
    const problem = `holds golden histories of ${found.success.aggregate}, and was given for those of ${name}`
    throw new Golden.GoldenUnreadable(`${String(file)} ${problem}`)
  }
  const differences = Golden.differences(subject, found.success)
  if (differences.length === 0) return
  const all = differences.map((one) => Golden.describe(name, one)).join("\n\n")
  throw new GoldenMismatch(
    `${name} breaks a law: golden histories come to the states that were recorded\n\n${all}\n\nWhere that is meant, say why: eventfold golden record ${name} --accept "…"\n`,
    differences
  )
}
