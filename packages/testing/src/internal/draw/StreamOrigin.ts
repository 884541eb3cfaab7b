/** Streams of an aggregate as a source of random logs. */
import { Decider } from "eventfold"
import * as fc from "fast-check"
import * as AggregateTools from "../subject/AggregateTools.ts"
import * as EventJson from "../subject/EventJson.ts"
import type { Instance, Move, Origin } from "../subject/ProjectionSubject.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"
import { anyEvent, factsOf, isNotWritten, maxPauseMs, moves } from "./Moves.ts"

/** Creates the source of events for an aggregate that a projection reads. */
export const make = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>
): Origin => {
  const { aggregate, fold } = AggregateTools.protectedFrom(subject)
  const { eventJson, step } = AggregateTools.make(subject)
  const storedOf = (event: Event): ReadonlyArray<EventJson.StoredEvent> => {
    try {
      return [EventJson.storedOf(eventJson(event))]
    } catch {
      // An event without a stored form is in no log. The laws of its aggregate report it.
      return []
    }
  }
  // The states of an instance have the type that `begin` gave it.
  const stateOf = ({ state }: Instance) => state as State
  const apply = (instance: Instance, event: Event): boolean => {
    const next = step(stateOf(instance), event)
    if (next.ok) instance.state = next.state
    return next.ok
  }
  const decided = (state: State, command: Command, facts: Decider.Facts): ReadonlyArray<Event> => {
    try {
      const decided = subject.decide(state, command, facts)
      return Decider.isEvents(decided) ? decided : []
    } catch (error) {
      if (isNotWritten(error)) throw error
      // The laws of the aggregate report every other error of a decision.
      return []
    }
  }
  let [commands, realistic, extremes]: Array<fc.Arbitrary<Move> | undefined> = []
  const anyCommand = (): fc.Arbitrary<Move> | undefined =>
    moves(subject)?.map(({ choose, facts = {}, pause }) => ({
      pause,
      happen: (instance, at, index, pool) => {
        const command = choose(pool)
        const events = decided(stateOf(instance), command, factsOf({ at, facts }, index))
        const happened = events.filter((event) => apply(instance, event))
        pool.add(command)
        pool.add(instance.state)
        return happened.flatMap(storedOf)
      }
    }))
  const anyEventMove = (range: "realistic" | "all"): fc.Arbitrary<Move> | undefined => {
    const choose = anyEvent(subject, range)
    if (choose === undefined) return undefined
    return fc.record({ choose, pause: fc.nat({ max: maxPauseMs }) }).map(({ choose, pause }) => ({
      pause,
      happen: (instance, _at, _index, pool) => {
        const event = choose(pool)
        if (!apply(instance, event)) return []
        pool.add(event)
        return storedOf(event)
      }
    }))
  }
  return {
    aggregate,
    begin: () => ({ state: fold.initial }),
    // Laws read these, so that a test reports a schema that nothing can be drawn from, and not the
    // loading of its file.
    get commands() {
      return (commands ??= anyCommand())
    },
    get events() {
      return (realistic ??= anyEventMove("realistic"))
    },
    get extremes() {
      return (extremes ??= anyEventMove("all"))
    }
  }
}

/**
 * Creates the source of events for an aggregate that a projection reads.
 *
 * **When to use**
 *
 * Generated subjects of projections call it once for each aggregate.
 *
 * @example
 * ```ts
 * import { Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const nameOf = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   ProjectionLaws.from(subject).aggregate.name
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const from = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>
): { readonly aggregate: { readonly name: string } } => make(subject)
