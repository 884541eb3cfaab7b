/**
 * Laws of projections, as reusable assertions. Each takes a projection, draws logs of several streams, and throws a `Violation` that
 * names the claim, the event at which it fails, the reason, the seed, and the shrunk log as code.
 *
 * Logs come from random commands of the aggregates that it reads, put through `decide`, and from random events. `eventfold gen` writes
 * a test for each law and projection. What a failure prints, `ProjectionLaws.pages(AccountBalancesLaws, { log: [ … ] })`, is a test of
 * that one log.
 */
export { keeping } from "./internal/laws/KeepingLaw.ts"
export { coverage } from "./internal/laws/ProjectionCoverage.ts"
export type { ProjectionCoverage } from "./internal/laws/ProjectionCoverage.ts"
export type { Logged } from "./internal/subject/ProjectionBench.ts"
export { codecs, determinism, hermetic, keys } from "./internal/laws/ProjectionFoldLaws.ts"
export type { Options, ProjectionLaw } from "./internal/laws/ProjectionLaw.ts"
export { processes } from "./internal/laws/ProjectionProcessLaw.ts"
export type { ProcessOptions } from "./internal/laws/ProjectionProcessLaw.ts"
export { independence, pages, restarts } from "./internal/laws/ProjectionRunLaws.ts"
export { from } from "./internal/subject/ProjectionSubject.ts"
export type { Origin, ProjectionSubject } from "./internal/subject/ProjectionSubject.ts"
export type { Tagged } from "./internal/subject/Subject.ts"
export { Violation } from "./internal/laws/Violation.ts"
