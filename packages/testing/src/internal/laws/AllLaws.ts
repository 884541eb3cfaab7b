/** Every law at once, of an aggregate or of a projection. */
import { contention } from "./ContentionLaw.ts"
import { type AllOptions, coverage } from "./Coverage.ts"
import { decisions, invariants } from "./DecisionLaws.ts"
import { codecs, determinism, independence, segments, snapshots } from "./FoldLaws.ts"
import { hermetic } from "./HermeticLaw.ts"
import { ofEveryProjection } from "./EveryProjectionLaw.ts"
import type { ProjectionSubject } from "../subject/ProjectionSubject.ts"
import { repetition } from "./RepetitionLaw.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"

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

interface All {
  <State, Event extends Tagged, Command extends Tagged>(
    subject: Subject<State, Event, Command>,
    options?: AllOptions
  ): void
  <Row, Event extends Tagged, Id, Key>(subject: ProjectionSubject<Row, Event, Id, Key>, options?: AllOptions): void
}

/**
 * Tries every law on an aggregate, or on a projection, and that random histories reach everything.
 *
 * **When to use**
 *
 * Where one test is enough, and in tests of your own that the generator does not write: of a handler under change, with more histories.
 *
 * **Details**
 *
 * 200 histories for each law unless `runs` is given, and a tenth of that for those that run a store. The laws that explain the most come
 * first: a handler that reads the clock breaks several.
 *
 * **Errors**
 *
 * Throws the `Violation` of the first law that does not hold; `Unreached` where they all hold, but were not tried on everything.
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
 */
export const all: All = <State, Event extends Tagged, Command extends Tagged, Row, Id, Key>(
  subject: Subject<State, Event, Command> | ProjectionSubject<Row, Event, Id, Key>,
  options: AllOptions = {}
): void => {
  if ("from" in subject) return ofEveryProjection(subject, options)
  const { unreached: _, ...drawn } = options
  for (const law of laws) law(subject, drawn)
  coverage(subject, options)
}
