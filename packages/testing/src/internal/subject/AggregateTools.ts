/** The tools that laws work with, made once for a subject: stored forms, and one careful step of its fold. */
import { Result, Schema } from "effect"
import type { Divergence } from "./Divergence.ts"
import * as Differences from "./Divergence.ts"
// First: the guards are installed before any handler is loaded.
import "../realm/Guards.ts"
import { isImpure, run } from "../realm/Realm.ts"
import { messageOf } from "./ErrorMessage.ts"
import type { Subject, Tagged } from "./Subject.ts"
import { StoredForm } from "eventfold/generated"
import { StoredJson } from "eventfold/store"

export { messageOf }

export type Stepped<State> =
  | { readonly ok: true; readonly state: State }
  | { readonly ok: false; readonly because: string }

export interface AggregateTools<State, Event extends Tagged, Command extends Tagged> {
  readonly subject: Subject<State, Event, Command>
  /** The bytes an event is stored as. */
  readonly eventText: (event: Event) => string
  /** The bytes a state is stored as; throws where it does not fit its schema exactly. */
  readonly stateText: (state: State) => string
  /** The state, stored and read back; or why it can't be. */
  readonly reload: (state: State) => Stepped<State>
  /** The state after several events by the fold's own loop, or what that did instead; the events can't be changed. */
  readonly run: (state: State, events: ReadonlyArray<Event>) => Stepped<State>
  readonly differences: (a: State, b: State) => ReadonlyArray<string>
  /** `apply`, and whether its state fits the schema. */
  readonly step: (state: State, event: Event) => Stepped<State>
  /** The states before, between and after the events. */
  readonly states: (
    events: ReadonlyArray<Event>
  ) =>
    | { readonly ok: true; readonly states: ReadonlyArray<State> }
    | { readonly ok: false; readonly divergence: Divergence }
}

// A state with a field that its schema does not know is wrong too: the compiler does not see `{ ...state, balanse }`.
export const strict = { onExcessProperty: "error" } as const

export const make = <State, Event extends Tagged, Command extends Tagged>(
  original: Subject<State, Event, Command>
): AggregateTools<State, Event, Command> => {
  const subject = protectedFrom(original)
  const { aggregate, codec, fold } = subject
  // By the declaration, not by the codec: what a codec forgets would be missing on both sides of a comparison.
  const encodeState = Schema.encodeUnknownSync(StoredForm.codec(aggregate.state), strict)
  const encodeEvent = Schema.encodeUnknownSync(StoredForm.codec(aggregate.event))
  const store = Schema.encodeSync(codec.state, strict)
  const restore = Schema.decodeUnknownSync(codec.state)
  const stateText = (state: State) => JSON.stringify(encodeState(state))
  const differences = (a: State, b: State) => Differences.betweenTexts(encodeState(a), encodeState(b))
  const fitting = (what: string, make: () => State): Stepped<State> => {
    let next: State
    try {
      next = make()
    } catch (error) {
      return { ok: false, because: `${what} ${failing(error)}` }
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
    eventText: (event) => JSON.stringify(encodeEvent(event)),
    stateText,
    reload: (state) => {
      let text: string
      try {
        text = JSON.stringify(store(state))
      } catch (error) {
        return { ok: false, because: `the state can't be stored: ${messageOf(error)}` }
      }
      try {
        return { ok: true, state: restore(StoredJson.parse(text)) }
      } catch (error) {
        return { ok: false, because: `the stored state can't be read back from ${short(text)}: ${messageOf(error)}` }
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

/** A handler that changes its input must not get at the initial state, which every other law and test begins with. */
export const protectedFrom = <State, Event extends Tagged, Command extends Tagged>(
  subject: Subject<State, Event, Command>
): Subject<State, Event, Command> => ({
  ...subject,
  fold: { ...subject.fold, initial: frozen(subject.fold.initial) }
})

/** What a handler gives in a hermetic realm, getters in it included, or what it did instead. */
export const sealed = <A>(handler: string, f: () => A) => {
  try {
    return { ok: true, result: run(handler, () => looked(f())) } as const
  } catch (error) {
    const message = messageOf(error)
    return { ok: false, because: isImpure(error) ? message : `${handler} threw: ${message}` } as const
  }
}

const looked = <A>(value: A): A => (frozen(value), value)

/** What a handler did that threw: changing what is frozen throws, too. */
export const failing = (error: unknown): string => {
  const message = messageOf(error)
  const changed = error instanceof TypeError && /read only|not extensible|Cannot delete/.test(message)
  return `${changed ? "changed what it was given" : "threw"}: ${message}`
}

/**
 * A copy of plain data that cannot be changed. What is neither a plain object nor an array is shared: a DateTime or a HashMap
 * caches inside itself and must stay able to. The original stays as it was for those who come after.
 */
export const frozen = <A>(value: A): A => copy(value, Object.freeze)

const copy = (value: unknown, seal: (value: unknown) => unknown): never => {
  // `never` stands for "the type that came in": plain data is copied field by field.
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

/** What is wrong with how a value is stored and read back. */
export interface Lost {
  readonly because: string
  /** What it was → what it came back as. */
  readonly differences: ReadonlyArray<string>
}

/** What is wrong with how values of a schema are stored and read back by a codec, if anything. */
export const roundTrip = <A>(what: string, codec: Schema.Codec<A, Schema.Json>, schema: Schema.Constraint) => {
  const encode = Schema.encodeResult(codec)
  const decode = Schema.decodeUnknownResult(codec)
  const same = Schema.toEquivalence(codec)
  const between = (before: A, after: A): ReadonlyArray<string> => {
    // As they are in memory, and not as they are stored: what a codec forgets would be missing on both sides.
    const show = Schema.encodeUnknownResult(StoredForm.codec(Schema.toType(schema as Schema.Codec<A>)))
    const [a, b] = [show(before), show(after)]
    return Result.isSuccess(a) && Result.isSuccess(b) ? Differences.betweenTexts(a.success, b.success) : []
  }
  const check = (value: A): Lost | undefined => {
    const lost = (because: string, differences: ReadonlyArray<string> = []): Lost => ({ because, differences })
    const encoded = encode(value, strict)
    if (Result.isFailure(encoded)) return lost(`the ${what} does not encode: ${messageOf(encoded.failure)}`)
    const text = JSON.stringify(encoded.success)
    const decoded = decode(StoredJson.parse(text))
    if (Result.isFailure(decoded)) {
      return lost(`the ${what}'s stored form ${short(text)} does not decode: ${messageOf(decoded.failure)}`)
    }
    if (!same(value, decoded.success)) {
      return lost(
        `the ${what} came back as another from ${short(text)} (before → after)`,
        between(value, decoded.success)
      )
    }
    // Two values may be equal to a schema that does not know all of their fields.
    const again = encode(decoded.success, strict)
    if (Result.isSuccess(again) && JSON.stringify(again.success) === text) return undefined
    const because = `the ${what} is stored in another form the second time (first → second)`
    return lost(because, Result.isSuccess(again) ? Differences.betweenTexts(encoded.success, again.success) : [])
  }
  return (value: A): Lost | undefined => {
    try {
      return check(value)
    } catch (error) {
      // What is no problem of the value, but of a transformation.
      return { because: `the ${what}'s codec threw: ${messageOf(error)}`, differences: [] }
    }
  }
}

const short = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text)
