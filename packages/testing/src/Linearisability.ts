/** Linearisability: concurrent commands have the results of some sequential order of them. */
import { Schema } from "effect"
import { type Aggregate, Decider, type Repository } from "eventfold"
import { StoredForm } from "eventfold/generated"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"
import * as EventJson from "./internal/subject/EventJson.ts"

/**
 * A command that a caller ran, with the times of its begin and end, and its outcome.
 *
 * **When to use**
 *
 * Record one for each call of `execute` in a test of concurrent callers, for `problems`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Call<State, Event extends Tagged, Command extends Tagged> {
  /** Id of the instance. */
  readonly instance: string
  readonly command: Command
  /** Facts of the decision: `execute` takes the time and the id of the command as options. */
  readonly facts: Decider.Facts
  /** Numbers in the order of all begins and ends, from one counter. */
  readonly began: number
  readonly ended: number
  /** Result of `execute`, without the position in the log, or the error of the decision. */
  readonly outcome:
    | ({ readonly _tag: "Executed" } & Omit<Repository.Executed<State, Event>, "position">)
    | { readonly _tag: "Refused"; readonly error: Tagged }
}

/**
 * Returns the outcomes that no sequential order explains. The result is empty if some order
 * explains all outcomes and keeps each call that ended before another began before it.
 *
 * **When to use**
 *
 * Use it after concurrent calls of `execute`, by one process or several, if no other writer
 * appended to the streams.
 *
 * **Details**
 *
 * Versions give the order of the writes: each must be the decision on the state that the writes
 * before it lead to. A refusal, or a command without events, must be the decision at some moment
 * between its begin and its end.
 *
 * @example
 * ```ts
 * import { type Laws, Linearisability } from "@eventfold/testing"
 *
 * const check = <S, E extends Laws.Tagged, C extends Laws.Tagged>(
 *   subject: Laws.Subject<S, E, C>,
 *   calls: ReadonlyArray<Linearisability.Call<S, E, C>>
 * ) => {
 *   const problems = Linearisability.problems(subject, calls)
 *   if (problems.length > 0) throw new Error(problems.join("\n"))
 * }
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const problems = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  calls: ReadonlyArray<Call<State, Event, Command>>
): ReadonlyArray<string> => {
  const instances = Map.groupBy(calls, ({ instance }) => instance)
  return [...instances].flatMap(([instance, calls]) =>
    ofInstance(subject, calls).map((problem) => `${instance}: ${problem}`)
  )
}

/** A call that wrote events. */
interface Write<State, Event extends Tagged, Command extends Tagged> {
  readonly call: Call<State, Event, Command>
  readonly executed: Omit<Repository.Executed<State, Event>, "position">
}

const ofInstance = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate, codec, decide, fold }: Subject<State, Event, Command>,
  calls: ReadonlyArray<Call<State, Event, Command>>
): ReadonlyArray<string> => {
  const found: Array<string> = []
  const encodeState = Schema.encodeUnknownSync(codec.state)
  const stateText = (state: State) => JSON.stringify(encodeState(state))
  const encodeEvent = EventJson.encoder(codec.events)
  const text = (decided: ReadonlyArray<Event> | Tagged) => {
    if (Decider.isEvents(decided)) return JSON.stringify(decided.map((event) => encodeEvent(event)))
    // Declarations accept only schemas that are codecs.
    const schema = (aggregate as Aggregate.Any).errors[decided._tag] ?? Schema.Never
    return JSON.stringify(Schema.encodeUnknownSync(StoredForm.codec(schema))(decided))
  }
  const nameOf = ({ command, facts }: Call<State, Event, Command>) => `${command._tag} (${facts.commandId})`

  const writes: Array<Write<State, Event, Command>> = []
  for (const call of calls) {
    const { outcome } = call
    if (outcome._tag === "Executed" && !outcome.repeated && outcome.events.length > 0) {
      writes.push({ call, executed: outcome })
    }
  }
  writes.sort((a, b) => a.executed.version - b.executed.version)

  // The states between the writes: `states[k]` is the state after the first k writes.
  const states = [fold.initial]
  const versions = [0]
  for (const { call, executed } of writes) {
    const before = states.at(-1)!
    const version = versions.at(-1)! + executed.events.length
    if (executed.version !== version) {
      found.push(`${nameOf(call)} returned version ${executed.version}, but the commands before it lead to ${version}`)
    }
    const decided = text(decide(before, call.command, call.facts))
    if (decided !== text(executed.events)) {
      found.push(
        `${nameOf(call)} returned ${text(executed.events)}, but the decision on the state before it is ${decided}`
      )
    }
    const after = fold.run(before, executed.events)
    if (stateText(after) !== stateText(executed.state)) {
      found.push(
        `${nameOf(call)} returned the state ${stateText(executed.state)}, but its events lead to ${stateText(after)}`
      )
    }
    states.push(after)
    versions.push(executed.version)
  }

  let earliestEnd = Infinity
  for (const { call } of writes.toReversed()) {
    if (earliestEnd < call.began) found.push(`${nameOf(call)} began after a command that was written later had ended`)
    earliestEnd = Math.min(earliestEnd, call.ended)
  }

  for (const call of calls) {
    const { outcome } = call
    if (outcome._tag === "Executed" && outcome.repeated) {
      const first = writes.find((write) => write.call.facts.commandId === call.facts.commandId)
      if (first === undefined) {
        found.push(`${nameOf(call)} was reported as a repeat, but did not run before`)
      } else if (
        first.executed.version !== outcome.version ||
        text(first.executed.events) !== text(outcome.events) ||
        stateText(first.executed.state) !== stateText(outcome.state)
      ) {
        found.push(`${nameOf(call)} returned another result than the first time`)
      }
      continue
    }
    if (outcome._tag === "Executed" && outcome.events.length > 0) continue
    const least = writes.filter((write) => write.call.ended < call.began).length
    const most = writes.filter((write) => write.call.began <= call.ended).length
    const expected = text(outcome._tag === "Executed" ? [] : outcome.error)
    const fits = (k: number) =>
      text(decide(states[k]!, call.command, call.facts)) === expected &&
      (outcome._tag === "Refused" ||
        (outcome.version === versions[k] && stateText(outcome.state) === stateText(states[k]!)))
    const moments = states.map((_, k) => k).filter((k) => k >= least && k <= most)
    if (!moments.some(fits)) {
      found.push(
        `${nameOf(call)} returned ${expected}, which is not the decision on any state between its begin and its end`
      )
    }
  }
  return found
}
