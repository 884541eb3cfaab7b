/** What the laws of projections are about: a projection with its handlers, and the aggregates that its events come from. */
import type { Schema } from "effect"
import { type Aggregate, Decider } from "eventfold"
import type { ProjectionFold } from "eventfold/generated"
import { StoredJson } from "eventfold/store"
import * as fc from "fast-check"
import * as Bench from "./Bench.ts"
import * as Histories from "../../Histories.ts"
import type { Pool } from "../draw/Pool.ts"
import type { Subject, Tagged } from "./Subject.ts"

/** Generated beside each projection's service: `AccountBalancesLaws`. */
export interface ProjectionSubject<Row, Event extends Tagged, Id, Key> {
  /** How a test imports this subject, for the code that is printed with a failure. */
  readonly name: string
  readonly definition: ProjectionFold.Definition<Row, Event, Id, Key>
  /** The aggregates that it reads, by their own subjects: logs are made of what their commands lead to. */
  readonly from: ReadonlyArray<Origin>
}

/** An event in stored form. */
export interface Told {
  readonly type: string
  readonly data: Schema.Json
}

/** One stream, while a log is made. */
export interface Instance {
  state: unknown
}

/** What happens next in a stream, whatever has happened in it before. */
export interface Move {
  /** Milliseconds since the one before. */
  readonly pause: number
  readonly happen: (instance: Instance, at: number, index: number, pool: Pool) => ReadonlyArray<Told>
}

/** An aggregate as a source of logs; made by `from`. */
export interface Origin {
  readonly aggregate: Aggregate.Reference
  readonly begin: () => Instance
  /** Commands, each as often as any other. */
  readonly commands: fc.Arbitrary<Move> | undefined
  /** Events such as `apply` takes, in any order. */
  readonly events: fc.Arbitrary<Move> | undefined
  /** The same with any values that their schemas let pass. */
  readonly extremes: fc.Arbitrary<Move> | undefined
}

/**
 * An aggregate whose events a projection reads.
 *
 * **When to use**
 *
 * Generated subjects of projections call it, once for each aggregate.
 *
 * @example
 * ```ts
 * import { Laws, ProjectionLaws } from "@eventfold/testing"
 *
 * const nameOf = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   ProjectionLaws.from(subject).aggregate.name
 * ```
 */
export const from = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>
): Origin => {
  const { aggregate, fold } = Bench.protectedFrom(subject)
  const { eventText, step } = Bench.make(subject)
  const tell = (event: Event): ReadonlyArray<Told> => {
    try {
      return [{ type: event._tag, data: StoredJson.parse(eventText(event)) }]
    } catch {
      // What has no stored form is in no log; that it has none is for the laws of its aggregate to report.
      return []
    }
  }
  // The states of an instance are of the type that `begin` gave it.
  const stateOf = ({ state }: Instance) => state as State
  const apply = (instance: Instance, event: Event): boolean => {
    const next = step(stateOf(instance), event)
    if (next.ok) instance.state = next.state
    return next.ok
  }
  const decided = (state: State, step: Histories.Step<Command>, index: number): ReadonlyArray<Event> => {
    try {
      const decided = subject.decide(state, step.command, Histories.factsOf(step, index))
      return Decider.isEvents(decided) ? decided : []
    } catch (error) {
      if (Histories.isNotWritten(error)) throw error
      // What else a decision throws is for the laws of its aggregate to tell.
      return []
    }
  }
  let [commands, realistic, extremes]: Array<fc.Arbitrary<Move> | undefined> = []
  const anyCommand = (): fc.Arbitrary<Move> | undefined =>
    Histories.moves(subject)?.map(({ choose, facts, pause }) => ({
      pause,
      happen: (instance, at, index, pool) => {
        const command = choose(pool)
        const events = decided(stateOf(instance), facts === undefined ? { at, command } : { at, command, facts }, index)
        const happened = events.filter((event) => apply(instance, event))
        pool.add(command)
        pool.add(instance.state)
        return happened.flatMap(tell)
      }
    }))
  const anyEvent = (range: "realistic" | "all"): fc.Arbitrary<Move> | undefined =>
    anyEventAfter(subject, range)?.map(({ choose, pause }) => ({
      pause,
      happen: (instance, _at, _index, pool) => {
        const event = choose(pool)
        if (!apply(instance, event)) return []
        pool.add(event)
        return tell(event)
      }
    }))
  return {
    aggregate,
    begin: () => ({ state: fold.initial }),
    // Asked for by laws: what is wrong with a schema is reported by a test, and not while its file is loaded.
    get commands() {
      return (commands ??= anyCommand())
    },
    get events() {
      return (realistic ??= anyEvent("realistic"))
    },
    get extremes() {
      return (extremes ??= anyEvent("all"))
    }
  }
}

const anyEventAfter = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  range: "realistic" | "all"
) => {
  const choose = Histories.anyEvent(subject, range)
  return choose && fc.record({ choose, pause: fc.nat({ max: 40 * 86_400_000 }) })
}
