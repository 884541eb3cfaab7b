/**
 * Laws of replay for aggregates, as reusable assertions. Each law draws histories and throws a
 * `Violation` that names the claim, the event at which it fails, the reason, the seed, and the
 * shrunk history as code.
 *
 * Histories come from random commands that `decide` accepts or refuses, and from random events.
 * `eventfold gen` writes a test for each law and aggregate. A failure prints a test of its one
 * history: `Laws.determinism(AccountLaws, { history: [ … ] })`.
 *
 * A new law is one import here, one entry in `laws`, and one name in the exports; a law of
 * projections is exported by `ProjectionLaws`.
 */
import { contention } from "./internal/laws/ContentionLaw.ts"
import { coverage, Unreached } from "./internal/laws/Coverage.ts"
import { decisions, invariants } from "./internal/laws/DecisionLaws.ts"
import { codecs, determinism, independence, segments, snapshots } from "./internal/laws/FoldLaws.ts"
import { hermetic } from "./internal/laws/HermeticLaw.ts"
import type { Options } from "./internal/laws/Law.ts"
import { repetition } from "./internal/laws/RepetitionLaw.ts"
import type { ProjectionSubject } from "./internal/subject/ProjectionSubject.ts"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"
import * as ProjectionLaws from "./ProjectionLaws.ts"

/** Laws in the order in which {@link all} tries them: the ones that explain the most come first. */
const laws = [
  hermetic,
  determinism,
  decisions,
  codecs,
  snapshots,
  segments,
  independence,
  invariants,
  repetition,
  contention
] as const

/** The same for projections. */
const projectionLaws = [
  ProjectionLaws.hermetic,
  ProjectionLaws.determinism,
  ProjectionLaws.keys,
  ProjectionLaws.codecs,
  ProjectionLaws.pages,
  ProjectionLaws.restarts,
  ProjectionLaws.independence,
  ProjectionLaws.keeping
] as const

export { codecs, contention, coverage, decisions, determinism, hermetic, independence, invariants }
export { repetition, segments, snapshots }
export { golden } from "./internal/laws/GoldenLaw.ts"
export { processes } from "./internal/laws/ProcessLaw.ts"
export { Unreached }
export { Violation } from "./internal/subject/Violation.ts"
export type { Options, Subject, Tagged }

/** Options of {@link all}. */
type AllOptions = Pick<Options, "runs" | "seed" | "shrinking"> & {
  /**
   * Tags of events and errors that need not be reached, each with the reason, in addition to those
   * of the declaration.
   */
  readonly unreached?: { readonly [tag: string]: string }
}

/**
 * Tries every law on an aggregate or a projection, and checks that random histories reach
 * everything that it declares.
 *
 * **When to use**
 *
 * Use it when one test is enough, and in your own tests of a handler that you are changing, with
 * more histories.
 *
 * **Details**
 *
 * Each law tries 200 histories by default, or `runs`; laws that run a store try a tenth of them.
 * The laws that explain the most come first: a handler that reads the clock breaks several.
 *
 * **Errors**
 *
 * Throws the `Violation` of the first law that does not hold, or `Unreached` if all laws hold but
 * the histories did not reach everything.
 *
 * @example
 * ```ts
 * import { Laws, type ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.all(subject, { runs: 1_000 })
 * const testRows = <R, E extends Laws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   Laws.all(subject)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const all: {
  <State, Event extends Tagged, Command extends Tagged>(
    subject: Subject<State, Event, Command>,
    options?: AllOptions
  ): void
  <Row, Event extends Tagged, Id, Key>(subject: ProjectionSubject<Row, Event, Id, Key>, options?: AllOptions): void
} = <State, Event extends Tagged, Command extends Tagged, Row, Id, Key>(
  subject: Subject<State, Event, Command> | ProjectionSubject<Row, Event, Id, Key>,
  options: AllOptions = {}
): void => {
  const { unreached: _, ...drawn } = options
  if ("from" in subject) {
    for (const law of projectionLaws) law(subject, drawn)
    ProjectionLaws.coverage(subject, options)
    return
  }
  for (const law of laws) law(subject, drawn)
  coverage(subject, options)
}
