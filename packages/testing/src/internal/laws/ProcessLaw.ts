/** The law that every process folds a history to the same states. */
import { Result, Schema } from "effect"
import * as fc from "fast-check"
import * as AggregateTools from "../subject/AggregateTools.ts"
import * as Histories from "../../Histories.ts"
import { agree } from "../processes/OtherProcesses.ts"
import { statesOf } from "../processes/ReplayProcess.ts"
import * as RandomEvents from "../draw/RandomEvents.ts"
import { rewordedBy } from "../draw/Rewording.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"
import { StoredJson } from "eventfold/tables"
import * as EventJson from "../subject/EventJson.ts"

/**
 * Checks that other processes fold the same histories to the same states: in other time zones and
 * locales, with other seeds for hashes and random numbers, and with other versions of Node.
 *
 * **When to use**
 *
 * It finds values that a module reads while it is loaded, which no guard sees, and values that a
 * library reads: `new Intl.Collator()` at the top of a file.
 *
 * **Details**
 *
 * This process draws the histories and folds them. So do three other processes, with the time zones
 * UTC, Pacific/Chatham and America/Sao_Paulo, the locales C, sv_SE and tr_TR, and two seeds between
 * them; with `isThorough`, one process for each combination. A process takes about half a second.
 *
 * **Errors**
 *
 * Rejects with a `Violation`, or with an `Error` if a process cannot load the module. The module
 * must load in plain Node, without the transforms of a test runner.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.processes(subject, { module: "src/generated/account.laws.ts" })
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const processes = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options: {
    /**
     * File that exports the subject, as a URL or a path from the working directory: a generated
     * `account.laws.ts`.
     */
    readonly module: string | URL
    /** Number of random histories. Defaults to 50. */
    readonly runs?: number
    /** Seed of the random histories. Defaults to a new seed at each run. */
    readonly seed?: number
    /**
     * `true` to run every combination of time zone, locale and seed instead of each value once: 18
     * processes instead of 3 for each version of Node.
     */
    readonly isThorough?: boolean
    /** Paths of other versions of Node, which run in addition to the current one. */
    readonly nodes?: ReadonlyArray<string>
    /** Events in stored form that are checked instead of random ones. A failure prints them. */
    readonly history?: ReadonlyArray<Schema.Json>
  }
): Promise<void> =>
  agree(
    {
      about: subject.aggregate.name,
      module: "Laws",
      subject: subject.name,
      claim: "other processes fold to the same states",
      option: "history",
      given: options.history,
      draw: (runs, seed) => drawn(AggregateTools.make(subject), runs, seed),
      statesOf: (history) => statesOf(subject, history),
      tagOf: (event) => String(Reflect.get(Object(event), "_tag"))
    },
    options
  )

const drawn = <State, Event extends Tagged, Command extends Tagged>(
  tools: AggregateTools.AggregateTools<State, Event, Command>,
  runs: number,
  seed: number
): ReadonlyArray<ReadonlyArray<Schema.Json>> => {
  const isState = (state: State): boolean => {
    try {
      return tools.stateText(state) !== ""
    } catch {
      return false // `stateText` throws if a state does not fit its schema
    }
  }
  const { subject } = tools
  const decode = EventJson.decoder(subject.codec.events)
  const arbitrary = fc.oneof(Histories.reachable(subject), RandomEvents.events(subject, isState))
  const fits = (event: Schema.Json) => Result.isSuccess(decode(event))
  return fc.sample(arbitrary, { numRuns: runs, seed }).map((events, i) =>
    events.map((event, j) => {
      const stored = StoredJson.parse(tools.eventText(event))
      return i % 2 === 0 ? stored : rewordedBy(stored, i + 3 * j, fits)
    })
  )
}
