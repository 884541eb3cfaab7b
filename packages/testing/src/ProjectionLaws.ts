/**
 * Laws of replay for projections, as reusable assertions. Each law draws logs of several streams
 * and throws a `Violation` that names the claim, the event at which it fails, the reason, the seed,
 * and the shrunk log as code.
 *
 * Logs come from random commands of the aggregates that the projection reads, and from random
 * events. `eventfold gen` writes a test for each law and projection. A failure prints a test of its
 * one log: `ProjectionLaws.pages(AccountBalancesLaws, { log: [ … ] })`.
 *
 * `Laws.all` tries all laws of a projection. A new law is one export here, and one entry in
 * `projectionLaws` there.
 */
export { from } from "./internal/draw/StreamOrigin.ts"
export { keeping } from "./internal/laws/KeepingLaw.ts"
export { coverage } from "./internal/laws/ProjectionCoverage.ts"
export { codecs, determinism, hermetic, keys } from "./internal/laws/ProjectionFoldLaws.ts"
export { processes } from "./internal/laws/ProjectionProcessLaw.ts"
export { independence, pages, restarts } from "./internal/laws/ProjectionRunLaws.ts"
export type { ProjectionSubject } from "./internal/subject/ProjectionSubject.ts"
