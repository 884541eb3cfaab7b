/**
 * What callers get of states that a process keeps. Kept states never leave it: a caller gets a copy. That of a large value is
 * made when the caller looks at it, so that who does not look does not pay; a small value is copied faster than that is set up.
 */
import type { Schema } from "effect"
import type { Loaded } from "../../AggregateCache.ts"
import type { Executed } from "./CommandExecution.ts"
import * as ValueCopy from "../codec/ValueCopy.ts"

export interface HandOut<State, Event> {
  readonly state: (state: State) => State
  readonly events: (events: ReadonlyArray<Event>) => ReadonlyArray<Event>
  /** Of a command, its facts, and the error that refuses it: what comes in, or goes out, beside states and events. */
  readonly value: <A>(value: A) => A
  readonly loaded: (kept: Loaded<State>) => Loaded<State>
  readonly executed: <Made extends Executed<State, Event>>(executed: Made) => Made
}

const same = <A>(value: A): A => value

/** For a service that keeps no states: what it hands out is nobody else's. */
const nothingKept = <State, Event>(): HandOut<State, Event> => ({
  state: same,
  events: same,
  value: same,
  loaded: ({ state, version }) => ({ state, version }),
  executed: same
})

/** Puts a copy that is made when it is first asked for in place of a field. */
const putLazily = <Of extends object, Key extends keyof Of>(
  of: Of,
  key: Key,
  copy: (value: Of[Key]) => Of[Key]
): void => {
  const original = of[key]
  let made: { readonly value: Of[Key] } | undefined
  const get = () => (made ??= { value: copy(original) }).value
  Object.defineProperty(of, key, { get, enumerable: true, configurable: true })
}

export const make = <State, Event>(
  codec: { readonly event: Schema.Codec<Event, Schema.Json>; readonly state: Schema.Codec<State, Schema.Json> },
  isKept: boolean
): HandOut<State, Event> => {
  if (!isKept) return nothingKept()
  const copyState = ValueCopy.make(codec.state)
  const copyEvent = ValueCopy.make(codec.event)
  const copyEvents = (events: ReadonlyArray<Event>): ReadonlyArray<Event> => events.map(copyEvent)
  const smallEvents = (events: ReadonlyArray<Event>): ReadonlyArray<Event> | undefined => {
    if (events.length > 4) return undefined
    const copied: Array<Event> = []
    for (const event of events) {
      const one = copyEvent.small(event)
      if (one === undefined) return undefined
      copied.push(one)
    }
    return copied
  }
  return {
    state: copyState,
    events: copyEvents,
    value: ValueCopy.copy,
    loaded: ({ state, version }) => {
      const small = copyState.small(state)
      const loaded: Loaded<State> = { state: small ?? state, version }
      if (small === undefined) putLazily(loaded, "state", copyState)
      return loaded
    },
    executed: (executed) => {
      const [state, events] = [copyState.small(executed.state), smallEvents(executed.events)]
      const handed = { ...executed, state: state ?? executed.state, events: events ?? executed.events }
      if (state === undefined) putLazily(handed, "state", copyState)
      if (events === undefined) putLazily(handed, "events", copyEvents)
      return handed
    }
  }
}
