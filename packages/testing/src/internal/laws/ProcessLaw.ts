/** The law that every process folds a history to the same states, wherever and whenever it runs. */
import { Result, Schema } from "effect"
import * as fc from "fast-check"
import * as AggregateTools from "../subject/AggregateTools.ts"
import * as Histories from "../../Histories.ts"
import { agree, type Options } from "../processes/OtherProcesses.ts"
import { statesOf } from "../processes/ReplayProcess.ts"
import { rewordedBy } from "../draw/Rewording.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"
import { StoredJson } from "eventfold/store"

/** Options of {@link processes}. */
export interface ProcessOptions extends Options {
  /** These events, in stored form, instead of random ones: what a failure prints. */
  readonly history?: ReadonlyArray<Schema.Json>
}

/**
 * Other processes fold the same histories to the same states: in other time zones and locales, with other seeds for hashes and random
 * numbers, by other versions of Node.
 *
 * **When to use**
 *
 * Against what is read when a module is loaded, where no guard stands, and what a library reads: `new Intl.Collator()` at the top of a file.
 *
 * **Details**
 *
 * Histories are drawn here, and folded here and by three processes, which between them have the time zones UTC, Pacific/Chatham and
 * America/Sao_Paulo, the locales C, sv_SE and tr_TR, and two seeds; with `isThorough`, by one for every combination. Each takes about
 * half a second.
 *
 * **Errors**
 *
 * Rejects with a `Violation`; with an `Error` where a process can't load the module: it has to load in plain Node, without the transforms of
 * a test runner.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.processes(subject, { module: "src/generated/account.laws.ts" })
 * ```
 */
export const processes = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options: ProcessOptions
): Promise<void> =>
  agree(
    {
      about: subject.aggregate.name,
      module: "Laws",
      subject: subject.name,
      claim: "other processes come to the same states",
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
      return false // `stateText` says by throwing that a state does not fit
    }
  }
  const { subject } = tools
  const decode = Schema.decodeUnknownResult(subject.codec.event)
  const arbitrary = fc.oneof(Histories.reachable(subject), Histories.events(subject, isState))
  const fits = (event: Schema.Json) => Result.isSuccess(decode(event))
  return fc.sample(arbitrary, { numRuns: runs, seed }).map((events, i) =>
    events.map((event, j) => {
      const stored = StoredJson.parse(tools.eventText(event))
      return i % 2 === 0 ? stored : rewordedBy(stored, i + 3 * j, fits)
    })
  )
}
