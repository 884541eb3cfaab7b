/** The law that every process folds a log to the same rows. */
import { Result, Schema } from "effect"
import { StoredForm } from "eventfold/generated"
import * as fc from "fast-check"
import { agree } from "../processes/OtherProcesses.ts"
import { rowsOf } from "../processes/ReplayProcess.ts"
import { rewordedBy } from "../draw/Rewording.ts"
import * as ProjectionTools from "../subject/ProjectionTools.ts"
import { loggedOf } from "../subject/StoredLog.ts"
import { logs } from "../draw/ProjectionLogs.ts"
import { originsOf, type ProjectionSubject } from "../subject/ProjectionSubject.ts"
import type { Tagged } from "../subject/Subject.ts"

/**
 * Checks that other processes fold the same logs to the same rows: in other time zones and locales,
 * with other seeds for hashes and random numbers, and with other versions of Node.
 *
 * **When to use**
 *
 * It finds values that the module of a handler reads while it is loaded, which no guard sees, and
 * values that a library reads.
 *
 * **Details**
 *
 * Runs three processes, as `Laws.processes` does for an aggregate, or with `isThorough` one for
 * each combination.
 *
 * **Errors**
 *
 * Rejects with a `Violation`, or with an `Error` if a process cannot load the module. The module
 * must load in plain Node, without the transforms of a test runner.
 *
 * @example
 * ```ts
 * import { type Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const test = <R, E extends Laws.Tagged, I, K>(subject: ProjectionLaws.ProjectionSubject<R, E, I, K>) =>
 *   ProjectionLaws.processes(subject, { module: "src/generated/account-balances.laws.ts" })
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const processes = <Row, Event extends Tagged, Id, Key>(
  subject: ProjectionSubject<Row, Event, Id, Key>,
  options: {
    /**
     * File that exports the subject, as a URL or a path from the working directory: a generated
     * `account.laws.ts`.
     */
    readonly module: string | URL
    /** Number of random logs. Defaults to 50. */
    readonly runs?: number
    /** Seed of the random logs. Defaults to a new seed at each run. */
    readonly seed?: number
    /**
     * `true` to run every combination of time zone, locale and seed instead of each value once: 18
     * processes instead of 3 for each version of Node.
     */
    readonly isThorough?: boolean
    /** Paths of other versions of Node, which run in addition to the current one. */
    readonly nodes?: ReadonlyArray<string>
    /** Events in stored form that are checked instead of random ones. A failure prints them. */
    readonly log?: ReadonlyArray<{ readonly stream: string; readonly at: string; readonly event: Schema.Json }>
  }
): Promise<void> =>
  agree(
    {
      about: subject.definition.name,
      module: "ProjectionLaws",
      subject: subject.name,
      claim: "other processes fold to the same rows",
      option: "log",
      given: options.log?.map(({ at, event, stream }) => ({ stream, at, event })),
      draw: (runs, seed) => drawn(subject, runs, seed),
      statesOf: (log) => rowsOf(subject, log),
      tagOf: (entry) => {
        const { event, stream } = entry as { readonly stream: string; readonly event: Schema.Json }
        return `${String(Reflect.get(Object(event), "_tag"))} of ${JSON.stringify(stream)}`
      }
    },
    options
  )

const drawn = <Row, Event extends Tagged, Id, Key>(
  subject: ProjectionSubject<Row, Event, Id, Key>,
  runs: number,
  seed: number
): ReadonlyArray<ReadonlyArray<Schema.Json>> => {
  const tools = ProjectionTools.make(subject)
  const decode = new Map(
    originsOf(subject).map(({ aggregate }) => [
      aggregate.name,
      Schema.decodeUnknownResult(StoredForm.codec(aggregate.event))
    ])
  )
  const fits = (stream: string) => (event: Schema.Json) =>
    Result.isSuccess(decode.get(stream.slice(0, stream.indexOf("-")))!(event))
  return fc.sample(fc.oneof(logs(tools, "commands"), logs(tools, "events")), { numRuns: runs, seed }).map((log, i) =>
    log.map((entry, j) => {
      const { at, event, stream } = loggedOf(entry)
      return { stream, at, event: i % 2 === 0 ? event : rewordedBy(event, i + 3 * j, fits(stream)) }
    })
  )
}
