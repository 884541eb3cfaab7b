/** Random commands and events whose fields can take values that came before in the history. */
import { DateTime, type Schema } from "effect"
import type { Aggregate, Decider } from "eventfold"
import * as fc from "fast-check"
import type { Range } from "./Drawing.ts"
import * as Arbitraries from "../../Arbitraries.ts"
import type { Subject, Tagged } from "../subject/Subject.ts"
import type { ValuePool } from "../subject/ValuePool.ts"
import { borrowing } from "./Borrowing.ts"

/** Noun for a struct in the message of an error. */
type Noun = "command" | "event"

/** Maximum time between two moves of a stream. */
export const maxPauseMs = 40 * 86_400_000

/** An arbitrary for each of the structs. Some of its fields take values from the pool. */
const members = <Member>(
  { name }: Aggregate.Reference,
  noun: Noun,
  schemas: { readonly [tag: string]: Schema.Constraint },
  range: Range = "realistic"
) =>
  Object.keys(schemas)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((tag) => {
      const { apply, choices } = borrowing(schemas[tag]!)
      // The declaration's schemas are those of the generated types, which the types of the codec
      // check.
      const drawn = Arbitraries.fromSchema(schemas[tag]!, {
        range,
        what: `${noun} ${tag} of ${name}`
      }) as fc.Arbitrary<Member>
      const choose = fc.tuple(drawn, choices).map(
        ([value, taken]) =>
          (pool: ValuePool) =>
            apply(value, taken, pool)
      )
      return [tag, choose] as const
    })

/** A command that is chosen once the history before it is known. */
export interface Move<Command> {
  /** Milliseconds since the previous move. */
  readonly pause: number
  readonly choose: (pool: ValuePool) => Command
  readonly facts?: { readonly [fact: string]: unknown }
}

/** Draws the declared commands with equal probability; `undefined` if no command is declared. */
export const moves = <State, Event extends Tagged, Command extends Tagged>({
  aggregate
}: Subject<State, Event, Command>): fc.Arbitrary<Move<Command>> | undefined => {
  const facts = Object.fromEntries(
    Object.entries(aggregate.facts).map(([fact, schema]) => {
      const what = `fact ${fact} of ${aggregate.name}`
      return [fact, Arbitraries.fromSchema(schema, { what })]
    })
  )
  const pause = fc.nat({ max: maxPauseMs })
  const all = members<Command>(aggregate, "command", aggregate.commands).map(([tag, choose]) => {
    const known = (aggregate.flow[tag]?.facts ?? []).map((fact) => [fact, facts[fact]!] as const)
    return known.length === 0
      ? fc.record({ choose, pause })
      : fc.record({ choose, pause, facts: fc.record(Object.fromEntries(known)) })
  })
  return all.length === 0 ? undefined : fc.oneof(...all)
}

/** Draws the declared events with equal probability; `undefined` if no event is declared. */
export const anyEvent = <State, Event extends Tagged, Command extends Tagged>(
  { aggregate }: Subject<State, Event, Command>,
  range?: Range
): fc.Arbitrary<(pool: ValuePool) => Event> | undefined => {
  const all = members<Event>(aggregate, "event", aggregate.events, range).map(([, choose]) => choose)
  return all.length === 0 ? undefined : fc.oneof(...all)
}

/**
 * Returns the facts of a step. They are the same each time, so that a shrunk history decides as the
 * found one did.
 */
export const factsOf = (
  step: { readonly at: number; readonly facts?: { readonly [fact: string]: unknown } },
  index: number
): Decider.Facts => ({
  ...step.facts,
  now: DateTime.makeUnsafe(step.at),
  commandId: `command-${index + 1}`
})

/**
 * Checks that an error comes from a stub that `gen` wrote and that is not implemented yet. Such a
 * stub refuses every value: if laws skipped those values, they would pass without testing anything.
 */
export const isNotWritten = (error: unknown): boolean => error instanceof Error && error.name === "NotWritten"
