/**
 * Fixture for the tests of a store: unique names, events, and short forms of reads and refusals.
 */
import type { Vitest } from "@effect/vitest"
import { type DateTime, Effect, type Schema, type Scope, Stream } from "effect"
import { type Event, EventId, EventStore, type EventStoreError } from "eventfold"

export type It = Vitest.MethodsNonLive<EventStore.EventStore>

/** One promise of a store: the claim that names its test, and the test. */
export interface StorePromise {
  readonly claim: string
  readonly test: Effect.Effect<void, unknown, EventStore.EventStore | Scope.Scope>
}

/** A table of promises on one subject. */
export type Promises = ReadonlyArray<StorePromise>

/** Creates a row of a table of promises. */
export const promise = (claim: string, test: StorePromise["test"]): StorePromise => ({ claim, test })

/** Registers the tests of tables of promises with vitest. */
export const register = (it: It, timeout: number, tables: ReadonlyArray<Promises>): void => {
  for (const { claim, test } of tables.flat()) it.effect(claim, () => test, timeout)
}

/** Creates a name of an aggregate that no other test uses. */
export const uniqueName = (): string => `T${globalThis.crypto.randomUUID().replaceAll("-", "")}`

/** Creates a stream id that no other test uses. */
export const uniqueStream = (): string => `${uniqueName()}-1`

/** Creates an event. Its data defaults to its id, which identifies it. */
export const event = (fields: Partial<Event.NewEvent> = {}): Effect.Effect<Event.NewEvent> =>
  Effect.map(EventId.make, (id) => ({ id, type: "Noted", schemaVersion: 1, data: { of: id }, metadata: {}, ...fields }))

export const events = (count: number, fields: Partial<Event.NewEvent> = {}) =>
  Effect.all(Array.from({ length: count }, () => event(fields)))

/** Creates an event for each of these times. */
export const eventsAt = (times: ReadonlyArray<DateTime.Utc>) =>
  Effect.all(times.map((occurredAt) => event({ occurredAt })))

export const store = EventStore.EventStore

export const read = (stream: string, options?: EventStore.ReadOptions) =>
  store.use((store) => Stream.runCollect(store.read(stream, options)))

export const readAll = (options?: Parameters<EventStore.Service["readAll"]>[0]) =>
  store.use((store) => Stream.runCollect(store.readAll(options)))

export const append = (stream: string, expected: EventStore.ExpectedVersion, events: ReadonlyArray<Event.NewEvent>) =>
  store.use((store) => store.append(stream, expected, events))

export const appendAll = (appends: ReadonlyArray<EventStore.Append>) => store.use((store) => store.appendAll(appends))

/** Returns the reason of a refusal. Dies if the effect succeeds. */
export const reasonOf = <A, R>(
  effect: Effect.Effect<A, EventStoreError.EventStoreError, R>
): Effect.Effect<EventStoreError.Reason, never, R> =>
  effect.pipe(
    Effect.flip,
    Effect.map(({ reason }) => reason),
    Effect.catch((unexpected) => Effect.die(new Error(`it was not refused: ${JSON.stringify(unexpected)}`)))
  )

export const idsOf = (events: ReadonlyArray<{ readonly id: string }>): ReadonlyArray<string> =>
  events.map(({ id }) => id)
export const versionsOf = (events: ReadonlyArray<{ readonly version: number }>): ReadonlyArray<number> =>
  events.map(({ version }) => version)

/** Returns 1, 2, …, count. */
export const upTo = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => i + 1)

/** Checks that each number is greater than the previous one. */
export const isRising = (numbers: ReadonlyArray<number>): boolean =>
  numbers.every((number, i) => i === 0 || number > numbers[i - 1]!)

/**
 * Creates pairs of objects with a key at the same place. The first key consists of characters that
 * the second one has in JSON. A parser that compares the source text of a key with earlier keys
 * returns the first key instead of the second. `name` makes the place unique.
 */
export const escapedKeys = (name: string): ReadonlyArray<Schema.Json> =>
  ["\n", '"', "\t\n", "\u0001", "é\n", "a\\b"].flatMap((key, i) => {
    const before = JSON.stringify(key).slice(1, 1 + key.length)
    return [before, key].map((one) => ({ [`${name}${i}`]: [], [one]: 0, end: { [one]: 1 } }))
  })
