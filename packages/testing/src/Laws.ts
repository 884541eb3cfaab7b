/**
 * Laws of replay, as reusable assertions. Each takes an aggregate, draws histories, and throws a `Violation` that names the
 * claim, the event at which it fails, the reason, the seed, and the shrunk history as code.
 *
 * Histories come from random commands put through `decide`, and from random events. `eventfold gen` writes a test for each law
 * and aggregate. What a failure prints, `Laws.determinism(AccountLaws, { history: [ … ] })`, is a test of that one history.
 */
export { coverage, Unreached } from "./internal/laws/Coverage.ts"
export type { AllOptions, Coverage, CoverageOptions } from "./internal/laws/Coverage.ts"
export { all } from "./internal/laws/AllLaws.ts"
export { contention } from "./internal/laws/ContentionLaw.ts"
export { decisions, invariants } from "./internal/laws/DecisionLaws.ts"
export type { Divergence } from "./internal/subject/Divergence.ts"
export { codecs, determinism, independence, segments, snapshots } from "./internal/laws/FoldLaws.ts"
export { golden, GoldenMismatch } from "./internal/laws/GoldenLaw.ts"
export { hermetic } from "./internal/laws/HermeticLaw.ts"
export type { Law, Options, ShrinkBounds } from "./internal/laws/Law.ts"
export { processes } from "./internal/laws/ProcessLaw.ts"
export type { ProcessOptions } from "./internal/laws/ProcessLaw.ts"
export { repetition } from "./internal/laws/RepetitionLaw.ts"
export type { Subject, Tagged } from "./internal/subject/Subject.ts"
export { Undrawable } from "./internal/draw/Undrawable.ts"
export { Violation } from "./internal/laws/Violation.ts"
