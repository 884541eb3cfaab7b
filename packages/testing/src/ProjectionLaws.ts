/**
 * Laws of replay for projections, as reusable assertions. Each law draws logs of several streams and throws a
 * `Violation` that names the claim, the event at which it fails, the reason, the seed, and the shrunk log as code.
 *
 * Logs come from random commands of the aggregates that the projection reads, and from random events.
 * `eventfold gen` writes a test for each law and projection. A failure prints a test of its one log:
 * `ProjectionLaws.pages(AccountBalancesLaws, { log: [ … ] })`.
 *
 * A new law is one import here, one entry in `laws`, and one name in the exports.
 */
import type { AllOptions } from "./internal/laws/Coverage.ts"
import { keeping } from "./internal/laws/KeepingLaw.ts"
import { coverage } from "./internal/laws/ProjectionCoverage.ts"
import { codecs, determinism, hermetic, keys } from "./internal/laws/ProjectionFoldLaws.ts"
import { independence, pages, restarts } from "./internal/laws/ProjectionRunLaws.ts"
import type { ProjectionSubject } from "./internal/subject/ProjectionSubject.ts"
import type { Tagged } from "./internal/subject/Subject.ts"

/** Laws in the order in which {@link all} tries them: the ones that explain the most come first. */
const laws = [hermetic, determinism, keys, codecs, pages, restarts, independence, keeping] as const

export { codecs, coverage, determinism, hermetic, independence, keeping, keys, pages, restarts }
export { from } from "./internal/draw/StreamOrigin.ts"
export { processes } from "./internal/laws/ProjectionProcessLaw.ts"
export { Violation } from "./internal/subject/Violation.ts"
export type { Options, ProjectionLaw } from "./internal/laws/ProjectionLaw.ts"
export type { ProcessOptions } from "./internal/laws/ProjectionProcessLaw.ts"
export type { ProjectionCoverage } from "./internal/laws/ProjectionCoverage.ts"
export type { Origin, ProjectionSubject } from "./internal/subject/ProjectionSubject.ts"
export type { Logged } from "./internal/subject/ProjectionTools.ts"
export type { Tagged } from "./internal/subject/Subject.ts"

/**
 * Tries every law on a projection, and checks that random logs reach every event that it reads.
 *
 * **Errors**
 *
 * Throws the `Violation` of the first law that does not hold, or `Unreached` if all laws hold but the logs did not
 * reach every event.
 *
 * @example
 * ```ts
 * import { ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends ProjectionLaws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.all(subject, { runs: 1_000 })
 * ```
 */
export const all = <Row, Event extends Tagged, Id, Key>(
  subject: ProjectionSubject<Row, Event, Id, Key>,
  options: AllOptions = {}
): void => {
  const { unreached: _, ...drawn } = options
  for (const law of laws) law(subject, drawn)
  coverage(subject, options)
}
