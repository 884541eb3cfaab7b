/**
 * Tools of the laws of an aggregate: the stored forms of its values, and checked steps of its fold.
 */
// First: the guards are installed before any other module is loaded.
import "../realm/Guards.ts"
import { Schema } from "effect"
import type { Divergence } from "./Divergence.ts"
import * as Divergences from "./Divergence.ts"
import { isImpure, run } from "../realm/Realm.ts"
import { messageOf } from "./ErrorMessage.ts"
import type { Subject, Tagged } from "./Subject.ts"
import { StoredForm } from "eventfold/generated"
import { StoredJson } from "eventfold/tables"

export { messageOf }

/** Result of a step of the fold. */
export type Stepped<State> =
  | { readonly ok: true; readonly state: State }
  | { readonly ok: false; readonly because: string }

/** Tools for one aggregate. */
export interface AggregateTools<State, Event extends Tagged, Command extends Tagged> {
  readonly subject: Subject<State, Event, Command>
  /** Returns the JSON of an event, with its `_tag`. */
  readonly eventJson: (event: Event) => Schema.Json
  /** Returns that JSON as text. */
  readonly eventText: (event: Event) => string
  /** Returns the stored text of a state. Throws if the state does not fit its schema exactly. */
  readonly stateText: (state: State) => string
  /** Stores a state and reads it back. */
  readonly reload: (state: State) => Stepped<State>
  /** Folds several events with the fold's own loop. The loop gets frozen copies. */
  readonly run: (state: State, events: ReadonlyArray<Event>) => Stepped<State>
  /** Returns one line for each place at which two states differ. */
  readonly differences: (a: State, b: State) => ReadonlyArray<string>
  /** Applies an event, and checks that the new state fits the schema. */
  readonly step: (state: State, event: Event) => Stepped<State>
  /** Returns the states before, between and after the events. */
  readonly states: (
    events: ReadonlyArray<Event>
  ) =>
    | { readonly ok: true; readonly states: ReadonlyArray<State> }
    | { readonly ok: false; readonly divergence: Divergence }
}

/**
 * Parse options that refuse unknown fields: the compiler accepts `{ ...state, balanse }`, but no
 * snapshot stores it.
 */
export const strict = { onExcessProperty: "error" } as const

/** Creates the tools of an aggregate. */
export const make = <State, Event extends Tagged, Command extends Tagged>(
  original: Subject<State, Event, Command>
): AggregateTools<State, Event, Command> => {
  const subject = protectedFrom(original)
  const { aggregate, codec, fold } = subject
  // Encodes by the declaration and not by the codec: a field that the codec omits would be missing
  // on both sides of a comparison.
  const encodeState = Schema.encodeUnknownSync(StoredForm.codec(aggregate.state), strict)
  const encodeEvent = Schema.encodeUnknownSync(StoredForm.codec(aggregate.event))
  const store = Schema.encodeSync(codec.state, strict)
  const restore = Schema.decodeUnknownSync(codec.state)
  const stateText = (state: State) => JSON.stringify(encodeState(state))
  const differences = (a: State, b: State) => Divergences.betweenTexts(encodeState(a), encodeState(b))
  const fitting = (what: string, make: () => State): Stepped<State> => {
    let next: State
    try {
      next = make()
    } catch (error) {
      return { ok: false, because: `${what} ${failureOf(error)}` }
    }
    try {
      encodeState(next)
    } catch (error) {
      return { ok: false, because: `the state does not fit its schema: ${messageOf(error)}` }
    }
    return { ok: true, state: next }
  }
  const step = (state: State, event: Event) => fitting("the handler", () => fold.apply(state, event))
  return {
    subject,
    eventJson: encodeEvent,
    eventText: (event) => JSON.stringify(encodeEvent(event)),
    stateText,
    reload: (state) => {
      let text: string
      try {
        text = JSON.stringify(store(state))
      } catch (error) {
        return { ok: false, because: `the state cannot be stored: ${messageOf(error)}` }
      }
      try {
        return { ok: true, state: restore(StoredJson.parse(text)) }
      } catch (error) {
        return {
          ok: false,
          because: `the stored state cannot be read back from ${shortened(text)}: ${messageOf(error)}`
        }
      }
    },
    run: (state, events) => fitting("`run`", () => fold.run(frozen(state), Object.freeze([...events]))),
    differences,
    step,
    states: (events) => {
      const states = [fold.initial]
      for (const [at, event] of events.entries()) {
        const next = step(states[at]!, event)
        if (!next.ok) return { ok: false, divergence: { at, because: next.because } }
        states.push(next.state)
      }
      return { ok: true, states }
    }
  }
}

/**
 * Freezes the initial state, which every law and test begins with: a handler that changes its input
 * cannot change it.
 */
export const protectedFrom = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>
): Subject<State, Event, Command> => ({
  ...subject,
  fold: { ...subject.fold, initial: frozen(subject.fold.initial) }
})

/**
 * Runs a handler in the hermetic realm, and reads its whole result there, so that getters run in it
 * too.
 */
export const runHermetic = <A>(handler: string, f: () => A) => {
  try {
    return { ok: true, result: run(handler, () => readWhole(f())) } as const
  } catch (error) {
    const message = messageOf(error)
    return { ok: false, because: isImpure(error) ? message : `${handler} threw: ${message}` } as const
  }
}

const readWhole = <A>(value: A): A => (frozen(value), value)

/** Describes the error of a handler. An attempt to change a frozen value throws too. */
export const failureOf = (error: unknown): string => {
  const message = messageOf(error)
  const changed = error instanceof TypeError && /read only|not extensible|Cannot delete/.test(message)
  return `${changed ? "changed its arguments" : "threw"}: ${message}`
}

/**
 * Copies plain data and freezes the copy; the original stays changeable. Values that are neither a
 * plain object nor an array are shared, because a DateTime or a HashMap has to write its own cache.
 */
export const frozen = <A>(value: A): A => copy(value, Object.freeze)

const copy = (value: unknown, seal: (value: unknown) => unknown): never => {
  // `never` stands for the type of the argument: plain data is copied field by field.
  if (typeof value !== "object" || value === null) return value as never
  if (Array.isArray(value)) return seal(value.map((item) => copy(item, seal))) as never
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value as never
  const result: Record<string, unknown> = Object.create(prototype === null ? null : Object.prototype)
  for (const [key, inner] of Object.entries(value)) {
    Object.defineProperty(result, key, {
      value: copy(inner, seal),
      enumerable: true,
      writable: true,
      configurable: true
    })
  }
  return seal(result) as never
}

/** Shortens stored text for a message. */
export const shortened = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text)
