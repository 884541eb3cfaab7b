/**
 * Laws of projections, as reusable assertions. Each takes a projection, draws logs of several streams, and throws a `Violation` that
 * names the claim, the event at which it fails, the reason, the seed, and the shrunk log as code.
 *
 * Logs come from random commands of the aggregates that it reads, put through `decide`, and from random events. `eventfold gen` writes
 * a test for each law and projection. What a failure prints, `ProjectionLaws.pages(AccountBalancesLaws, { log: [ … ] })`, is a test of
 * that one log.
 */
export { keeping } from "./KeepingLaw.ts"
export { coverage } from "./ProjectionCoverage.ts"
export type { ProjectionCoverage } from "./ProjectionCoverage.ts"
export type { Logged } from "./ProjectionBench.ts"
export { codecs, determinism, hermetic, keys } from "./ProjectionFoldLaws.ts"
export type { Options, ProjectionLaw } from "./ProjectionLaw.ts"
export { processes } from "./ProjectionProcessLaw.ts"
export type { ProcessOptions } from "./ProjectionProcessLaw.ts"
export { independence, pages, restarts } from "./ProjectionRunLaws.ts"
export { from } from "./ProjectionSubject.ts"
export type { Origin, ProjectionSubject } from "./ProjectionSubject.ts"
export type { Tagged } from "./Subject.ts"
export { Violation } from "./Violation.ts"
