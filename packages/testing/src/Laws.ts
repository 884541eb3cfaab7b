/**
 * Laws of replay, as reusable assertions. Each takes an aggregate, draws histories, and throws a `Violation` that names the
 * claim, the event at which it fails, the reason, the seed, and the shrunk history as code.
 *
 * Histories come from random commands put through `decide`, and from random events. `eventfold gen` writes a test for each law
 * and aggregate; `Laws.determinism(AccountLaws, { history: [ … ] })` checks one history.
 */
import { Result, Schema } from "effect"
import { type Aggregate, Decider } from "eventfold"
import * as Bench from "./Bench.ts"
import type { Divergence } from "./Divergence.ts"
import * as Hermetic from "./Hermetic.ts"
import * as Histories from "./Histories.ts"
import * as Law from "./Law.ts"
import type { Tagged } from "./Subject.ts"

export type { Divergence } from "./Divergence.ts"
export type { Options } from "./Law.ts"
export type { Subject, Tagged } from "./Subject.ts"
export { Violation } from "./Violation.ts"

/** Folding twice gives the same bytes after every event, and leaves its inputs as they were. */
export const determinism: Law.Law = Law.make({
  name: "determinism",
  claim: "folding twice gives the same states, inputs untouched",
  of: "any events",
  events: ({ differences, eventText, stateText, step, subject: { fold } }, events) => {
    let [once, again] = [fold.initial, fold.initial]
    for (const [at, original] of events.entries()) {
      const [state, event] = [Bench.frozen(once), Bench.frozen(original)]
      const before = { state: stateText(state), event: eventText(event) }
      const next = step(state, event)
      if (!next.ok) return { at, because: next.because }
      // Freezing cannot stop a Map or a Date from being changed; comparing can tell.
      if (stateText(state) !== before.state) return { at, because: "the handler changed the state it was given" }
      if (eventText(event) !== before.event) return { at, because: "the handler changed the event it was given" }
      const second = step(again, original)
      if (!second.ok) return { at, because: `the second time, ${second.because}` }
      once = next.state
      again = second.state
      if (stateText(once) !== stateText(again)) {
        const because = "the same event gave another state the second time"
        return { at, because, differences: differences(once, again) }
      }
    }
    return undefined
  }
})

/** At every cut: the state, stored and read back, then continued, equals the whole fold. */
export const snapshots: Law.Law = Law.make({
  name: "snapshots",
  claim: "a snapshot at any cut changes nothing",
  of: "any events",
  events: ({ differences, reload, states, stateText, step }, events) => {
    const whole = states(events)
    if (!whole.ok) return whole.divergence
    const texts = whole.states.map(stateText)
    for (let cut = 0; cut <= events.length; cut++) {
      let state = reload(whole.states[cut]!)
      const parts = (at: number, because: string) => {
        const after = whole.states[at + 1]!
        return stateText(state) === texts[at + 1] ? undefined : { at, because, differences: differences(after, state) }
      }
      const lost = parts(cut - 1, "the state is another after it was stored and read back")
      if (lost !== undefined) return lost
      for (let at = cut; at < events.length; at++) {
        const next = step(state, events[at]!)
        if (!next.ok) return { at, because: `continuing from a snapshot after event ${cut}, ${next.because}` }
        state = next.state
        const parted = parts(at, `continuing from a snapshot taken after event ${cut} gave another state`)
        if (parted !== undefined) return parted
      }
    }
    return undefined
  }
})

/** Nothing outside is read by `apply` or `decide`: no clock, randomness, environment, locale, file, network, timer. */
export const hermetic: Law.Law = Law.make({
  name: "hermetic",
  claim: "handlers read nothing but their arguments",
  of: "any events",
  events: ({ subject: { aggregate, fold } }, events) => {
    let state = fold.initial
    for (const [at, event] of events.entries()) {
      const next = sealed(`${aggregate.name}.apply ${event._tag}`, () => fold.apply(state, event))
      if (!next.ok) return { at, because: next.because }
      state = next.result
    }
    return undefined
  },
  steps: <State, Event extends Tagged, Command extends Tagged>(
    { subject: { aggregate, decide, fold } }: Bench.Bench<State, Event, Command>,
    steps: ReadonlyArray<Histories.Step<Command>>
  ) => {
    const events: Array<Event> = []
    let state = fold.initial
    for (const [at, step] of steps.entries()) {
      const { command } = step
      const facts = Histories.factsOf(step, at)
      const decided = sealed(`${aggregate.name}.decide ${command._tag}`, () => decide(state, command, facts))
      if (!decided.ok) return { at, because: decided.because }
      if (!Decider.isEvents(decided.result)) continue
      for (const event of decided.result) {
        events.push(event)
        const next = sealed(`${aggregate.name}.apply ${event._tag}`, () => fold.apply(state, event))
        if (!next.ok) return { at: events.length - 1, because: next.because, events }
        state = next.result
      }
    }
    return undefined
  }
})

const sealed = <A>(handler: string, f: () => A) => {
  try {
    return { ok: true, result: Hermetic.run(handler, f) } as const
  } catch (error) {
    const message = Bench.messageOf(error)
    return { ok: false, because: Hermetic.isImpure(error) ? message : `${handler} threw: ${message}` } as const
  }
}

/** fold(a ++ b) = fold(b) from fold(a), for every split; and `run` is `apply`, again and again. */
export const segments: Law.Law = Law.make({
  name: "segments",
  claim: "folding in pieces of any size gives the whole",
  of: "any events",
  events: ({ differences, states, stateText, subject: { fold } }, events) => {
    const whole = states(events)
    if (!whole.ok) return whole.divergence
    const end = whole.states[events.length]!
    for (let cut = 0; cut <= events.length; cut++) {
      const head = fold.run(fold.initial, events.slice(0, cut))
      if (stateText(head) !== stateText(whole.states[cut]!)) {
        const because = "`run` gives another state than `apply`, event by event"
        return { at: cut - 1, because, differences: differences(whole.states[cut]!, head) }
      }
      const rest = fold.run(head, events.slice(cut))
      if (stateText(rest) !== stateText(end)) {
        const because = `folding ${cut} events and then the rest gave another state than folding all`
        return { at: events.length - 1, because, differences: differences(end, rest) }
      }
    }
    return undefined
  }
})

/** Events and states come back from storage as they went in. */
export const codecs: Law.Law = Law.make({
  name: "codecs",
  claim: "events and states survive their codecs",
  of: "any events",
  events: ({ states, subject: { codec } }, events) => {
    const event = roundTrip("event", codec.event)
    const state = roundTrip("state", codec.state)
    for (const [at, each] of events.entries()) {
      const problem = event(each)
      if (problem !== undefined) return { at, because: problem }
    }
    const whole = states(events)
    if (!whole.ok) return whole.divergence
    for (const [i, each] of whole.states.entries()) {
      const problem = state(each)
      if (problem !== undefined) return { at: i - 1, because: problem }
    }
    return undefined
  }
})

const roundTrip = <A>(what: string, codec: Schema.Codec<A, Schema.Json>) => {
  const encode = Schema.encodeResult(codec)
  const decode = Schema.decodeUnknownResult(codec)
  const same = Schema.toEquivalence(codec)
  return (value: A): string | undefined => {
    const encoded = encode(value, Bench.strict)
    if (Result.isFailure(encoded)) return `the ${what} does not encode: ${Bench.messageOf(encoded.failure)}`
    const text = JSON.stringify(encoded.success)
    const decoded = decode(JSON.parse(text))
    if (Result.isFailure(decoded))
      return `the ${what}'s stored form does not decode: ${Bench.messageOf(decoded.failure)}`
    if (!same(value, decoded.success)) return `the ${what} came back as another from ${short(text)}`
    // Two values may be equal to a schema that does not know all of their fields.
    const again = encode(decoded.success, Bench.strict)
    return Result.isSuccess(again) && JSON.stringify(again.success) === text
      ? undefined
      : `the ${what} is stored in another form the second time: first ${short(text)}`
  }
}

const short = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text)

/**
 * What `decide` emits and refuses with is what the command declares and fits its schema; `apply` accepts it, and states stay
 * valid. Deciding twice on the same facts gives the same, inputs untouched.
 */
export const decisions: Law.Law = Law.make({
  name: "decisions",
  claim: "a decision is what its command declares, and apply accepts it",
  of: "reachable states",
  steps: ({ step, subject }, steps) => {
    const fits = fitting(subject.aggregate)
    let state = subject.fold.initial
    for (const [at, given] of steps.entries()) {
      const facts = Histories.factsOf(given, at)
      const { command } = given
      const decide = () => {
        try {
          return { decided: subject.decide(Bench.frozen(state), Bench.frozen(command), facts) }
        } catch (error) {
          return { because: `decide threw: ${Bench.messageOf(error)}` }
        }
      }
      const [first, second] = [decide(), decide()]
      if (first.decided === undefined) return { at, because: first.because }
      const { decided } = first
      const because = fits(command._tag, decided)
      if (because !== undefined) return { at, because }
      if (second.decided === undefined || !fits.same(decided, second.decided)) {
        return { at, because: "deciding again, on the same state and facts, gave something else" }
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
const fitting = ({ errors, events, flow }: Aggregate.Any) => {
  const problemOf = (schemas: typeof events, value: Tagged): string | undefined => {
    // `Object.hasOwn`: a tag may be called "constructor".
    const schema = Object.hasOwn(schemas, value._tag) ? schemas[value._tag] : undefined
    if (schema === undefined) return `${value._tag} is not declared`
    const checked = Schema.decodeUnknownResult(Schema.toType(schema), Bench.strict)(value)
    return Result.isFailure(checked)
      ? `${value._tag} does not fit its schema: ${Bench.messageOf(checked.failure)}`
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
  const text = (value: Tagged) => {
    const schema = events[value._tag] ?? errors[value._tag]
    return schema === undefined ? "" : JSON.stringify(Schema.encodeUnknownSync(Schema.toCodecJson(schema))(value))
  }
  const same = (a: ReadonlyArray<Tagged> | Tagged, b: ReadonlyArray<Tagged> | Tagged) => {
    const texts = [a, b].map((decided) => (Decider.isEvents(decided) ? decided.map(text) : ["refused", text(decided)]))
    return JSON.stringify(texts[0]) === JSON.stringify(texts[1])
  }
  return Object.assign(fits, { same })
}

const list = (tags: ReadonlyArray<string>) => (tags.length === 0 ? "nothing" : tags.join(", "))

/** What the aggregate declares as always true holds in every state that commands lead to, the initial one included. */
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
    return { at: outcomes.length, because: `decide threw: ${Bench.messageOf(thrown.error)}` }
  }
})

const brokenBy = ({ invariants }: Aggregate.Any, state: unknown): string | undefined =>
  // The declaration takes states of its own type; subjects are tied to it by their codec.
  Object.entries(invariants).find(([, holds]) => !holds(state as never))?.[0]

const broken = (at: number, claim: string, differences: ReadonlyArray<string>): Divergence => ({
  at,
  because:
    at < 0
      ? `the initial state breaks ${JSON.stringify(claim)}`
      : `led to a state that breaks ${JSON.stringify(claim)}`,
  differences
})
