/** What the tests of a store are written with: names nobody else uses, events, and short ways to read and to be refused. */
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

/** A name of an aggregate that no other test uses. */
export const uniqueName = (): string => `T${globalThis.crypto.randomUUID().replaceAll("-", "")}`

/** A stream that no other test uses. */
export const uniqueStream = (): string => `${uniqueName()}-1`

/** A new event; where `data` is not of interest it counts for itself by its id. */
export const event = (fields: Partial<Event.NewEvent> = {}): Effect.Effect<Event.NewEvent> =>
  Effect.map(EventId.make, (id) => ({ id, type: "Noted", schemaVersion: 1, data: { of: id }, metadata: {}, ...fields }))

export const events = (count: number, fields: Partial<Event.NewEvent> = {}) =>
  Effect.all(Array.from({ length: count }, () => event(fields)))

/** Events that occurred at these times, one for each. */
export const eventsAt = (times: ReadonlyArray<DateTime.Utc>) =>
  Effect.all(times.map((occurredAt) => event({ occurredAt })))

export const store = EventStore.EventStore

export const read = (stream: string, options?: EventStore.ReadOptions) =>
  store.use((store) => Stream.runCollect(store.read(stream, options)))

export const readAll = (options?: EventStore.ReadAllOptions) =>
  store.use((store) => Stream.runCollect(store.readAll(options)))

export const append = (stream: string, expected: EventStore.ExpectedVersion, events: ReadonlyArray<Event.NewEvent>) =>
  store.use((store) => store.append(stream, expected, events))

export const appendAll = (appends: ReadonlyArray<EventStore.Append>) => store.use((store) => store.appendAll(appends))

/** The reason for which this was refused; a defect where it was not. */
export const reasonOf = <A, R>(
  effect: Effect.Effect<A, EventStoreError.EventStoreError, R>
): Effect.Effect<EventStoreError.Reason, never, R> =>
  effect.pipe(
    Effect.flip,
    Effect.map(({ reason }) => reason),
    Effect.catch((unexpected) => Effect.die(new Error(`was not refused: ${JSON.stringify(unexpected)}`)))
  )

export const idsOf = (events: ReadonlyArray<{ readonly id: string }>): ReadonlyArray<string> =>
  events.map(({ id }) => id)
export const versionsOf = (events: ReadonlyArray<{ readonly version: number }>): ReadonlyArray<number> =>
  events.map(({ version }) => version)

/** 1, 2, …, count. */
export const upTo = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => i + 1)

/** Whether each number is greater than the one before it. */
export const isRising = (numbers: ReadonlyArray<number>): boolean =>
  numbers.every((number, i) => i === 0 || number > numbers[i - 1]!)

/**
 * Objects with a key at one place: first one that consists of what the next is written with in JSON. A parser that compares the
 * source text of a key with keys that it has met returns the first in place of the next. `name` keeps the place apart from others.
 */
export const escapedKeys = (name: string): ReadonlyArray<Schema.Json> =>
  ["\n", '"', "\t\n", "\u0001", "é\n", "a\\b"].flatMap((key, i) => {
    const before = JSON.stringify(key).slice(1, 1 + key.length)
    return [before, key].map((one) => ({ [`${name}${i}`]: [], [one]: 0, end: { [one]: 1 } }))
  })
