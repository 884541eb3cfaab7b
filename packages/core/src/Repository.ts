/**
 * Repositories run commands on the instances of an aggregate, load their states, and read their
 * history. Generated services are repositories with generated types.
 */
import { DateTime, Effect, type Schema, type Scope, Stream } from "effect"
import { CacheCapacity } from "./AggregateCache.ts"
import type { Ask, Decide, Facts, FactUnavailable } from "./Decider.ts"
import * as EventId from "./EventId.ts"
import { EventStore } from "./EventStore.ts"
import type { EventStoreError } from "./EventStoreError.ts"
import type { Codec } from "./generated/Codec.ts"
import type { Fold } from "./generated/Fold.ts"
import type { Loaded } from "./generated/Loaded.ts"
import * as HandlerGuard from "./generated/HandlerGuard.ts"
import type * as History from "./History.ts"
import * as ValueCopy from "./internal/codec/ValueCopy.ts"
import { AggregateModel } from "./internal/command/AggregateModel.ts"
import type { CachedState } from "./internal/command/CachedState.ts"
import type { Decision } from "./internal/command/CommandCall.ts"
import * as CommandBatch from "./internal/command/CommandBatch.ts"
import { PreparedCommand } from "./internal/command/CommandBatch.ts"
import * as CommandContext from "./internal/command/CommandContext.ts"
import type { Executed, ExecuteOptions } from "./internal/command/CommandExecution.ts"
import * as SnapshotWriter from "./internal/command/SnapshotWriter.ts"
import { StateCache } from "./internal/command/StateCache.ts"
import * as StateCopies from "./internal/command/StateCopies.ts"
import { StateHistory } from "./internal/command/StateHistory.ts"
import { type Bounds, StateLoader } from "./internal/command/StateLoader.ts"
import { CurrentPolicy } from "./Snapshots.ts"

export type { Loaded } from "./generated/Loaded.ts"
export type { Executed, ExecuteOptions } from "./internal/command/CommandExecution.ts"
export { InvariantBroken } from "./internal/command/AggregateModel.ts"
export type { Prepared } from "./internal/command/CommandBatch.ts"

type Tagged = { readonly _tag: string }

/**
 * Service of one aggregate. `Failures` maps the tag of each command to the domain errors that may
 * refuse it; `Asking` is the union of the tags of commands with declared facts.
 *
 * @since 0.1.0
 * @category services
 */
export interface Repository<
  Id,
  State,
  Event extends Tagged,
  Command extends Tagged,
  Failures extends Record<Command["_tag"], unknown>,
  Asking extends Command["_tag"] = never
> {
  /**
   * Runs a command: load → decide → append, decided again if another writer has appended in
   * between. Domain errors are those that the command declares.
   *
   * **Details**
   *
   * Commands of one process on one instance run one after the other. Against writers in other
   * processes, about thirty attempts are made; then it fails with the last `VersionConflict`, and
   * nothing was written.
   *
   * **Gotchas**
   *
   * If it is interrupted from outside, for example by `Effect.timeout`, the command is written
   * completely or not at all, and the caller gets no result: pass a `commandId`, and run the
   * command again to learn the outcome, or use the option `timeout`.
   */
  readonly execute: <C extends Command>(
    id: Id,
    command: C,
    options?: ExecuteOptions
  ) => Effect.Effect<
    Executed<State, Event>,
    Failures[C["_tag"]] | (C["_tag"] extends Asking ? FactUnavailable : never) | EventStoreError
  >
  /** Prepares a command for `Repository.executeAll`. */
  readonly prepare: <C extends Command>(
    id: Id,
    command: C
  ) => CommandBatch.Prepared<State, Event, Failures[C["_tag"]] | (C["_tag"] extends Asking ? FactUnavailable : never)>
  /**
   * Returns the result of an earlier command by its id; `undefined` if the command has written
   * nothing yet.
   */
  readonly executed: (id: Id, commandId: string) => Effect.Effect<Executed<State, Event> | undefined, EventStoreError>
  /**
   * Decides a command on the current state, and returns that state, the facts and the decision.
   * Stores nothing.
   */
  readonly explain: <C extends Command>(
    id: Id,
    command: C,
    options?: Pick<ExecuteOptions, "commandId" | "occurredAt">
  ) => Effect.Effect<
    Loaded<State> & {
      readonly facts: Facts
      /** Events of the command and the state after them, or the error that refuses it. */
      readonly decision:
        | { readonly _tag: "Accepted"; readonly events: ReadonlyArray<Event>; readonly state: State }
        | { readonly _tag: "Refused"; readonly error: Failures[C["_tag"]] }
    },
    (C["_tag"] extends Asking ? FactUnavailable : never) | EventStoreError
  >
  /** Loads the current state; without events, the initial state at version 0. */
  readonly load: (id: Id) => Effect.Effect<Loaded<State>, EventStoreError>
  /**
   * Loads the state after this number of events, or after all if there are fewer: `version` has the
   * number.
   */
  readonly loadAt: (id: Id, version: number) => Effect.Effect<Loaded<State>, EventStoreError>
  /** Loads the state at a time, by `occurredAt`. */
  readonly loadAsOf: (id: Id, time: DateTime.Utc) => Effect.Effect<Loaded<State>, EventStoreError>
  /** Loads the state as it was known at a time, by `recordedAt`. */
  readonly loadAsKnownAt: (id: Id, time: DateTime.Utc) => Effect.Effect<Loaded<State>, EventStoreError>
  /** Reads every event with the states before and after it, page by page. */
  readonly history: (id: Id) => Stream.Stream<History.Step<State, Event>, EventStoreError>
  /** Returns the difference between two versions. */
  readonly diff: (id: Id, from: number, to: number) => Effect.Effect<History.Difference<State, Event>, EventStoreError>
  /** Computes the state for an edited history, or for a different `apply`. Stores nothing. */
  readonly whatIf: (
    id: Id,
    edits: {
      /** Returns the history to replay: with events left out, changed, or added. */
      readonly events?: (history: ReadonlyArray<Event>) => ReadonlyArray<Event>
      /** Replaces `apply`. */
      readonly apply?: (state: State, event: Event) => State
    }
  ) => Effect.Effect<History.WhatIf<State, Event>, EventStoreError>
  /** Returns the id of an instance's stream. */
  readonly streamOf: (id: Id) => Effect.Effect<string, EventStoreError>
}

/**
 * Parts of an aggregate, for {@link make}.
 */
interface Definition<Id, State, Command extends Tagged, Event, Failure, Known extends Facts = Facts> {
  readonly name: string
  readonly id: Schema.Codec<Id, string>
  readonly fold: Fold<State, Event>
  readonly decide: Decide<State, Command, Event, Failure, Known>
  /** Compiled codecs of events and states. */
  readonly codec: Pick<Codec<Event, State>, "events" | "state">
  readonly command: Schema.Codec<Command, unknown>
  readonly invariants: { readonly [claim: string]: (state: State) => boolean }
  /** Source of declared facts; absent if no facts are declared. */
  readonly facts?: {
    /** Facts of each command: the declaration's `flow`. */
    readonly flow: { readonly [command: string]: { readonly facts: ReadonlyArray<string> } }
    readonly schemas: { readonly [fact: string]: Schema.Codec<unknown, unknown> }
    /** Functions that fetch facts. Each is called only for commands that declare its fact. */
    readonly ask: { readonly [fact: string]: Ask<Id, never, unknown> }
  }
}

/**
 * Runs several commands, of one aggregate or of several: all are written, or none.
 *
 * **When to use**
 *
 * For a rule that spans instances, such as a transfer from one account to another.
 *
 * **Details**
 *
 * All commands are decided on the states of their streams, appended in one transaction, and decided
 * again if another writer has appended to any of those streams. The first refusal refuses all
 * commands. The second of two commands on one instance is decided on the state after the first.
 * With a `commandId`, running the same commands again returns the first results.
 *
 * **Gotchas**
 *
 * A command without events is decided on a state that may change before the transaction commits.
 * All services must be built on one store.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Repository } from "eventfold"
 *
 * const both = <S1, E1, F1, S2, E2, F2>(
 *   withdraw: Repository.Prepared<S1, E1, F1>,
 *   deposit: Repository.Prepared<S2, E2, F2>
 * ) => Effect.map(Repository.executeAll([withdraw, deposit]), ([from, to]) => [from.version, to.version])
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const executeAll = <const All extends ReadonlyArray<CommandBatch.Prepared<unknown, unknown, unknown>>>(
  all: All,
  options: ExecuteOptions = {}
): Effect.Effect<
  {
    readonly [I in keyof All]: All[I] extends CommandBatch.Prepared<infer State, infer Event, unknown>
      ? Executed<State, Event>
      : never
  },
  (All[number] extends CommandBatch.Prepared<unknown, unknown, infer Failure> ? Failure : never) | EventStoreError
> =>
  // Every event of an aggregate is tagged. The result has the types of the tuple, which `run` does
  // not know.
  CommandBatch.run(
    "executeAll",
    all as ReadonlyArray<CommandBatch.Prepared<unknown, Tagged, unknown>>,
    options
  ) as never

/** Runs handlers with the guard, if there is one. */
const guarded = <Id, State, Command extends Tagged, Event extends Tagged, Failure, Known extends Facts>(
  definition: Definition<Id, State, Command, Event, Failure, Known>,
  guard: HandlerGuard.Guard | undefined
): Definition<Id, State, Command, Event, Failure, Known> => {
  if (guard === undefined) return definition
  const { decide, fold, name } = definition
  return { ...definition, fold: HandlerGuard.fold(name, fold, guard), decide: HandlerGuard.decide(name, decide, guard) }
}

/**
 * Makes the service of one aggregate; generated code calls it.
 *
 * @example
 * ```ts
 * import { Effect, Schema } from "effect"
 * import { MemoryEventStore, Repository } from "eventfold"
 * import { StoredForm } from "eventfold/generated"
 *
 * const Counted = Schema.TaggedStruct("Counted", { by: Schema.Int })
 * const Count = Schema.TaggedStruct("Count", { by: Schema.Int })
 * type State = { readonly count: number }
 * type Failures = { readonly Count: never }
 * const apply = (state: State, event: typeof Counted.Type): State => ({ count: state.count + event.by })
 *
 * const program = Effect.gen(function* () {
 *   const counters = yield* Repository.make<string, State, typeof Count.Type, typeof Counted.Type, Failures>({
 *     name: "Counter",
 *     id: Schema.String,
 *     fold: {
 *       initial: { count: 0 },
 *       apply,
 *       run: (state, events) => events.reduce(apply, state),
 *       fingerprint: "1"
 *     },
 *     decide: (_state, { by }) => [{ _tag: "Counted", by }],
 *     codec: { events: StoredForm.events(Counted), state: Schema.toCodecJson(Schema.Struct({ count: Schema.Int })) },
 *     command: Count,
 *     invariants: {}
 *   })
 *   yield* counters.execute("a", { _tag: "Count", by: 2 })
 *   return (yield* counters.load("a")).state.count // 2
 * })
 * await Effect.runPromise(Effect.provide(Effect.scoped(program), MemoryEventStore.layer))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <
  Id,
  State,
  Command extends Tagged,
  Event extends Tagged,
  Failures extends Record<Command["_tag"], unknown>,
  Asking extends Command["_tag"] = never,
  Known extends Facts = Facts
>(
  given: Definition<Id, State, Command, Event, Failures[Command["_tag"]], Known>
): Effect.Effect<Repository<Id, State, Event, Command, Failures, Asking>, never, EventStore | Scope.Scope> =>
  Effect.gen(function* () {
    const definition = guarded(given, yield* HandlerGuard.Current)
    const { codec, facts, fold, name } = definition
    const store = yield* EventStore
    const capacity = yield* CacheCapacity
    const cache = new StateCache<CachedState<State>>(capacity)
    const policy = yield* CurrentPolicy
    const snapshots =
      policy === undefined || store.snapshots === undefined
        ? undefined
        : yield* SnapshotWriter.make({ name, fold, codec: codec.state, policy, snapshots: store.snapshots })
    const copies = StateCopies.make(codec, capacity > 0 || snapshots !== undefined)
    const copyState = ValueCopy.make(codec.state)
    const states = new StateLoader({ store, fold, stored: codec.events, cache, snapshots, copyState })
    const aggregate = new AggregateModel<Id, State, Command, Event, Failures[Command["_tag"]]>({
      ...definition,
      stored: codec.events,
      store,
      facts,
      states,
      copies
    })
    const past = new StateHistory({ name, store, fold, codec: codec.state, states, copies, copyState })
    const streamOf = (id: Id) => Effect.fromResult(aggregate.streamOf(id))
    const prepare = (operation: string, id: Id, command: Command) =>
      new PreparedCommand(aggregate, operation, id, command)

    const execute = Effect.fn(`${name}.execute`)(function* (id: Id, command: Command, options: ExecuteOptions = {}) {
      const [executed] = yield* CommandBatch.run(`${name}.execute`, [prepare("execute", id, command)], options)
      return executed!
    })

    const executed = Effect.fn(`${name}.executed`)(function* (id: Id, commandId: string) {
      const stream = yield* streamOf(id)
      const found = yield* aggregate.earlierResult(stream, EventId.derive(stream, commandId))
      return found === undefined ? undefined : copies.executed(found)
    })

    const copied = (decision: Decision<State, Event, Failures[Command["_tag"]]>) => {
      if (decision._tag === "Refused") return decision
      const { _tag, events, next } = decision
      return { _tag, events: copies.events(events), state: copies.state(next.state) }
    }
    const explain = Effect.fn(`${name}.explain`)(function* (id: Id, command: Command, options: ExecuteOptions = {}) {
      const prepared = prepare("explain", id, command)
      const stream = yield* Effect.fromResult(prepared.check())
      const call = yield* prepared.bind(stream, yield* CommandContext.make(options))
      const on = yield* states.load(stream)
      const decision = yield* Effect.fromResult(call.decide(on))
      return { state: copies.state(on.state), version: on.version, facts: call.facts, decision: copied(decision) }
    })

    const history = (id: Id) => Stream.unwrap(Effect.map(streamOf(id), (stream) => past.steps(stream)))

    const diff = Effect.fn(`${name}.diff`)(function* (id: Id, from: number, to: number) {
      return yield* past.difference(yield* streamOf(id), from, to)
    })

    const whatIf = Effect.fn(`${name}.whatIf`)(function* (id: Id, edits: Parameters<typeof past.whatIf>[1]) {
      return yield* past.whatIf(yield* streamOf(id), edits)
    })

    const loadWith = (operation: string) =>
      Effect.fn(`${name}.${operation}`)(function* (id: Id, bounds: Bounds) {
        return copies.loaded(yield* states.load(yield* streamOf(id), bounds))
      })
    const [loadNow, loadAt, loadAsOf, loadAsKnownAt] = [
      loadWith("load"),
      loadWith("loadAt"),
      loadWith("loadAsOf"),
      loadWith("loadAsKnownAt")
    ] as const

    type Self = Repository<Id, State, Event, Command, Failures, Asking>
    return {
      // The implementation knows only the union of failures; `Failures` narrows it by the command's
      // tag.
      execute: execute as Self["execute"],
      prepare: ((id, command) => prepare("executeAll", id, command)) as Self["prepare"],
      executed,
      explain: explain as Self["explain"],
      load: (id) => loadNow(id, {}),
      loadAt: (id, version) => loadAt(id, { to: version }),
      loadAsOf: (id, asOf) => loadAsOf(id, { asOf }),
      loadAsKnownAt: (id, asKnownAt) => loadAsKnownAt(id, { asKnownAt }),
      history,
      diff,
      whatIf,
      streamOf
    }
  })
