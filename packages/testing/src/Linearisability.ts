/** Whether what concurrent callers were told could have come from running their commands one after another. */
import { Schema } from "effect"
import { type Aggregate, Decider, type Repository } from "eventfold"
import { StoredForm } from "eventfold/generated"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"

/** A command, when it was begun and answered, and what the answer was. */
export interface Call<State, Event extends Tagged, Command extends Tagged> {
  /** The instance that it was for. */
  readonly instance: string
  readonly command: Command
  /** What it was decided with: `execute` takes both as options. */
  readonly facts: Decider.Facts
  /** Places in one order of all beginnings and endings, as a counter gives them. */
  readonly began: number
  readonly ended: number
  readonly outcome: Outcome<State, Event>
}

/** What a service says of a command. It need not say where in the log the events are. */
type Answered<State, Event> = Omit<Repository.Executed<State, Event>, "position">

export type Outcome<State, Event> =
  | ({ readonly _tag: "Executed" } & Answered<State, Event>)
  | { readonly _tag: "Refused"; readonly error: Tagged }

/**
 * What no order of the calls explains; empty where one order does that keeps what was answered before something began before it.
 *
 * **When to use**
 *
 * After a run of concurrent `execute`s, by one process or by several, that nobody else wrote beside.
 *
 * **Details**
 *
 * Versions say in which order commands were written: each must be what the decider decides on the state that those before it
 * lead to. A refusal, or a command without events, must be right at some moment between its beginning and its end.
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

/** A call whose events were written by it. */
interface Write<State, Event extends Tagged, Command extends Tagged> {
  readonly call: Call<State, Event, Command>
  readonly executed: Answered<State, Event>
}

const ofInstance = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate, codec, decide, fold }: Subject<State, Event, Command>,
  calls: ReadonlyArray<Call<State, Event, Command>>
): ReadonlyArray<string> => {
  const found: Array<string> = []
  const encodeState = Schema.encodeUnknownSync(codec.state)
  const stateText = (state: State) => JSON.stringify(encodeState(state))
  const encodeEvent = Schema.encodeUnknownSync(codec.event)
  const text = (decided: ReadonlyArray<Event> | Tagged) => {
    if (Decider.isEvents(decided)) return JSON.stringify(decided.map((event) => encodeEvent(event)))
    // Declarations take only schemas that are codecs.
    const schema = (aggregate as Aggregate.Any).errors[decided._tag] ?? Schema.Never
    return JSON.stringify(Schema.encodeUnknownSync(StoredForm.codec(schema))(decided))
  }
  const told = ({ command, facts }: Call<State, Event, Command>) => `${command._tag} (${facts.commandId})`

  const writes: Array<Write<State, Event, Command>> = []
  for (const call of calls) {
    const { outcome } = call
    if (outcome._tag === "Executed" && !outcome.repeated && outcome.events.length > 0) {
      writes.push({ call, executed: outcome })
    }
  }
  writes.sort((a, b) => a.executed.version - b.executed.version)

  // The states between the writes: `states[k]` is that after the first k of them.
  const states = [fold.initial]
  const versions = [0]
  for (const { call, executed } of writes) {
    const before = states.at(-1)!
    const version = versions.at(-1)! + executed.events.length
    if (executed.version !== version) {
      found.push(`${told(call)} was told version ${executed.version}, the commands before it lead to ${version}`)
    }
    const decided = text(decide(before, call.command, call.facts))
    if (decided !== text(executed.events)) {
      found.push(`${told(call)} was told ${text(executed.events)}, on the state before it is decided ${decided}`)
    }
    const after = fold.run(before, executed.events)
    if (stateText(after) !== stateText(executed.state)) {
      found.push(
        `${told(call)} was told the state ${stateText(executed.state)}, its events lead to ${stateText(after)}`
      )
    }
    states.push(after)
    versions.push(executed.version)
  }

  let earliestEnd = Infinity
  for (const { call } of writes.toReversed()) {
    if (earliestEnd < call.began) found.push(`${told(call)} began after one that is behind it had been answered`)
    earliestEnd = Math.min(earliestEnd, call.ended)
  }

  for (const call of calls) {
    const { outcome } = call
    if (outcome._tag === "Executed" && outcome.repeated) {
      const first = writes.find((write) => write.call.facts.commandId === call.facts.commandId)
      if (first === undefined) {
        found.push(`${told(call)} was told that it was run before, and was not`)
      } else if (
        first.executed.version !== outcome.version ||
        text(first.executed.events) !== text(outcome.events) ||
        stateText(first.executed.state) !== stateText(outcome.state)
      ) {
        found.push(`${told(call)} was told another result than the first time`)
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
      found.push(`${told(call)} was told ${expected}, which is decided on no state between its beginning and its end`)
    }
  }
  return found
}
