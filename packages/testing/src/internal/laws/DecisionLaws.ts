/** Laws of decisions; they hold of what commands lead to. */
import { Result, Schema } from "effect"
import { type Aggregate, Decider } from "eventfold"
import { StoredForm } from "eventfold/generated"
import * as AggregateTools from "../subject/AggregateTools.ts"
import type { Divergence } from "../subject/Divergence.ts"
import * as Differences from "../subject/Divergence.ts"
import * as Histories from "../../Histories.ts"
import { factsOf } from "../draw/Moves.ts"
import * as Law from "./Law.ts"
import type { Tagged } from "../subject/Subject.ts"

/**
 * What `decide` emits and refuses with is what the command declares and fits its schema; `apply` accepts it, and states stay
 * valid. Deciding twice on the same facts gives the same, inputs untouched.
 *
 * **When to use**
 *
 * Against decisions that the declaration, and so the types of `execute` and the catalog, know nothing of.
 *
 * **Errors**
 *
 * Throws a `Violation`; a `TypeError` where it is given a `history`: it is about `commands`.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.decisions(subject, { commands: [{ at: "1993-03-03T12:00:00Z", command: { _tag: "OpenAccount" } }] })
 * ```
 */
export const decisions: Law.Law = Law.make({
  name: "decisions",
  claim: "a decision is what its command declares, and apply accepts it",
  of: "reachable states",
  steps: ({ step, subject }, steps) => {
    const fits = fitting(subject.aggregate)
    let state = subject.fold.initial
    for (const [at, given] of steps.entries()) {
      const facts = factsOf(given, at)
      const { command } = given
      const decide = () => {
        try {
          return { decided: subject.decide(AggregateTools.frozen(state), AggregateTools.frozen(command), facts) }
        } catch (error) {
          return { because: `decide ${AggregateTools.failing(error)}` }
        }
      }
      const [first, second] = [decide(), decide()]
      if (first.decided === undefined) return { at, because: first.because }
      const { decided } = first
      const because = fits(command._tag, decided)
      if (because !== undefined) return { at, because }
      if (second.decided === undefined) return { at, because: `deciding again, ${second.because}` }
      const differences = fits.differences(decided, second.decided)
      if (differences.length > 0) {
        const because = "deciding again, on the same state and facts, gave something else (first → second)"
        return { at, because, differences }
      }
      if (!Decider.isEvents(decided)) continue
      for (const event of decided) {
        const next = step(state, event)
        if (!next.ok) return { at, because: `applying its ${event._tag}, ${next.because}` }
        state = next.state
      }
    }
    return undefined
  }
})

/** What is wrong with a decision by its declaration, if anything. */
const fitting = ({ errors, events, flow }: Aggregate.Reference) => {
  // `Object.hasOwn`: a tag may be called "constructor".
  const schemaOf = (schemas: typeof events, { _tag }: Tagged) =>
    Object.hasOwn(schemas, _tag) ? schemas[_tag] : undefined
  const problemOf = (schemas: typeof events, value: Tagged): string | undefined => {
    const schema = schemaOf(schemas, value)
    if (schema === undefined) return `${value._tag} is not declared`
    const checked = Schema.decodeUnknownResult(Schema.toType(schema), AggregateTools.strict)(value)
    return Result.isFailure(checked)
      ? `${value._tag} does not fit its schema: ${AggregateTools.messageOf(checked.failure)}`
      : undefined
  }
  const fits = (command: string, decided: ReadonlyArray<Tagged> | Tagged): string | undefined => {
    const { emits = [], fails = [] } = flow[command] ?? {}
    if (!Decider.isEvents(decided)) {
      if (fails.includes(decided._tag)) return problemOf(errors, decided)
      return `it was refused with ${decided._tag}, but ${command} declares to fail with ${list(fails)}`
    }
    for (const event of decided) {
      if (!emits.includes(event._tag)) return `it emitted ${event._tag}, but ${command} declares to emit ${list(emits)}`
      const problem = problemOf(events, event)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  const stored = (value: Tagged): Schema.Json => {
    // Declarations take only schemas that are codecs.
    const schema = (schemaOf(events, value) ?? schemaOf(errors, value)) as Schema.Codec<unknown, unknown> | undefined
    return schema === undefined ? null : Schema.encodeUnknownSync(StoredForm.codec(schema))(value)
  }
  const told = (decided: ReadonlyArray<Tagged> | Tagged): Schema.Json =>
    Decider.isEvents(decided) ? { events: decided.map(stored) } : { refusal: stored(decided) }
  const differences = (a: ReadonlyArray<Tagged> | Tagged, b: ReadonlyArray<Tagged> | Tagged) =>
    Differences.between(told(a), told(b))
  return Object.assign(fits, { differences })
}

const list = (tags: ReadonlyArray<string>) => (tags.length === 0 ? "nothing" : tags.join(", "))

/**
 * What the aggregate declares as always true holds in every state that commands lead to, the initial one included.
 *
 * **When to use**
 *
 * Against decisions that should have been refused.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.invariants(subject)
 * ```
 */
export const invariants: Law.Law = Law.make({
  name: "invariants",
  claim: "declared invariants hold in every reachable state",
  of: "reachable states",
  events: ({ differences, states, subject }, events) => {
    const whole = states(events)
    if (!whole.ok) return whole.divergence
    for (const [i, state] of whole.states.entries()) {
      const claim = brokenBy(subject.aggregate, state)
      if (claim === undefined) continue
      return broken(i - 1, claim, differences(whole.states[i - 1] ?? state, state))
    }
    return undefined
  },
  steps: ({ differences, step, subject }, steps) => {
    const { aggregate, fold } = subject
    let before = fold.initial
    const initial = brokenBy(aggregate, before)
    if (initial !== undefined) return broken(-1, initial, [])
    const { outcomes, thrown } = Histories.play(subject, steps)
    for (const [at, outcome] of outcomes.entries()) {
      // Whole decisions count, not their parts: `execute` stores all events of a command or none.
      let state = before
      for (const event of outcome.events) {
        const next = step(state, event)
        if (!next.ok) return { at, because: `applying its ${event._tag}, ${next.because}` }
        state = next.state
      }
      const claim = brokenBy(aggregate, state)
      if (claim !== undefined) return broken(at, claim, differences(before, state))
      before = state
    }
    if (thrown === undefined) return undefined
    return { at: outcomes.length, because: `decide threw: ${AggregateTools.messageOf(thrown.error)}` }
  }
})

const brokenBy = ({ invariants }: Aggregate.Reference, state: unknown): string | undefined =>
  // The declaration takes states of its own type; subjects are tied to it by their codec.
  Object.entries(invariants).find(([, holds]) => !holds(state as never))?.[0]

const broken = (at: number, claim: string, differences: ReadonlyArray<string>): Divergence => ({
  at,
  because:
    at < 0
      ? `the initial state breaks ${JSON.stringify(claim)}`
      : `led to a state that breaks ${JSON.stringify(claim)} (before → after)`,
  differences
})
