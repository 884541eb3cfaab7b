/** Laws of the fold and its codec; they hold of any events that `apply` takes. */
import * as AggregateTools from "../subject/AggregateTools.ts"
import * as Law from "./Law.ts"

/**
 * Folding twice gives the same bytes after every event, and leaves its inputs as they were.
 *
 * **When to use**
 *
 * Against handlers that change what they are given, or remember something beside the state.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Gotchas**
 *
 * Plain objects and arrays are frozen; a change to anything else is seen by comparing stored bytes.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.determinism(subject, { runs: 1_000, seed: 42 })
 * ```
 */
export const determinism: Law.Law = Law.make({
  name: "determinism",
  claim: "folding twice gives the same states, inputs untouched",
  of: "any events",
  events: ({ differences, eventText, stateText, step, subject: { fold } }, events) => {
    let [once, again] = [fold.initial, fold.initial]
    let onceText = stateText(once)
    for (const [at, original] of events.entries()) {
      const [state, event] = [AggregateTools.frozen(once), AggregateTools.frozen(original)]
      const before = eventText(event)
      const next = step(state, event)
      if (!next.ok) return { at, because: next.because }
      // Freezing cannot stop a Map or a Date from being changed; comparing can tell.
      if (stateText(state) !== onceText) return { at, because: "the handler changed the state it was given" }
      if (eventText(event) !== before) return { at, because: "the handler changed the event it was given" }
      const text = stateText(next.state)
      const second = step(again, original)
      if (!second.ok) return { at, because: `the second time, ${second.because}` }
      if (stateText(next.state) !== text) {
        const because = "the second time, the handler changed the state that it had given the first time"
        return { at, because }
      }
      once = next.state
      again = second.state
      onceText = text
      if (text !== stateText(again)) {
        const because = "the same event gave another state the second time (first → second)"
        return { at, because, differences: differences(once, again) }
      }
    }
    return undefined
  }
})

/**
 * At every cut: the state, stored and read back, then continued, equals the whole fold.
 *
 * **When to use**
 *
 * Against state that lives outside its schema, and codecs that lose a part of it.
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
 *   Laws.snapshots(subject)
 * ```
 */
export const snapshots: Law.Law = Law.make({
  name: "snapshots",
  claim: "a snapshot at any cut changes nothing",
  of: "any events",
  events: ({ differences, reload, states, stateText, step }, events) => {
    const whole = states(events)
    if (!whole.ok) return whole.divergence
    const texts = whole.states.map(stateText)
    for (let cut = 0; cut <= events.length; cut++) {
      const stored = reload(whole.states[cut]!)
      if (!stored.ok) return { at: cut - 1, because: stored.because }
      let { state } = stored
      const parts = (at: number, because: string) => {
        const after = whole.states[at + 1]!
        return stateText(state) === texts[at + 1] ? undefined : { at, because, differences: differences(after, state) }
      }
      const lost = parts(cut - 1, "the state is another after it was stored and read back (before → after)")
      if (lost !== undefined) return lost
      for (let at = cut; at < events.length; at++) {
        const next = step(state, events[at]!)
        if (!next.ok) return { at, because: `continuing from a snapshot after event ${cut}, ${next.because}` }
        state = next.state
        const parted = parts(
          at,
          `continuing from a snapshot taken after event ${cut} gave another state (without → with the snapshot)`
        )
        if (parted !== undefined) return parted
      }
    }
    return undefined
  }
})

/**
 * fold(a ++ b) = fold(b) from fold(a), for every split; and `run` is `apply`, again and again.
 *
 * **When to use**
 *
 * Against a loop that is not `apply` alone, such as one that looks at neighbouring events.
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
 *   Laws.segments(subject)
 * ```
 */
export const segments: Law.Law = Law.make({
  name: "segments",
  claim: "folding in pieces of any size gives the whole",
  of: "any events",
  events: ({ differences, run, states, stateText, subject: { fold } }, events) => {
    const whole = states(events)
    if (!whole.ok) return whole.divergence
    const end = whole.states[events.length]!
    const endText = stateText(end)
    for (let cut = 0; cut <= events.length; cut++) {
      const head = run(fold.initial, events.slice(0, cut))
      if (!head.ok) return { at: cut - 1, because: `folding ${counted(cut)}, ${head.because}` }
      if (stateText(head.state) !== stateText(whole.states[cut]!)) {
        const because = "`run` gives another state than `apply`, event by event (apply → run)"
        return { at: cut - 1, because, differences: differences(whole.states[cut]!, head.state) }
      }
      const rest = run(head.state, events.slice(cut))
      if (!rest.ok)
        return { at: events.length - 1, because: `folding ${counted(cut)} and then the rest, ${rest.because}` }
      if (stateText(rest.state) !== endText) {
        const because = `folding ${counted(cut)} and then the rest gave another state than folding all (all → in two parts)`
        return { at: events.length - 1, because, differences: differences(end, rest.state) }
      }
    }
    return undefined
  }
})

const counted = (events: number) => (events === 1 ? "1 event" : `${events === 0 ? "no" : events} events`)

/**
 * Two instances that are folded in turn become what each becomes alone.
 *
 * **When to use**
 *
 * Against handlers that remember events of one instance when they are given one of another: a process has many.
 *
 * **Details**
 *
 * Both have the same history, the second one at the same time as the first, and then one event behind it.
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
 *   Laws.independence(subject)
 * ```
 */
export const independence: Law.Law = Law.make({
  name: "independence",
  claim: "instances do not depend on each other's events",
  of: "any events",
  events: ({ differences, states, stateText, step, subject: { fold } }, events) => {
    const whole = states(events)
    if (!whole.ok) return whole.divergence
    for (const lag of [0, 1]) {
      const instances = [fold.initial, fold.initial]
      for (let turn = 0; turn < events.length + lag; turn++) {
        for (const [i, at] of [turn, turn - lag].entries()) {
          const event = events[at]
          if (event === undefined) continue
          const next = step(instances[i]!, event)
          if (!next.ok) return { at, because: `beside another instance, ${next.because}` }
          instances[i] = next.state
          const alone = whole.states[at + 1]!
          if (stateText(next.state) === stateText(alone)) continue
          const because = "beside another instance with the same history, it gave another state (alone → beside it)"
          return { at, because, differences: differences(alone, next.state) }
        }
      }
    }
    return undefined
  }
})

/**
 * Events and states come back from storage as they went in.
 *
 * **When to use**
 *
 * Against a codec that is behind its schema, or transformations that are not undone by decoding.
 *
 * **Details**
 *
 * A quarter of its histories is drawn from whatever the schemas let pass, not only from values that come in practice: an event at the
 * last date there is has to survive its codec, too. States are those up to the first event that `apply` does not take.
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
 *   Laws.codecs(subject)
 * ```
 */
export const codecs: Law.Law = Law.make({
  name: "codecs",
  claim: "events and states survive their codecs",
  of: "any events",
  ofExtremes: true,
  events: ({ step, subject: { aggregate, codec, fold } }, events) => {
    const event = AggregateTools.roundTrip("event", codec.event, aggregate.event)
    const state = AggregateTools.roundTrip("state", codec.state, aggregate.state)
    for (const [at, each] of events.entries()) {
      const problem = event(each)
      if (problem !== undefined) return { at, ...problem }
    }
    const initial = state(fold.initial)
    if (initial !== undefined) return { at: -1, ...initial }
    let folded = fold.initial
    for (const [at, each] of events.entries()) {
      const next = step(folded, each)
      // What a handler does not take is for the other laws to report: here the event may be one that never comes.
      if (!next.ok) return undefined
      folded = next.state
      const problem = state(folded)
      if (problem !== undefined) return { at, ...problem }
    }
    return undefined
  }
})
