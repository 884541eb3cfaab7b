/** An aggregate in a store: run a command, load a state, look back. Generated services are this, with their types. */
import { DateTime, Effect, Result, Schema, type Scope, Stream } from "effect"
import { Cache, CacheCapacity, type Loaded } from "./AggregateCache.ts"
import type { Decide, Facts, FactSource, FactUnavailable } from "./Decider.ts"
import * as EventDecoder from "./internal/codec/EventDecoder.ts"
import * as EventId from "./EventId.ts"
import { EventStore } from "./EventStore.ts"
import type { EventStoreError } from "./EventStoreError.ts"
import type { Fold } from "./generated/Fold.ts"
import * as HandlerGuard from "./generated/HandlerGuard.ts"
import * as History from "./History.ts"
import type { Executed, ExecuteOptions } from "./internal/command/CommandExecution.ts"
import * as StateCopies from "./internal/command/StateCopies.ts"
import type { Kept } from "./internal/command/CachedState.ts"
import * as StateLoader from "./internal/command/StateLoader.ts"
import * as CommandCall from "./internal/command/CommandCall.ts"
import * as SafeCodec from "./internal/codec/SafeCodec.ts"
import * as SnapshotWriter from "./internal/command/SnapshotWriter.ts"
import { StreamTurns } from "./internal/command/KeyedMutex.ts"
import * as CommandBatch from "./internal/command/CommandBatch.ts"
import * as ValueCopy from "./internal/codec/ValueCopy.ts"
import { CurrentPolicy } from "./Snapshots.ts"

export type { Loaded } from "./AggregateCache.ts"
export type { Executed, ExecuteOptions } from "./internal/command/CommandExecution.ts"
export { InvariantBroken } from "./internal/command/CommandCall.ts"
export type { Prepared } from "./internal/command/CommandBatch.ts"

type Tagged = { readonly _tag: string }

/** What a command would be decided to now, and on what. */
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
> => CommandBatch.run("executeAll", all, options) as never

/** Handlers are run by the guard, where there is one. */
const guarded = <Id, State, Command extends Tagged, Event extends Tagged, Failure, Known extends Facts>(
  definition: Definition<Id, State, Command, Event, Failure, Known>,
  guard: HandlerGuard.Guard | undefined
): Definition<Id, State, Command, Event, Failure, Known> => {
  if (guard === undefined) return definition
  const { decide, fold, name } = definition
  return { ...definition, fold: HandlerGuard.fold(name, fold, guard), decide: HandlerGuard.decide(name, decide, guard) }
}

/** Makes the service of one aggregate; generated code calls it. */
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
    const cache = new Cache<Kept<State>>(capacity)
    const policy = yield* CurrentPolicy
    const snapshots =
      policy === undefined || store.snapshots === undefined
        ? undefined
        : yield* SnapshotWriter.make({ name, fold, codec: codec.state, policy, snapshots: store.snapshots })
    const turns = new StreamTurns()
    const isKept = capacity > 0 || snapshots !== undefined
    const handOut = StateCopies.make(codec, isKept)
    const { loaded } = handOut
    const copyState = ValueCopy.make(codec.state)
    const loading = StateLoader.make({ store, fold, codec: codec.event, cache, snapshots, copyState })
    const preparing = CommandCall.make<Id, State, Command, Event, Failures[Command["_tag"]], Known>({
      ...definition,
      codec: codec.event,
      store,
      facts,
      loading,
      cache,
      snapshots,
      handOut
    })
    const difference = History.differ(name, codec.state)
    const encodeId = SafeCodec.encodeResult(definition.id)

    const streamOf = (id: Id): Effect.Effect<string, EventStoreError> => {
      const encoded = encodeId(id)
      return Result.isSuccess(encoded)
        ? Effect.succeed(`${name}-${encoded.success}`)
        : Effect.fail(CommandBatch.invalid(`${name}.id`, EventDecoder.firstProblem(encoded.failure.issue).problem))
    }

    const prepare = (
      operation: string,
      id: Id,
      command: Command
    ): CommandBatch.Prepared<State, Event, Failures[Command["_tag"]]> => ({
      store,
      turns,
      stream: Effect.suspend(() => {
        const refused = preparing.check(operation, command)
        return refused === undefined ? streamOf(id) : Effect.fail(refused)
      }),
      begin: (stream, circumstances) =>
        Effect.map(preparing.facts(id, command), (facts) => preparing.run(stream, command, facts, circumstances))
    })

    const execute = Effect.fn(`${name}.execute`)(function* (id: Id, command: Command, options: ExecuteOptions = {}) {
      const [executed] = yield* CommandBatch.run(`${name}.execute`, [prepare("execute", id, command)], options)
      return executed!
    })

    const executed = Effect.fn(`${name}.executed`)(function* (id: Id, commandId: string) {
      const stream = yield* streamOf(id)
      const found = yield* preparing.recorded(stream, EventId.derive(stream, commandId))
      return found === undefined ? undefined : handOut.executed(found)
    })

    const explain = Effect.fn(`${name}.explain`)(function* (id: Id, command: Command, options: ExecuteOptions = {}) {
      const { begin, stream } = prepare("explain", id, command)
      const run = yield* begin(yield* stream, yield* CommandBatch.circumstances(options))
      const on = yield* run.load()
      const decided = run.decide(on)
      if (Result.isFailure(decided)) return yield* Effect.fail(decided.failure)
      const decision = decided.success
      return {
        state: handOut.state(on.state),
        version: on.version,
        facts: run.facts,
        decision:
          "refused" in decision
            ? { _tag: "Refused", error: decision.refused }
            : {
                _tag: "Accepted",
                events: handOut.events(decision.events),
                state: handOut.state(decision.next.state)
              }
      }
    })

    const history = (id: Id): Stream.Stream<History.Step<State, Event>, EventStoreError> =>
      Stream.unwrap(
        Effect.map(streamOf(id), (stream) =>
          store.read(stream).pipe(
            Stream.mapAccumArrayEffect(
              (): Loaded<State> => loading.nothing(),
              ({ state, version }, page) =>
                Effect.map(Effect.fromResult(loading.decodeAll(page, version)), ({ events, sources }) => {
                  const { apply } = fold
                  const [after, steps] = History.steps({ from: state, events, sources, apply, difference })
                  // The next page goes on from it, whatever the caller does to what it has got.
                  return [{ state: copyState(after), version: version + page.length }, steps] as const
                })
            )
          )
        )
      )

    const diff = Effect.fn(`${name}.diff`)(function* (id: Id, from: number, to: number) {
      if (from > to)
        return yield* CommandBatch.invalid(`${name}.diff`, `from ${from} is after to ${to}; name the earlier one first`)
      const stream = yield* streamOf(id)
      const before = yield* loading.load(stream, { to: from })
      const events: Array<Event> = []
      const after = yield* loading.resume(before, stream, { to }, (page) => void events.push(...page.events))
      return {
        from: loaded(before),
        to: loaded(after),
        events,
        difference: difference(before.state, after.state)
      }
    })

    const whatIf = Effect.fn(`${name}.whatIf`)(function* (id: Id, edits: History.Edits<State, Event>) {
      const stream = yield* streamOf(id)
      const happened: Array<Event> = []
      const actual = yield* loading.resume(loading.nothing(), stream, {}, (page) => void happened.push(...page.events))
      const events = edits.events?.(happened) ?? happened
      const imagined = events.reduce(edits.apply ?? fold.apply, loading.nothing().state)
      return {
        actual: { state: actual.state, version: actual.version },
        imagined,
        events,
        difference: difference(actual.state, imagined)
      }
    })

    const loadWith = (operation: string) =>
      Effect.fn(`${name}.${operation}`)(function* (id: Id, bounds: StateLoader.Bounds) {
        return loaded(yield* loading.load(yield* streamOf(id), bounds))
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
