/** Histories to try the laws on: what random commands lead to, and random events. */
import { DateTime, type Schema } from "effect"
import { Decider } from "eventfold"
import * as fc from "fast-check"
import * as Arbitraries from "./Arbitraries.ts"
import * as Bench from "./Bench.ts"
import type { Subject, Tagged } from "./Subject.ts"

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

const members = <Member>(schemas: { readonly [tag: string]: Schema.Constraint }) =>
  Object.keys(schemas)
    .sort((a, b) => (a < b ? -1 : 1))
    // The declaration's schemas are those of the generated types, which the codec's types check.
    .map((tag) => [tag, Arbitraries.fromSchema(schemas[tag]!) as fc.Arbitrary<Member>] as const)

/** The same facts for the same step: a shrunk history decides as it did when it was found. */
export const factsOf = (step: Step<unknown>, index: number): Decider.Facts => ({
  ...step.facts,
  now: DateTime.makeUnsafe(step.at),
  commandId: `command-${index + 1}`
})

/**
 * Random commands with rising times, each of the declared commands as often as any other.
 *
 * **When to use**
 *
 * With `play`, for laws of your own over reachable states.
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
  { aggregate }: Subject<State, Event, Command>,
  options: Options = {}
): fc.Arbitrary<ReadonlyArray<Step<Command>>> => {
  const facts = Object.fromEntries(
    Object.entries(aggregate.facts).map(([fact, schema]) => [fact, Arbitraries.fromSchema(schema)])
  )
  const pause = fc.nat({ max: 40 * 86_400_000 })
  const paused = members<Command>(aggregate.commands).map(([tag, command]) => {
    const known = (aggregate.flow[tag]?.facts ?? []).map((fact) => [fact, facts[fact]!] as const)
    return known.length === 0
      ? fc.record({ command, pause })
      : fc.record({ command, pause, facts: fc.record(Object.fromEntries(known)) })
  })
  if (paused.length === 0) return fc.constant([])
  return fc.array(fc.oneof(...paused), { maxLength: options.length ?? 30, size: "max" }).map((all) => {
    let at = 0
    return all.map(({ pause, ...step }) => ({ ...step, at: (at += pause) }))
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
  const { decide, fold } = Bench.protectedFrom(subject)
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
  const { aggregate, fold } = Bench.protectedFrom(subject)
  const all = members<Event>(aggregate.events).map(([, event]) => event)
  if (all.length === 0) return fc.constant([])
  return fc.array(fc.oneof(...all), { maxLength: options.length ?? 30, size: "max" }).map((candidates) => {
    let state = fold.initial
    return candidates.filter((event) => {
      const next = after(() => fold.apply(state, event))
      if (next === undefined || !isState(next.state)) return false
      state = next.state
      return true
    })
  })
}

const after = <State>(apply: () => State): { readonly state: State } | undefined => {
  try {
    return { state: apply() }
  } catch (error) {
    // A stub nobody has written yet refuses everything: left out silently, its law would hold of nothing at all.
    if (error instanceof Error && error.name === "NotWritten") throw error
    return undefined
  }
}

/** How often each command was accepted and refused, and each event happened: whether a law was tried on anything. */
export interface Coverage {
  readonly accepted: { readonly [command: string]: number }
  readonly refused: { readonly [command: string]: number }
  readonly events: { readonly [event: string]: number }
}

/**
 * What so many random histories reach.
 *
 * **When to use**
 *
 * Where commands need much to be just so before one is accepted: an event that never happens was never tried by a law.
 */
export const coverage = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>,
  options: Options & { readonly runs?: number; readonly seed?: number } = {}
): Coverage => {
  const zeros = (tags: object) => Object.fromEntries(Object.keys(tags).map((tag) => [tag, 0]))
  const { aggregate } = subject
  const [accepted, refused, events] = [zeros(aggregate.commands), zeros(aggregate.commands), zeros(aggregate.events)]
  const count = (counts: Record<string, number>, tag: string) => (counts[tag] = (counts[tag] ?? 0) + 1)
  const seed = options.seed === undefined ? {} : { seed: options.seed }
  for (const all of fc.sample(steps(subject, options), { numRuns: options.runs ?? 100, ...seed })) {
    for (const outcome of play(subject, all).outcomes) {
      count(outcome.refusal === undefined ? accepted : refused, outcome.command)
      for (const event of outcome.events) count(events, event._tag)
    }
  }
  return { accepted, refused, events }
}
