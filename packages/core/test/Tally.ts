/** Small aggregate for tests, written by hand like generated code; and stores that misbehave. */
import { Effect, Schema, type Scope, Stream } from "effect"
import { Aggregate, type Decider, EventStore, EventStoreError, Repository } from "eventfold"
import { type Fold, StoredForm } from "eventfold/generated"

const { EventStoreError: StoreError } = EventStoreError

export const Tally = Aggregate.make("Tally", {
  id: Schema.NonEmptyString,
  state: Schema.Struct({ count: Schema.Int, steps: Schema.Natural }),
  initial: { count: 0, steps: 0 },
  events: {
    Counted: { by: Schema.Int },
    Noted: { at: Schema.DateTimeUtc, of: Schema.Struct({ command: Schema.String }) }
  },
  errors: { TooMuch: { most: Schema.Int } },
  commands: {
    Count: { payload: { by: Schema.Int }, emits: ["Counted"], fails: ["TooMuch"] },
    /** Its events depend on the state. */
    Double: { payload: {}, emits: ["Counted"], fails: ["TooMuch"] },
    /** Emits several events, from the facts. */
    Note: { payload: {}, emits: ["Counted", "Noted"], fails: [] },
    Wait: { payload: {}, emits: [], fails: [] },
    /** Its decision throws. */
    Ruin: { payload: {}, emits: ["Counted"], fails: [] }
  },
  invariants: { "never below zero": ({ count }) => count >= 0 }
})

export type State = typeof Tally.state.Type
export type TallyEvent = typeof Tally.event.Type
export type Command = typeof Tally.command.Type
export type TooMuch = typeof Tally.errors.TooMuch.Type
export interface Failures {
  readonly Count: TooMuch
  readonly Double: TooMuch
  readonly Note: never
  readonly Wait: never
  readonly Ruin: never
}

export const most = 1_000

const counted = ({ count }: State, by: number): ReadonlyArray<TallyEvent> | TooMuch =>
  count + by > most ? { _tag: "TooMuch", most } : [{ _tag: "Counted", by }]

export const decide: Decider.Decide<State, Command, TallyEvent, TooMuch> = (state, command, { commandId, now }) => {
  switch (command._tag) {
    case "Count":
      return counted(state, command.by)
    case "Double":
      return counted(state, state.count)
    case "Note":
      return [
        { _tag: "Counted", by: 1 },
        { _tag: "Noted", at: now, of: { command: commandId } }
      ]
    case "Wait":
      return []
    case "Ruin":
      return [{ _tag: "Counted", by: -most * 2 }]
  }
}

const apply = (state: State, event: TallyEvent): State =>
  event._tag === "Counted"
    ? { count: state.count + event.by, steps: state.steps + 1 }
    : { ...state, steps: state.steps + 1 }

export const fold: Fold.Fold<State, TallyEvent> = {
  initial: Tally.initial,
  apply,
  run: (state, events) => events.reduce(apply, state),
  fingerprint: "test"
}

export const codec = { events: StoredForm.events<TallyEvent>(Tally.event), state: StoredForm.codec(Tally.state) }

/** Makes a new service, with its own cache if one is provided. */
export const makeTallies = (
  decision: Decider.Decide<State, Command, TallyEvent, TooMuch> = decide
): Effect.Effect<
  Repository.Repository<string, State, TallyEvent, Command, Failures>,
  never,
  EventStore.EventStore | Scope.Scope
> =>
  Repository.make<string, State, Command, TallyEvent, Failures>({
    name: Tally.name,
    id: Tally.id,
    fold,
    decide: decision,
    codec,
    command: Tally.command,
    invariants: Tally.invariants
  })

export const count = (by: number): Extract<Command, { _tag: "Count" }> => ({ _tag: "Count", by })

/** Makes a service on a store with changed methods; `change` gets the real store. */
export const makeTalliesOn = (
  change: (real: EventStore.Service) => Partial<EventStore.Service>,
  decision?: Parameters<typeof makeTallies>[0]
) =>
  EventStore.EventStore.use((real) =>
    Effect.provideService(
      makeTallies(decision),
      EventStore.EventStore,
      EventStore.EventStore.of({ ...real, ...change(real) })
    )
  )

/** Fails with this reason. */
export const failing = (reason: EventStoreError.Reason) => Effect.fail(new StoreError({ reason }))

/** Reads the events of a stream. */
export const stored = (stream: string) => EventStore.EventStore.use((store) => Stream.runCollect(store.read(stream)))

/**
 * Returns the reason of an `EventStoreError`; dies if the effect succeeded, or failed with a domain
 * error.
 */
export const reasonOf = <A, E extends { readonly _tag: string }, R>(
  effect: Effect.Effect<A, E | EventStoreError.EventStoreError, R>
): Effect.Effect<EventStoreError.Reason, never, R> =>
  effect.pipe(
    Effect.flip,
    Effect.flatMap((error) => ("reason" in error ? Effect.succeed(error.reason) : Effect.die(error))),
    Effect.catch((unexpected) => Effect.die(new Error(`was not refused: ${JSON.stringify(unexpected)}`)))
  )

/** The aggregate in the form that the laws take. */
export const TallyLaws = { name: "TallyLaws", aggregate: Tally, fold, decide, codec }
