/**
 * Random events of an aggregate, in any order: those that `apply` accepts, and those with extreme
 * values.
 */
import * as fc from "fast-check"
import type { Subject, Tagged } from "../subject/Subject.ts"
import * as AggregateTools from "../subject/AggregateTools.ts"
import { ValuePool } from "../subject/ValuePool.ts"
import { anyEvent, isNotWritten } from "./Moves.ts"
import * as Sequence from "./Sequence.ts"

interface Options {
  /** Maximum number of events. Defaults to 30. */
  readonly length?: number
}

/**
 * Draws events in any order. Events that no current command leads to can be stored by an earlier
 * release.
 *
 * **Details**
 *
 * Omits an event at which `apply` throws, and an event after which the state does not fit its
 * schema.
 */
export const events = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  isState: (state: State) => boolean,
  options: Options = {}
): fc.Arbitrary<ReadonlyArray<Event>> => {
  const { fold } = AggregateTools.protectedFrom(subject)
  const event = anyEvent(subject)
  if (event === undefined) return fc.constant([])
  return Sequence.of(event, options.length ?? 30).map((candidates) => {
    const pool = new ValuePool()
    let state = fold.initial
    return candidates.flatMap((choose) => {
      const event = choose(pool)
      const next = attempt(() => fold.apply(state, event))
      if ("error" in next && isNotWritten(next.error)) throw next.error
      if ("error" in next || !isState(next.state)) return []
      pool.add(event)
      pool.add((state = next.state))
      return [event]
    })
  })
}

/**
 * Draws events with all values that their schemas allow, such as NaN and the year 275760, even if
 * `apply` refuses them.
 *
 * **When to use**
 *
 * Use it for properties of every value, and not only of realistic ones, such as codecs.
 */
export const extremes = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options: Options = {}
): fc.Arbitrary<ReadonlyArray<Event>> => {
  const event = anyEvent(subject, "all")
  if (event === undefined) return fc.constant([])
  return Sequence.of(event, options.length ?? 30).map((candidates) => {
    const pool = new ValuePool()
    return candidates.map((choose) => {
      const event = choose(pool)
      pool.add(event)
      return event
    })
  })
}

type Attempt<State> = { readonly state: State } | { readonly error: unknown }

/** Computes the next state, or returns the error of a handler. */
export const attempt = <State>(next: () => State): Attempt<State> => {
  try {
    return { state: next() }
  } catch (error) {
    return { error }
  }
}
