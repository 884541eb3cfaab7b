/** Histories to try the laws on: what random commands lead to, and random events. */
import { Decider } from "eventfold"
import * as fc from "fast-check"
import * as AggregateTools from "./internal/subject/AggregateTools.ts"
import * as Sequence from "./internal/draw/Sequence.ts"
import { anyEvent, factsOf, isNotWritten, moves } from "./internal/draw/Moves.ts"
import { ValuePool } from "./internal/subject/ValuePool.ts"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"

/** A command and the time at which it comes, in milliseconds since 1970. */
export interface Step<Command> {
  readonly at: number
  readonly command: Command
  /** Declared facts that it is decided with. */
  readonly facts?: { readonly [fact: string]: unknown }
}

export interface Options {
  /** Most commands, or events, in one history; 30 unless given. */
  readonly length?: number
}

/** What a decision did with one command. */
export interface Outcome<Event> {
  readonly command: string
  readonly events: ReadonlyArray<Event>
  /** The error that refused it. */
  readonly refusal: Tagged | undefined
}

export interface Played<Event> {
  readonly events: ReadonlyArray<Event>
  readonly outcomes: ReadonlyArray<Outcome<Event>>
  /** What `decide` threw, at the command after the last outcome: the play ends there. */
  readonly thrown: { readonly error: unknown } | undefined
}

/**
 * Random commands with rising times, each of the declared commands as often as any other.
 *
 * **When to use**
 *
 * With `play`, for laws of your own over reachable states.
 *
 * **Details**
 *
 * Every third field or so takes a value that came before: from an earlier command, or from the state at that moment. So ids meet, and
 * amounts are now and then just as much as there is.
 *
 * @example
 * ```ts
 * import { Histories, type Laws } from "@eventfold/testing"
 * import * as fc from "fast-check"
 *
 * const oneEventEach = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   fc.property(Histories.steps(subject), (steps) => Histories.play(subject, steps).events.length <= steps.length)
 * ```
 */
export const steps = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options: Options = {}
): fc.Arbitrary<ReadonlyArray<Step<Command>>> => {
  const move = moves(subject)
  if (move === undefined) return fc.constant([])
  const { decide, fold } = AggregateTools.protectedFrom(subject)
  return Sequence.of(move, options.length ?? 30).map((all) => {
    const pool = new ValuePool()
    let at = 0
    let state = fold.initial
    return all.map(({ choose, facts, pause }, i) => {
      at += pause
      const command = choose(pool)
      const step: Step<Command> = facts === undefined ? { at, command } : { at, command, facts }
      pool.add(command)
      // What throws is drawn all the same: the law that runs it meets the error, and reports it.
      const next = after(() => {
        const decided = decide(state, command, factsOf(step, i))
        return Decider.isEvents(decided) ? decided.reduce((state, event) => fold.apply(state, event), state) : state
      })
      if ("state" in next) pool.add((state = next.state))
      return step
    })
  })
}

/**
 * Puts commands through `decide`, one after the other; after a refusal it goes on with the next.
 *
 * **Gotchas**
 *
 * It ends where `decide` throws (`thrown` says what), and with the event at which `apply` throws.
 */
export const play = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  steps: ReadonlyArray<Step<Command>>
): Played<Event> => {
  const { decide, fold } = AggregateTools.protectedFrom(subject)
  const events: Array<Event> = []
  const outcomes: Array<Outcome<Event>> = []
  let state = fold.initial
  for (const [i, step] of steps.entries()) {
    let decided: ReadonlyArray<Event> | Tagged
    try {
      decided = decide(state, step.command, factsOf(step, i))
    } catch (error) {
      return { events, outcomes, thrown: { error } }
    }
    const command = step.command._tag
    if (!Decider.isEvents(decided)) {
      outcomes.push({ command, events: [], refusal: decided })
      continue
    }
    outcomes.push({ command, events: decided, refusal: undefined })
    for (const event of decided) {
      events.push(event)
      try {
        state = fold.apply(state, event)
      } catch {
        // The history is whole up to the event that `apply` throws at: the law that folds it meets the error and reports it.
        return { events, outcomes, thrown: undefined }
      }
    }
  }
  return { events, outcomes, thrown: undefined }
}

/**
 * Histories that could really have happened: random commands, put through `decide`.
 *
 * **Gotchas**
 *
 * An error thrown by `decide` is thrown on.
 */
export const reachable = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options?: Options
): fc.Arbitrary<ReadonlyArray<Event>> =>
  steps(subject, options).map((all) => {
    const { events, thrown } = play(subject, all)
    if (thrown !== undefined) throw thrown.error
    return events
  })

/**
 * Random events, in any order: what no command leads to today may be stored from yesterday.
 *
 * **Details**
 *
 * An event at which `apply` throws, or which takes the state out of its schema, is left out.
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
      const next = after(() => fold.apply(state, event))
      if ("error" in next && isNotWritten(next.error)) throw next.error
      if ("error" in next || !isState(next.state)) return []
      pool.add(event)
      pool.add((state = next.state))
      return [event]
    })
  })
}

/**
 * Random events with any values that their schemas let pass, NaN and the year 275760 among them, whether or not `apply` takes them.
 *
 * **When to use**
 *
 * For what has to hold of every value, and not only of those that handlers meet: that it survives its codec.
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

/** The next state, or what a handler threw. */
const after = <State>(next: () => State): Attempt<State> => {
  try {
    return { state: next() }
  } catch (error) {
    return { error }
  }
}
