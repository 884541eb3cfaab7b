/** Coverage of random logs: a law proves nothing about an event that no log contains. */
import * as fc from "fast-check"
import { maxBatches, Unreached } from "./Coverage.ts"
import * as Runs from "../draw/Runs.ts"
import * as ProjectionTools from "../subject/ProjectionTools.ts"
import { logs } from "../draw/ProjectionLogs.ts"
import { originsOf, type ProjectionSubject } from "../subject/ProjectionSubject.ts"
import type { Tagged } from "../subject/Subject.ts"

/**
 * Checks that random logs reach every event that the projection reads, and fold it into a row.
 *
 * **When to use**
 *
 * Use it with the other laws: they prove nothing about an event that no log contains.
 *
 * **Details**
 *
 * Events that an aggregate need not reach (`unreached` in its declaration) need not be reached here
 * either. If 200 logs do not reach everything, more are drawn, up to 2,000. Returns the counts.
 *
 * **Errors**
 *
 * Throws `Unreached`.
 *
 * @example
 * ```ts
 * import { type Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends Laws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.coverage(subject).events
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const coverage = <Row, Event extends Tagged, Id, Key>(
  subject: ProjectionSubject<Row, Event, Id, Key>,
  options: {
    /** Maximum number of events in a log. Defaults to 30. */
    readonly length?: number
    /** Number of logs in a batch; up to ten batches are drawn. Defaults to 200. */
    readonly runs?: number
    /** Seed of the random logs. Defaults to a new seed at each run. */
    readonly seed?: number
    /** Tags of events that need not be reached, each with the reason. */
    readonly unreached?: { readonly [tag: string]: string }
  } = {}
): {
  readonly logs: number
  /** Number of times that each event was folded into a row. */
  readonly events: { readonly [event: string]: number }
  /** Number of times that a handler got an existing row. */
  readonly changed: number
} => {
  Runs.check("ProjectionLaws.coverage", options)
  const { runs = 200, seed = Math.floor(Math.random() * 2 ** 31), unreached } = options
  const { name, sources } = subject.definition
  const tools = ProjectionTools.make(subject)
  const excused = Object.assign({}, unreached, ...originsOf(subject).map(({ aggregate }) => aggregate.unreached))
  const types = sources.flatMap(({ types }) => types)
  const events: Record<string, number> = Object.fromEntries(types.map((type) => [type, 0]))
  let [drawn, changed] = [0, 0]
  const missing = () => types.filter((type) => events[type] === 0 && !Object.hasOwn(excused, type))
  const log = fc.oneof(logs(tools, "commands", options), logs(tools, "events", options))
  for (let batch = 0; batch < maxBatches; batch++) {
    for (const entries of fc.sample(log, { numRuns: runs, seed: seed + batch })) {
      drawn++
      let rows = tools.none
      for (const entry of entries) {
        const keys = tools.keysOf(entry)
        const next = keys.ok ? tools.step(rows, entry, keys.keys) : keys
        // The other laws report the event.
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
    `${name}: ${drawn.toLocaleString("en")} random logs did not reach`,
    "",
    ...lines,
    "",
    "The laws prove nothing about these. Logs of several aggregates omit an event at which a handler throws. Either the handler",
    "refuses an event that the aggregates can emit, or no aggregate emitted it: Laws.coverage of each aggregate shows which.",
    "",
    `Found with { seed: ${seed} }`,
    ""
  ].join("\n")
  throw new Unreached(message, missing())
}
