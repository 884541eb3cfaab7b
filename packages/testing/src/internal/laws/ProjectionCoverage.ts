/** What random logs come to: a law that was never tried on a handler says nothing of it. */
import * as fc from "fast-check"
import { batches, type CoverageOptions, Unreached } from "./Coverage.ts"
import * as Runs from "../draw/Runs.ts"
import * as ProjectionTools from "../subject/ProjectionTools.ts"
import { logs } from "../draw/ProjectionLogs.ts"
import type { ProjectionSubject } from "../subject/ProjectionSubject.ts"
import type { Tagged } from "../subject/Subject.ts"

/** How often everything was reached. */
export interface ProjectionCoverage {
  readonly logs: number
  /** How often each event was folded into a row. */
  readonly events: { readonly [event: string]: number }
  /** How often a handler was given a row that was there before. */
  readonly changed: number
}

/**
 * Fails where random logs never come to an event that the projection listens to, and that belongs to a row.
 *
 * **When to use**
 *
 * Beside the other laws: what no log reaches, no law is tried on.
 *
 * **Details**
 *
 * Events that an aggregate need not reach (`unreached` in its declaration) need not be reached here either. Where 200 logs do not come to
 * everything, more are drawn, 2,000 at most. It gives what it counted.
 *
 * **Errors**
 *
 * Throws `Unreached`.
 *
 * @example
 * ```ts
 * import { ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends ProjectionLaws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.coverage(subject).events
 * ```
 */
export const coverage = <Row, Event extends Tagged, Id, Key>(
  subject: ProjectionSubject<Row, Event, Id, Key>,
  options: CoverageOptions = {}
): ProjectionCoverage => {
  Runs.check("ProjectionLaws.coverage", options)
  const { runs = 200, seed = Math.floor(Math.random() * 2 ** 31), unreached } = options
  const { name, sources } = subject.definition
  const tools = ProjectionTools.make(subject)
  const excused = Object.assign({}, unreached, ...subject.from.map(({ aggregate }) => aggregate.unreached))
  const types = sources.flatMap(({ types }) => types)
  const events: Record<string, number> = Object.fromEntries(types.map((type) => [type, 0]))
  let [drawn, changed] = [0, 0]
  const missing = () => types.filter((type) => events[type] === 0 && !Object.hasOwn(excused, type))
  const log = fc.oneof(logs(tools, "commands", options), logs(tools, "events", options))
  for (let batch = 0; batch < batches; batch++) {
    for (const entries of fc.sample(log, { numRuns: runs, seed: seed + batch })) {
      drawn++
      let rows = tools.none
      for (const entry of entries) {
        const keys = tools.keysOf(entry)
        const next = keys.ok ? tools.step(rows, entry, keys.keys) : keys
        // The other laws name the event.
        if (!next.ok) break
        for (const [key, row] of next.changes) {
          if (row === undefined && !rows.has(key)) continue
          events[entry.stored.type] = (events[entry.stored.type] ?? 0) + 1
          if (rows.has(key)) changed++
        }
        rows = ProjectionTools.after(rows, next.changes)
      }
    }
    if (missing().length === 0) return { logs: drawn, events, changed }
  }
  const lines = missing().map((tag) => `  event ${tag}, folded into a row`)
  const message = [
    `${name}: ${drawn.toLocaleString("en")} random logs never came to`,
    "",
    ...lines,
    "",
    "What no log comes to, no law is tried on. An event that a handler throws at is left out of logs of several aggregates: either the",
    "handler can't take what the aggregates can lead to, or no aggregate led to it; Laws.coverage of each aggregate tells.",
    "",
    `Found with { seed: ${seed} }`,
    ""
  ].join("\n")
  throw new Unreached(message, missing())
}
