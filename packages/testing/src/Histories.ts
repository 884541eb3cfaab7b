/** Histories to try the laws on: what random commands lead to, and random events. */
import { DateTime, type Schema } from "effect"
import { type Aggregate, Decider } from "eventfold"
import * as fc from "fast-check"
import * as Arbitraries from "./Arbitraries.ts"
import * as Bench from "./internal/subject/Bench.ts"
import * as Sequence from "./internal/draw/Sequence.ts"
import { borrowing, Pool } from "./internal/draw/Pool.ts"
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

/** The kind of what a struct is, for the message of an error. */
type Kind = "command" | "event"

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

/** Each of these structs as often as any other, with values that were seen before in some of its fields. */
const members = <Member>(
  { name }: Aggregate.Reference,
  kind: Kind,
  schemas: { readonly [tag: string]: Schema.Constraint },
  range: Arbitraries.SchemaOptions["range"] = "realistic"
) =>
  Object.keys(schemas)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((tag) => {
      const { apply, choices } = borrowing(schemas[tag]!)
      // The declaration's schemas are those of the generated types, which the codec's types check.
      const drawn = Arbitraries.fromSchema(schemas[tag]!, {
        range,
        what: `${kind} ${tag} of ${name}`
      }) as fc.Arbitrary<Member>
      const choose = fc.tuple(drawn, choices).map(
        ([value, taken]) =>
          (pool: Pool) =>
            apply(value, taken, pool)
      )
      return [tag, choose] as const
    })

/** A command that is not settled before it is known what came before it. */
export interface Move<Command> {
  /** Milliseconds since the one before. */
  readonly pause: number
  readonly choose: (pool: Pool) => Command
  readonly facts?: { readonly [fact: string]: unknown }
}

/** Each of the declared commands as often as any other; undefined where there are none. */
export const moves = <State, Event extends Tagged, Command extends Tagged>({
  aggregate
}: Subject<State, Event, Command>): fc.Arbitrary<Move<Command>> | undefined => {
  const facts = Object.fromEntries(
    Object.entries(aggregate.facts).map(([fact, schema]) => {
      const what = `fact ${fact} of ${aggregate.name}`
      return [fact, Arbitraries.fromSchema(schema, { what })]
    })
  )
  const pause = fc.nat({ max: 40 * 86_400_000 })
  const all = members<Command>(aggregate, "command", aggregate.commands).map(([tag, choose]) => {
    const known = (aggregate.flow[tag]?.facts ?? []).map((fact) => [fact, facts[fact]!] as const)
    return known.length === 0
      ? fc.record({ choose, pause })
      : fc.record({ choose, pause, facts: fc.record(Object.fromEntries(known)) })
  })
  return all.length === 0 ? undefined : fc.oneof(...all)
}

/** Each of the declared events as often as any other; undefined where there are none. */
export const anyEvent = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate }: Subject<State, Event, Command>,
  range?: Arbitraries.SchemaOptions["range"]
): fc.Arbitrary<(pool: Pool) => Event> | undefined => {
  const all = members<Event>(aggregate, "event", aggregate.events, range).map(([, choose]) => choose)
  return all.length === 0 ? undefined : fc.oneof(...all)
}

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
  const { decide, fold } = Bench.protectedFrom(subject)
  return Sequence.of(move, options.length ?? 30).map((all) => {
    const pool = new Pool()
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
  const { fold } = Bench.protectedFrom(subject)
  const event = anyEvent(subject)
  if (event === undefined) return fc.constant([])
  return Sequence.of(event, options.length ?? 30).map((candidates) => {
    const pool = new Pool()
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
    const pool = new Pool()
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

/** A stub nobody has written yet refuses everything: left out silently, its law would hold of nothing at all. */
export const isNotWritten = (error: unknown): boolean => error instanceof Error && error.name === "NotWritten"
