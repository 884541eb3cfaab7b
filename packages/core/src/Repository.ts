/** An aggregate in a store: run a command, load a state, look back. Generated services are this, with their types. */
import { DateTime, Effect, type Schema, type Scope, Stream } from "effect"
import { CacheCapacity } from "./AggregateCache.ts"
import type { Decide, Facts, FactSource, FactUnavailable } from "./Decider.ts"
import * as EventId from "./EventId.ts"
import { EventStore } from "./EventStore.ts"
import type { EventStoreError } from "./EventStoreError.ts"
import type { Fold, Loaded } from "./generated/Fold.ts"
import * as HandlerGuard from "./generated/HandlerGuard.ts"
import type * as History from "./History.ts"
import * as ValueCopy from "./internal/codec/ValueCopy.ts"
import { AggregateModel } from "./internal/command/AggregateModel.ts"
import type { CachedState } from "./internal/command/CachedState.ts"
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

export type { Loaded } from "./generated/Fold.ts"
export type { Executed, ExecuteOptions } from "./internal/command/CommandExecution.ts"
export { InvariantBroken } from "./internal/command/AggregateModel.ts"
export type { Prepared } from "./internal/command/CommandBatch.ts"

type Tagged = { readonly _tag: string }

/**
 * What a command would be decided to now, and on what.
 *
 * @since 0.1.0
 * @category models
 */
export interface Explained<State, Event, Failure> extends Loaded<State> {
  readonly facts: Facts
  /** The events that it would lead to and the state after them, or the error that refuses it. */
  readonly decision:
    | { readonly _tag: "Accepted"; readonly events: ReadonlyArray<Event>; readonly state: State }
    | { readonly _tag: "Refused"; readonly error: Failure }
}

/**
 * The service of one aggregate. `Failures` maps each command's tag to the domain errors that may refuse it; `Asking` has the
 * tags of the commands that are decided with declared facts.
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
   * Runs a command: load → decide → append, decided anew when another writer came between. Domain errors are those that the
   * command declares.
   *
   * **Details**
   *
   * Commands of one process to one instance take turns. Against writers in other processes it is tried some thirty times;
   * then it fails with the last `VersionConflict`, and nothing was written.
   *
   * **Gotchas**
   *
   * Interrupted from outside (by `Effect.timeout`, say) it is written wholly or not at all, and nobody is left to be told:
   * give the command a `commandId`, and run it again to learn which, or use the option `timeout`.
   */
  readonly execute: <C extends Command>(
    id: Id,
    command: C,
    options?: ExecuteOptions
  ) => Effect.Effect<
    Executed<State, Event>,
    Failures[C["_tag"]] | (C["_tag"] extends Asking ? FactUnavailable : never) | EventStoreError
  >
  /** A command for `Repository.executeAll`. */
  readonly prepare: <C extends Command>(
    id: Id,
    command: C
  ) => CommandBatch.Prepared<State, Event, Failures[C["_tag"]] | (C["_tag"] extends Asking ? FactUnavailable : never)>
  /** What a command id led to; undefined where it left no record (yet). */
  readonly executed: (id: Id, commandId: string) => Effect.Effect<Executed<State, Event> | undefined, EventStoreError>
  /** What a command would be decided to now, and on which state. Stores nothing. */
  readonly explain: <C extends Command>(
    id: Id,
    command: C,
    options?: Pick<ExecuteOptions, "commandId" | "occurredAt">
  ) => Effect.Effect<
    Explained<State, Event, Failures[C["_tag"]]>,
    (C["_tag"] extends Asking ? FactUnavailable : never) | EventStoreError
  >
  /** The state now; the initial one at version 0, where nothing has happened. */
  readonly load: (id: Id) => Effect.Effect<Loaded<State>, EventStoreError>
  /** The state after this many events (or after all, where there are fewer: `version` tells). */
  readonly loadAt: (id: Id, version: number) => Effect.Effect<Loaded<State>, EventStoreError>
  /** What was true at a time, by `occurredAt`. */
  readonly loadAsOf: (id: Id, time: DateTime.Utc) => Effect.Effect<Loaded<State>, EventStoreError>
  /** What was known at a time, by `recordedAt`. */
  readonly loadAsKnownAt: (id: Id, time: DateTime.Utc) => Effect.Effect<Loaded<State>, EventStoreError>
  /** How it got here: every event with the state before and after it, read page by page. */
  readonly history: (id: Id) => Stream.Stream<History.Step<State, Event>, EventStoreError>
  /** What changed between two versions. */
  readonly diff: (id: Id, from: number, to: number) => Effect.Effect<History.Difference<State, Event>, EventStoreError>
  /** The state that other events, or another `apply`, would have led to. Stores nothing. */
  readonly whatIf: (
    id: Id,
    edits: History.Edits<State, Event>
  ) => Effect.Effect<History.WhatIf<State, Event>, EventStoreError>
  /** The stream that an instance's events are in. */
  readonly streamOf: (id: Id) => Effect.Effect<string, EventStoreError>
}

export interface Definition<Id, State, Command extends Tagged, Event, Failure, Known extends Facts = Facts> {
  readonly name: string
  readonly id: Schema.Codec<Id, string>
  readonly fold: Fold<State, Event>
  readonly decide: Decide<State, Command, Event, Failure, Known>
  /** Compiled codecs between events and states and their stored JSON. */
  readonly codec: { readonly event: Schema.Codec<Event, Schema.Json>; readonly state: Schema.Codec<State, Schema.Json> }
  readonly command: Schema.Codec<Command, unknown>
  readonly invariants: { readonly [claim: string]: (state: State) => boolean }
  /** Where declared facts come from; left out where none are declared. */
  readonly facts?: FactSource<Id>
}

/**
 * Runs several commands, of one aggregate or of several: all of them are written, or none.
 *
 * **When to use**
 *
 * Where a rule spans instances, as money that leaves one account and arrives in another.
 *
 * **Details**
 *
 * All are decided on the states of their streams, appended in one transaction, and decided anew when another writer came to
 * any of those streams. The first refusal refuses all. Two commands for one instance are decided one on the other. With a
 * `commandId` the same commands again give the first results.
 *
 * **Gotchas**
 *
 * A command that leads to no events is decided on a state that nothing holds still while the others commit. All services
 * must be built on one store.
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
  // Every event of an aggregate is tagged. The result has the types of the tuple, which `run` does not know.
  CommandBatch.run(
    "executeAll",
    all as ReadonlyArray<CommandBatch.Prepared<unknown, Tagged, unknown>>,
    options
  ) as never

/** Handlers are run by the guard, where there is one. */
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
    const states = new StateLoader({ store, fold, codec: codec.event, cache, snapshots, copyState })
    const aggregate = new AggregateModel<Id, State, Command, Event, Failures[Command["_tag"]]>({
      ...definition,
      event: codec.event,
      store,
      facts,
      states,
      copies
    })
    const past = new StateHistory({ name, store, fold, codec: codec.state, states, copies, copyState })
    const streamOf = (id: Id) => aggregate.streamOf(id)
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

    const explain = Effect.fn(`${name}.explain`)(function* (id: Id, command: Command, options: ExecuteOptions = {}) {
      const prepared = prepare("explain", id, command)
      const stream = yield* prepared.check()
      const call = yield* prepared.bind(stream, yield* CommandContext.make(options))
      const on = yield* states.load(stream)
      const decision = yield* Effect.fromResult(call.decide(on))
      return {
        state: copies.state(on.state),
        version: on.version,
        facts: call.facts,
        decision:
          decision._tag === "Refused"
            ? decision
            : {
                _tag: decision._tag,
                events: copies.events(decision.events),
                state: copies.state(decision.next.state)
              }
      }
    })

    const history = (id: Id) => Stream.unwrap(Effect.map(streamOf(id), (stream) => past.steps(stream)))

    const diff = Effect.fn(`${name}.diff`)(function* (id: Id, from: number, to: number) {
      return yield* past.difference(yield* streamOf(id), from, to)
    })

    const whatIf = Effect.fn(`${name}.whatIf`)(function* (id: Id, edits: History.Edits<State, Event>) {
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
      // The implementation knows only the union of failures; `Failures` narrows it by the command's tag.
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
