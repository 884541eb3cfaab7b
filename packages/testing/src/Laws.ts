/**
 * Laws of replay, as reusable assertions. Each takes an aggregate, draws histories, and throws a `Violation` that names the
 * claim, the event at which it fails, the reason, the seed, and the shrunk history as code.
 *
 * Histories come from random commands put through `decide`, and from random events. `eventfold gen` writes a test for each law
 * and aggregate. What a failure prints, `Laws.determinism(AccountLaws, { history: [ … ] })`, is a test of that one history.
 */
export { coverage, Unreached } from "./Coverage.ts"
export type { AllOptions, Coverage, CoverageOptions } from "./Coverage.ts"
export { all } from "./AllLaws.ts"
export { contention } from "./ContentionLaw.ts"
export { decisions, invariants } from "./DecisionLaws.ts"
export type { Divergence } from "./Divergence.ts"
export { codecs, determinism, independence, segments, snapshots } from "./FoldLaws.ts"
export { golden, GoldenMismatch } from "./GoldenLaw.ts"
export { hermetic } from "./HermeticLaw.ts"
export type { Law, Options, ShrinkBounds } from "./Law.ts"
export { processes } from "./ProcessLaw.ts"
export type { ProcessOptions } from "./ProcessLaw.ts"
export { repetition } from "./RepetitionLaw.ts"
export type { Subject, Tagged } from "./Subject.ts"
export { Undrawable } from "./Undrawable.ts"
export { Violation } from "./Violation.ts"
