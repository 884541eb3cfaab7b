/** The law that handlers read only their arguments. */
import { Decider } from "eventfold"
import * as AggregateTools from "../subject/AggregateTools.ts"
import * as Histories from "../../Histories.ts"
import { factsOf } from "../draw/Moves.ts"
import * as Law from "./Law.ts"
import type { Tagged } from "../subject/Subject.ts"

/**
 * Checks that `apply` and `decide` read only their arguments: no clock, randomness, environment,
 * locale, file, network or timer.
 *
 * **When to use**
 *
 * It finds handlers whose result depends on the time or the machine.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Gotchas**
 *
 * Import `@eventfold/testing` before the handlers. `Hermetic` lists the accesses that no guard can
 * see.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.hermetic(subject)
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const hermetic = Law.make({
  name: "hermetic",
  claim: "handlers read only their arguments",
  of: "any events",
  events: ({ subject: { aggregate, fold } }, events) => {
    let state = fold.initial
    for (const [at, event] of events.entries()) {
      const next = AggregateTools.runHermetic(`${aggregate.name}.apply ${event._tag}`, () => fold.apply(state, event))
      if (!next.ok) return { at, because: next.because }
      state = next.result
    }
    return undefined
  },
  steps: <State, Event extends Tagged, Command extends Tagged>(
    { subject: { aggregate, decide, fold } }: AggregateTools.AggregateTools<State, Event, Command>,
    steps: ReadonlyArray<Histories.Step<Command>>
  ) => {
    const events: Array<Event> = []
    let state = fold.initial
    for (const [at, step] of steps.entries()) {
      const { command } = step
      const facts = factsOf(step, at)
      const decided = AggregateTools.runHermetic(`${aggregate.name}.decide ${command._tag}`, () =>
        decide(state, command, facts)
      )
      if (!decided.ok) return { at, because: decided.because }
      if (!Decider.isEvents(decided.result)) continue
      for (const event of decided.result) {
        events.push(event)
        const next = AggregateTools.runHermetic(`${aggregate.name}.apply ${event._tag}`, () => fold.apply(state, event))
        if (!next.ok) return { at: events.length - 1, because: next.because, events }
        state = next.result
      }
    }
    return undefined
  }
})
