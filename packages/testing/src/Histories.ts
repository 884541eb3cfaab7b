/** Random histories of an aggregate, which random commands lead to. */
import { Decider } from "eventfold"
import * as fc from "fast-check"
import * as AggregateTools from "./internal/subject/AggregateTools.ts"
import * as Sequence from "./internal/draw/Sequence.ts"
import { attempt } from "./internal/draw/RandomEvents.ts"
import { factsOf, moves } from "./internal/draw/Moves.ts"
import { ValuePool } from "./internal/subject/ValuePool.ts"
import type { Subject, Tagged } from "./internal/subject/Subject.ts"

/**
 * A command of a history.
 *
 * **When to use**
 *
 * `steps` draws them. Write them yourself to play commands of your choice.
 *
 * @since 0.1.0
 * @category models
 */
export interface Step<Command> {
  /** Time of the command, in milliseconds since 1970. */
  readonly at: number
  readonly command: Command
  /** Declared facts of the decision. */
  readonly facts?: { readonly [fact: string]: unknown }
}

/**
 * Draws commands with rising times. Declared commands have equal probability.
 *
 * **When to use**
 *
 * Use it with `play` for your own laws of reachable states.
 *
 * **Details**
 *
 * About every third field takes an earlier value: from a command, or from the current state. So ids
 * occur again, and amounts are sometimes exactly the balance.
 *
 * @example
 * ```ts
 * import { Histories, type Laws } from "@eventfold/testing"
 * import * as fc from "fast-check"
 *
 * const oneEventEach = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   fc.property(Histories.steps(subject), (steps) => Histories.play(subject, steps).events.length <= steps.length)
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const steps = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options: {
    /** Maximum number of commands. Defaults to 30. */
    readonly length?: number
  } = {}
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
      // A command at which a handler throws is still drawn: the law that runs it reports the error.
      const next = attempt(() => {
        const decided = decide(state, command, factsOf(step, i))
        return Decider.isEvents(decided) ? decided.reduce((state, event) => fold.apply(state, event), state) : state
      })
      if ("state" in next) pool.add((state = next.state))
      return step
    })
  })
}

/**
 * Decides commands one after another, and folds their events. A refused command does not end the
 * play.
 *
 * **When to use**
 *
 * Use it with `steps` for your own laws of what commands lead to, and of which commands are
 * refused.
 *
 * **Gotchas**
 *
 * The play ends if `decide` throws (the error is in `thrown`), and with the event at which `apply`
 * throws.
 *
 * @example
 * ```ts
 * import { Histories, type Laws } from "@eventfold/testing"
 *
 * const errorsOf = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>, commands: ReadonlyArray<C>) => {
 *   const steps = commands.map((command, i) => ({ at: 1_000 * i, command }))
 *   return Histories.play(subject, steps).outcomes.flatMap(({ refusal }) => refusal?._tag ?? [])
 * }
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const play = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  steps: ReadonlyArray<Step<Command>>
): {
  readonly events: ReadonlyArray<Event>
  readonly outcomes: ReadonlyArray<{
    /** Tag of the command. */
    readonly command: string
    /** Events of an accepted command. */
    readonly events: ReadonlyArray<Event>
    /** Error of a refused command. */
    readonly refusal: Tagged | undefined
  }>
  /** Error that `decide` threw at the command after the last outcome, where the play ends. */
  readonly thrown: { readonly error: unknown } | undefined
} => {
  const { decide, fold } = AggregateTools.protectedFrom(subject)
  const events: Array<Event> = []
  const outcomes: Array<{ command: string; events: ReadonlyArray<Event>; refusal: Tagged | undefined }> = []
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
        // The history ends with the event at which `apply` throws: the law that folds it reports
        // the error.
        return { events, outcomes, thrown: undefined }
      }
    }
  }
  return { events, outcomes, thrown: undefined }
}

/**
 * Draws histories that can really happen: the events of random commands that `decide` accepts.
 *
 * **When to use**
 *
 * Use it for your own laws of the fold, such as a sum that every history keeps.
 *
 * **Errors**
 *
 * A property throws the errors that `decide` throws.
 *
 * @example
 * ```ts
 * import { Histories, type Laws } from "@eventfold/testing"
 * import * as fc from "fast-check"
 *
 * const alwaysHolds = <S, E extends Laws.Tagged, C extends Laws.Tagged>(
 *   subject: Laws.Subject<S, E, C>,
 *   holds: (state: S) => boolean
 * ) =>
 *   fc.property(Histories.reachable(subject, { length: 50 }), (events) =>
 *     holds(subject.fold.run(subject.fold.initial, events))
 *   )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const reachable = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options: {
    /** Maximum number of commands. Defaults to 30. */
    readonly length?: number
  } = {}
): fc.Arbitrary<ReadonlyArray<Event>> =>
  steps(subject, options).map((all) => {
    const { events, thrown } = play(subject, all)
    if (thrown !== undefined) throw thrown.error
    return events
  })
