/** Laws of decisions, for the states that commands lead to. */
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
 * Checks that `decide` returns only declared events and errors that fit their schemas, that `apply`
 * accepts the events, and that states stay valid. Deciding twice on the same facts gives the same
 * result, and changes no input.
 *
 * **When to use**
 *
 * It finds decisions that the declaration does not have, so that the types of `execute` and the
 * catalog lack them.
 *
 * **Errors**
 *
 * Throws a `Violation`, or a `TypeError` if it gets a `history`: the law checks `commands`.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.decisions(subject, { commands: [{ at: "1993-03-03T12:00:00Z", command: { _tag: "OpenAccount" } }] })
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const decisions = Law.make({
  name: "decisions",
  claim: "decisions return what their commands declare, and apply accepts it",
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
          return { because: `decide ${AggregateTools.failureOf(error)}` }
        }
      }
      const [first, second] = [decide(), decide()]
      if (first.decided === undefined) return { at, because: first.because }
      const { decided } = first
      const because = fits(command._tag, decided)
      if (because !== undefined) return { at, because }
      if (second.decided === undefined) return { at, because: `decided a second time, ${second.because}` }
      const differences = fits.differences(decided, second.decided)
      if (differences.length > 0) {
        const because = "decided a second time on the same state and facts, the result differs (first → second)"
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

/** Creates a check of decisions by their declaration. It returns the problem, if any. */
const fitting = ({ errors, events, flow }: Aggregate.Reference) => {
  // `Object.hasOwn`, because a tag can be "constructor".
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
      return `it failed with ${decided._tag}, but ${command} declares the errors: ${list(fails)}`
    }
    for (const event of decided) {
      if (!emits.includes(event._tag))
        return `it emitted ${event._tag}, but ${command} declares the events: ${list(emits)}`
      const problem = problemOf(events, event)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  const stored = (value: Tagged): Schema.Json => {
    // Declarations accept only schemas that are codecs.
    const schema = (schemaOf(events, value) ?? schemaOf(errors, value)) as Schema.Codec<unknown, unknown> | undefined
    return schema === undefined ? null : Schema.encodeUnknownSync(StoredForm.codec(schema))(value)
  }
  const storedForm = (decided: ReadonlyArray<Tagged> | Tagged): Schema.Json =>
    Decider.isEvents(decided) ? { events: decided.map(stored) } : { refusal: stored(decided) }
  const differences = (a: ReadonlyArray<Tagged> | Tagged, b: ReadonlyArray<Tagged> | Tagged) =>
    Differences.between(storedForm(a), storedForm(b))
  return Object.assign(fits, { differences })
}

const list = (tags: ReadonlyArray<string>) => (tags.length === 0 ? "none" : tags.join(", "))

/**
 * Checks that the declared invariants hold in every state that commands lead to, and in the initial
 * state.
 *
 * **When to use**
 *
 * It finds commands that `decide` accepts but has to refuse.
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
 *
 * @since 0.1.0
 * @category conformance
 */
export const invariants = Law.make({
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
      // Checks only the state after all events of a decision: `execute` stores all events of a
      // command or none.
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
  // Invariants take states of the declared type, which the codec of the subject ensures.
  Object.entries(invariants).find(([, holds]) => !holds(state as never))?.[0]

const broken = (at: number, claim: string, differences: ReadonlyArray<string>): Divergence => ({
  at,
  because:
    at < 0
      ? `the initial state violates the invariant ${JSON.stringify(claim)}`
      : `it led to a state that violates the invariant ${JSON.stringify(claim)} (before → after)`,
  differences
})
