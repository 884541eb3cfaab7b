/** Laws of the fold and its codec, for any events that `apply` accepts. */
import * as AggregateTools from "../subject/AggregateTools.ts"
import { roundTrip } from "../subject/RoundTrip.ts"
import * as Law from "./Law.ts"

/**
 * Checks that folding twice gives the same stored bytes after every event, and changes no input.
 *
 * **When to use**
 *
 * It finds handlers that change their arguments, or that remember a value outside the state.
 *
 * **Errors**
 *
 * Throws a `Violation`.
 *
 * **Gotchas**
 *
 * Plain objects and arrays are frozen. Changes of other values are detected by comparing stored
 * bytes.
 *
 * @example
 * ```ts
 * import { Laws } from "@eventfold/testing"
 *
 * const test = <S, E extends Laws.Tagged, C extends Laws.Tagged>(subject: Laws.Subject<S, E, C>) =>
 *   Laws.determinism(subject, { runs: 1_000, seed: 42 })
 * ```
 *
 * @since 0.1.0
 * @category conformance
 */
export const determinism = Law.make({
  name: "determinism",
  claim: "folding twice gives the same states and changes no input",
  of: "any events",
  events: ({ differences, eventText, stateText, step, subject: { fold } }, events) => {
    let [once, again] = [fold.initial, fold.initial]
    let onceText = stateText(once)
    for (const [at, original] of events.entries()) {
      const [state, event] = [AggregateTools.frozen(once), AggregateTools.frozen(original)]
      const before = eventText(event)
      const next = step(state, event)
      if (!next.ok) return { at, because: next.because }
      // A frozen Map or Date can still be changed; comparing stored bytes detects it.
      if (stateText(state) !== onceText) return { at, because: "the handler changed its argument, the state" }
      if (eventText(event) !== before) return { at, because: "the handler changed its argument, the event" }
      const text = stateText(next.state)
      const second = step(again, original)
      if (!second.ok) return { at, because: `folded a second time, ${second.because}` }
      if (stateText(next.state) !== text) {
        const because = "folded a second time, the handler changed the state that it had returned the first time"
        return { at, because }
      }
      once = next.state
      again = second.state
      onceText = text
      if (text !== stateText(again)) {
        const because = "folded a second time, the same event gave another state (first → second)"
        return { at, because, differences: differences(once, again) }
      }
    }
    return undefined
  }
})

/**
 * Checks snapshots at every version: a state that is stored, read back and continued equals the
 * state of the whole fold.
 *
 * **When to use**
 *
 * It finds parts of a state that its schema does not have, and codecs that lose parts of a state.
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
 *
 * @since 0.1.0
 * @category conformance
 */
export const snapshots = Law.make({
  name: "snapshots",
  claim: "folding from a snapshot at any version gives the same state",
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
      const lost = parts(cut - 1, "the state that was read back differs from the one that was stored (before → after)")
      if (lost !== undefined) return lost
      for (let at = cut; at < events.length; at++) {
        const next = step(state, events[at]!)
        if (!next.ok) return { at, because: `continued from a snapshot after event ${cut}, ${next.because}` }
        state = next.state
        const parted = parts(
          at,
          `continued from a snapshot after event ${cut}, the state differs (without → with the snapshot)`
        )
        if (parted !== undefined) return parted
      }
    }
    return undefined
  }
})

/**
 * Checks that fold(a ++ b) equals fold(b) from fold(a) for every split, and that `run` equals
 * repeated `apply`.
 *
 * **When to use**
 *
 * It finds a loop that does more than `apply`, such as one that looks at neighbouring events.
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
 *
 * @since 0.1.0
 * @category conformance
 */
export const segments = Law.make({
  name: "segments",
  claim: "folding in segments of any size gives the same state",
  of: "any events",
  events: ({ differences, run, states, stateText, subject: { fold } }, events) => {
    const whole = states(events)
    if (!whole.ok) return whole.divergence
    const end = whole.states[events.length]!
    const endText = stateText(end)
    for (let cut = 0; cut <= events.length; cut++) {
      const head = run(fold.initial, events.slice(0, cut))
      if (!head.ok) return { at: cut - 1, because: `folding the first ${counted(cut)}, ${head.because}` }
      if (stateText(head.state) !== stateText(whole.states[cut]!)) {
        const because = "`run` gives another state than `apply` on each event (apply → run)"
        return { at: cut - 1, because, differences: differences(whole.states[cut]!, head.state) }
      }
      const rest = run(head.state, events.slice(cut))
      if (!rest.ok)
        return {
          at: events.length - 1,
          because: `folding the first ${counted(cut)} and then the rest, ${rest.because}`
        }
      if (stateText(rest.state) !== endText) {
        const because = `folding the first ${counted(cut)} and then the rest gives another state than folding all events (all → in two segments)`
        return { at: events.length - 1, because, differences: differences(end, rest.state) }
      }
    }
    return undefined
  }
})

const counted = (events: number) => (events === 1 ? "event" : `${events} events`)

/**
 * Checks that two instances that are folded in turn have the states that each has alone.
 *
 * **When to use**
 *
 * It finds handlers that remember an event of one instance and use it for another: a process folds
 * many instances.
 *
 * **Details**
 *
 * Both instances have the same history. The second is folded at the same event as the first, and
 * then one event behind it.
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
 *
 * @since 0.1.0
 * @category conformance
 */
export const independence = Law.make({
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
          if (!next.ok) return { at, because: `folded in turn with another instance, ${next.because}` }
          instances[i] = next.state
          const alone = whole.states[at + 1]!
          if (stateText(next.state) === stateText(alone)) continue
          const because =
            "folded in turn with another instance of the same history, the state differs (alone → in turn)"
          return { at, because, differences: differences(alone, next.state) }
        }
      }
    }
    return undefined
  }
})

/**
 * Checks that events and states that are read back equal those that were stored.
 *
 * **When to use**
 *
 * It finds a codec that is older than its schema, and transformations that decoding does not
 * reverse.
 *
 * **Details**
 *
 * A quarter of the histories is drawn from all values that the schemas allow, and not only from
 * realistic ones: an event at the last possible date has to survive its codec too. States are
 * checked up to the first event that `apply` refuses.
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
 *
 * @since 0.1.0
 * @category conformance
 */
export const codecs = Law.make({
  name: "codecs",
  claim: "events and states survive their codecs",
  of: "any events",
  ofExtremes: true,
  events: ({ step, subject: { aggregate, codec, fold } }, events) => {
    const checks = new Map(
      Array.from(codec.events, ([type, one]) => [
        type,
        roundTrip("event", one, aggregate.events[type] ?? aggregate.event)
      ])
    )
    const event = (one: (typeof events)[number]) => checks.get(one._tag)?.(one)
    const state = roundTrip("state", codec.state, aggregate.state)
    for (const [at, each] of events.entries()) {
      const problem = event(each)
      if (problem !== undefined) return { at, ...problem }
    }
    const initial = state(fold.initial)
    if (initial !== undefined) return { at: -1, ...initial }
    let folded = fold.initial
    for (const [at, each] of events.entries()) {
      const next = step(folded, each)
      // The other laws report a handler that refuses an event. Here the event can be one that never
      // occurs.
      if (!next.ok) return undefined
      folded = next.state
      const problem = state(folded)
      if (problem !== undefined) return { at, ...problem }
    }
    return undefined
  }
})
