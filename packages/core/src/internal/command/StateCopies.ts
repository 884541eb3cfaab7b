/**
 * Copies of cached values for callers. Cached states never leave the process's cache: a caller gets
 * a copy.
 *
 * A large value is copied when the caller first reads it, so that callers that do not read it pay
 * nothing. A small value is copied at once, which is faster than setting up the lazy copy.
 */
import type { Codec } from "../../generated/Codec.ts"
import type { Loaded } from "../../generated/Loaded.ts"
import * as ValueCopy from "../codec/ValueCopy.ts"
import type { Executed } from "./CommandExecution.ts"

export interface StateCopies<State, Event> {
  readonly state: (state: State) => State
  readonly events: (events: ReadonlyArray<Event>) => ReadonlyArray<Event>
  /** Copies a command, its facts, or the error that refuses it. */
  readonly value: <A>(value: A) => A
  readonly loaded: (cached: Loaded<State>) => Loaded<State>
  readonly executed: <Result extends Executed<State, Event>>(executed: Result) => Result
}

/** Maximum number of events that are copied at once. */
const maxSmallEvents = 4

const same = <A>(value: A): A => value

/**
 * Copies nothing, for a service that caches no states: no other caller gets the values that it
 * returns.
 */
const withoutCache = <State, Event>(): StateCopies<State, Event> => ({
  state: same,
  events: same,
  value: same,
  loaded: ({ state, version }) => ({ state, version }),
  executed: same
})

/** Replaces a property by a copy that is made when the property is first read. */
const copyLazily = <Owner extends object, Key extends keyof Owner>(
  owner: Owner,
  key: Key,
  copy: (value: Owner[Key]) => Owner[Key]
): void => {
  const original = owner[key]
  let made: { readonly value: Owner[Key] } | undefined
  const get = () => (made ??= { value: copy(original) }).value
  Object.defineProperty(owner, key, { get, enumerable: true, configurable: true })
}

/** Makes the copies of an aggregate; `isCached` is `true` if the service caches states. */
export const make = <State, Event extends { readonly _tag: string }>(
  codec: Pick<Codec<Event, State>, "events" | "state">,
  isCached: boolean
): StateCopies<State, Event> => {
  if (!isCached) return withoutCache()
  const copyState = ValueCopy.make(codec.state)
  const copyEvent = ValueCopy.ofEvents(codec.events)
  const copyEvents = (events: ReadonlyArray<Event>): ReadonlyArray<Event> => events.map(copyEvent)
  const copySmallEvents = (events: ReadonlyArray<Event>): ReadonlyArray<Event> | undefined => {
    if (events.length > maxSmallEvents) return undefined
    const copies: Array<Event> = []
    for (const event of events) {
      const copy = copyEvent.small(event)
      if (copy === undefined) return undefined
      copies.push(copy)
    }
    return copies
  }
  return {
    state: copyState,
    events: copyEvents,
    value: ValueCopy.copy,
    loaded: ({ state, version }) => {
      const small = copyState.small(state)
      const loaded: Loaded<State> = { state: small ?? state, version }
      if (small === undefined) copyLazily(loaded, "state", copyState)
      return loaded
    },
    executed: (executed) => {
      const [state, events] = [copyState.small(executed.state), copySmallEvents(executed.events)]
      const copied = { ...executed, state: state ?? executed.state, events: events ?? executed.events }
      if (state === undefined) copyLazily(copied, "state", copyState)
      if (events === undefined) copyLazily(copied, "events", copyEvents)
      return copied
    }
  }
}
