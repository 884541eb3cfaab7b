/** An aggregate in a store: run a command, load a state, look back. Generated services are this, with their types. */
import { DateTime, Effect, Predicate, Random, Result, Schema, Stream } from "effect"
import { Cache, CacheCapacity, type Loaded } from "./AggregateCache.ts"
import { type Decide, type Facts, isEvents } from "./Decider.ts"
import { CurrentMetadata, isLifecycle, type Metadata, type NewEvent, type RecordedEvent } from "./Event.ts"
import * as EventDecoder from "./EventDecoder.ts"
import * as EventId from "./EventId.ts"
import { EventStore, type ReadOptions } from "./EventStore.ts"
import { DecodeFailure, EncodeFailure, EventStoreError, hasReason, InvalidRequest } from "./EventStoreError.ts"
import type { Fold } from "./Fold.ts"
import { StreamTurns } from "./internal/StreamTurns.ts"

export type { Loaded } from "./AggregateCache.ts"

type Tagged = { readonly _tag: string }

/** What a command led to. */
export interface Executed<State, Event> extends Loaded<State> {
  /** What was appended; for a repeated command id, by the first time. */
  readonly events: ReadonlyArray<Event>
  /** True if this command id was run before: this is its first result, and nothing was appended now. */
  readonly repeated: boolean
}

export interface ExecuteOptions {
  /**
   * Names this command: given again, the first result is returned and nothing happens twice. Without it every call is a
   * command of its own. A command that led to no events leaves no record.
   */
  readonly commandId?: string
  /** When it happened in the domain; without it, now. */
  readonly occurredAt?: DateTime.Utc
  /** Added to `Event.CurrentMetadata`. */
  readonly metadata?: Metadata
}

/** One step of a history: an event, and the states around it. */
export interface Step<State, Event> {
  readonly event: Event
  readonly before: State
  readonly after: State
  /** Where and when it is recorded, and its metadata. */
  readonly recorded: RecordedEvent
}

/** The service of one aggregate. `Failures` maps each command's tag to the domain errors that may refuse it. */
export interface Repository<
  Id,
  State,
  Event extends Tagged,
  Command extends Tagged,
  Failures extends Record<Command["_tag"], unknown>
> {
  /**
   * Runs a command: load → decide → append, decided anew when another writer came between. Domain errors are those that the
   * command declares.
   *
   * **Details**
   *
   * Commands of one process to one instance take turns. Against writers in other processes it is tried some thirty times;
   * then it fails with the last `VersionConflict`, and nothing was written.
   */
  readonly execute: <C extends Command>(
    id: Id,
    command: C,
    options?: ExecuteOptions
  ) => Effect.Effect<Executed<State, Event>, Failures[C["_tag"]] | EventStoreError>
  /** The state now; the initial one at version 0, where nothing has happened. */
  readonly load: (id: Id) => Effect.Effect<Loaded<State>, EventStoreError>
  /** The state after this many events (or after all, where there are fewer: `version` tells). */
  readonly loadAt: (id: Id, version: number) => Effect.Effect<Loaded<State>, EventStoreError>
  /** What was true at a time, by `occurredAt`. */
  readonly loadAsOf: (id: Id, time: DateTime.Utc) => Effect.Effect<Loaded<State>, EventStoreError>
  /** What was known at a time, by `recordedAt`. */
  readonly loadAsKnownAt: (id: Id, time: DateTime.Utc) => Effect.Effect<Loaded<State>, EventStoreError>
  /** How it got here: every event with the state before and after it. */
  readonly history: (id: Id) => Stream.Stream<Step<State, Event>, EventStoreError>
  /** The stream that an instance's events are in. */
  readonly streamOf: (id: Id) => Effect.Effect<string, EventStoreError>
}

export interface Definition<Id, State, Command, Event, Failure> {
  readonly name: string
  readonly id: Schema.Codec<Id, string>
  readonly fold: Fold<State, Event>
  readonly decide: Decide<State, Command, Event, Failure>
  /** Compiled codec between an event and its stored JSON. */
  readonly codec: Schema.Codec<Event, Schema.Json>
  readonly command: Schema.Codec<Command, unknown>
  readonly invariants: { readonly [claim: string]: (state: State) => boolean }
}

/** A decision would have broken what the aggregate declares as always true: a defect of `decide`. Nothing was stored. */
export class InvariantBroken extends Error {
  override readonly name = "InvariantBroken"
}

/**
 * Conflicts in a row after which `execute` gives up; each is a turn lost against a writer in another process, since those of
 * one process take turns.
 */
const maxConflicts = 30

/** The events of an aggregate that a page holds, and what they were decoded from. */
interface Decoded<Event> {
  readonly events: ReadonlyArray<Event>
  readonly sources: ReadonlyArray<RecordedEvent>
}

const isConflict = hasReason("VersionConflict")
const isUnknown = hasReason("OutcomeUnknown")
const isReused = hasReason("EventIdReused")

/** Makes the service of one aggregate; generated code calls it. */
export const make = <
  Id,
  State,
  Command extends Tagged,
  Event extends Tagged,
  Failures extends Record<Command["_tag"], unknown>
>(
  definition: Definition<Id, State, Command, Event, Failures[Command["_tag"]]>
): Effect.Effect<Repository<Id, State, Event, Command, Failures>, never, EventStore> =>
  Effect.gen(function* () {
    const store = yield* EventStore
    const cache = new Cache<State>(yield* CacheCapacity)
    const turns = new StreamTurns()
    const { codec, decide, fold, name } = definition
    const decode = EventDecoder.make(codec)
    const encode = Schema.encodeResult(codec)
    const encodeId = Schema.encodeResult(definition.id)
    const checkCommand = Schema.decodeUnknownResult(Schema.toType(definition.command))
    const invariants = Object.entries(definition.invariants)
    const invalid = (operation: string, problem: string) =>
      new EventStoreError({ reason: new InvalidRequest({ operation: `${name}.${operation}`, problem }) })

    const streamOf = (id: Id): Effect.Effect<string, EventStoreError> => {
      const encoded = encodeId(id)
      return Result.isSuccess(encoded)
        ? Effect.succeed(`${name}-${encoded.success}`)
        : Effect.fail(invalid("id", EventDecoder.firstProblem(encoded.failure.issue).problem))
    }

    /**
     * Decodes what follows a version, and sees to it that nothing is missing in between. Events about the stream (that it was
     * archived, say) have versions, and are none of the aggregate's.
     */
    const decodeAll = (
      page: ReadonlyArray<RecordedEvent>,
      after: number
    ): Result.Result<Decoded<Event>, EventStoreError> => {
      const events: Array<Event> = []
      const sources: Array<RecordedEvent> = []
      for (let i = 0; i < page.length; i++) {
        const recorded = page[i]!
        if (!isLifecycle(recorded.type)) {
          const decoded = decode(recorded)
          if (Result.isFailure(decoded)) return Result.fail(decoded.failure)
          events.push(decoded.success)
          sources.push(recorded)
        }
        const expected = after + i + 1
        if (recorded.version !== expected) {
          const { stream, type, version } = recorded
          const problem = `the stream is damaged: version ${expected} is missing before it`
          return Result.fail(
            new EventStoreError({ reason: new DecodeFailure({ stream, version, type, path: "", problem }) })
          )
        }
      }
      return Result.succeed({ events, sources })
    }

    /** Folds what is read onto a state; `seen` is shown every event that goes by. */
    const foldFrom = (
      start: Loaded<State>,
      stream: string,
      options: ReadOptions,
      seen?: (page: Decoded<Event>) => void
    ): Effect.Effect<Loaded<State>, EventStoreError> =>
      Effect.suspend(() => {
        let { state, version } = start
        return store.read(stream, options).pipe(
          Stream.runForEachArray((page) =>
            Effect.suspend(() => {
              const decoded = decodeAll(page, version)
              if (Result.isFailure(decoded)) return Effect.fail(decoded.failure)
              seen?.(decoded.success)
              state = fold.run(state, decoded.success.events)
              version = page.at(-1)!.version
              return Effect.void
            })
          ),
          Effect.map(() => ({ state, version }))
        )
      })
    const nothing: Loaded<State> = { state: fold.initial, version: 0 }
    const load = (stream: string, options: ReadOptions = {}) => foldFrom(nothing, stream, options)

    /** What a command id led to the first time: the events under its derived ids, and the state after the last of them. */
    const firstResult = Effect.fnUntraced(function* (stream: string, idOf: (index: number) => string) {
      const events: Array<Event> = []
      let last = 0
      const loaded = yield* foldFrom(nothing, stream, {}, (page) => {
        for (const [i, recorded] of page.sources.entries()) {
          if (recorded.id !== idOf(events.length)) continue
          events.push(page.events[i]!)
          last = recorded.version
        }
      })
      if (events.length === 0) return { first: undefined, loaded }
      const { state, version } = last === loaded.version ? loaded : yield* load(stream, { to: last })
      return { first: { state, version, events, repeated: true }, loaded }
    })

    const toStored = (
      stream: string,
      events: ReadonlyArray<Event>,
      ids: ReadonlyArray<string>,
      rest: Pick<NewEvent, "metadata" | "occurredAt">
    ): Result.Result<ReadonlyArray<NewEvent>, EventStoreError> => {
      const stored: Array<NewEvent> = []
      for (const [i, event] of events.entries()) {
        const encoded = encode(event)
        if (Result.isFailure(encoded)) {
          const { path, problem } = EventDecoder.firstProblem(encoded.failure.issue)
          const reason = new EncodeFailure({
            stream,
            type: event._tag,
            problem: path === "" ? problem : `${path}: ${problem}`
          })
          return Result.fail(new EventStoreError({ reason }))
        }
        stored.push({ ...rest, id: ids[i]!, type: event._tag, schemaVersion: 1, data: encoded.success })
      }
      return Result.succeed(stored)
    }

    const requireInvariants = (stream: string, command: Command, state: State) => {
      for (const [claim, holds] of invariants) {
        if (holds(state)) continue
        throw new InvariantBroken(
          `${command._tag} on ${stream} would break ${JSON.stringify(claim)}; ${name}'s decide has to refuse it`
        )
      }
    }

    const attempt = Effect.fnUntraced(function* (stream: string, command: Command, options: ExecuteOptions) {
      // Facts and ids are gathered once: however often it is decided anew, it is the same command.
      const commandId = options.commandId ?? (yield* EventId.make)
      const facts: Facts = { now: options.occurredAt ?? (yield* DateTime.now), commandId }
      const idOf = options.commandId === undefined ? EventId.series(commandId) : EventId.derive(stream, commandId)
      const ids: Array<string> = []
      const metadata: Metadata = { ...(yield* CurrentMetadata), causationId: commandId, ...options.metadata }
      const rest = options.occurredAt === undefined ? { metadata } : { metadata, occurredAt: options.occurredAt }
      // A given command id may have been here before; so may one of ours, once an append's outcome was unknown.
      let mayRepeat = options.commandId !== undefined
      let outcomeUnknown: EventStoreError | undefined
      let current = cache.get(stream)
      let fresh = false

      for (let conflicts = 0; ;) {
        if (current === undefined) {
          const { first, loaded } = mayRepeat
            ? yield* Effect.mapError(firstResult(stream, idOf), (error) => outcomeUnknown ?? error)
            : { first: undefined, loaded: yield* load(stream) }
          // What this call lost sight of was its own append.
          if (first !== undefined) return { ...first, repeated: outcomeUnknown === undefined }
          current = loaded
          fresh = true
        }
        const { state, version } = current
        const decided = decide(state, command, facts)
        if (!isEvents(decided) || decided.length === 0) {
          if (!fresh) {
            // Decided on a cached state, which may be behind (or be this very command's result): ask the log.
            cache.delete(stream)
            current = undefined
            continue
          }
          cache.set(stream, current)
          if (isEvents(decided)) return { state, version, events: decided, repeated: false }
          return yield* Effect.fail(decided)
        }
        if (decided.length > EventId.maxPerCommand) {
          return yield* invalid(
            "execute",
            `${command._tag} led to ${decided.length} events, at most ${EventId.maxPerCommand} are possible`
          )
        }
        const next: Loaded<State> = { state: fold.run(state, decided), version: version + decided.length }
        requireInvariants(stream, command, next.state)
        while (ids.length < decided.length) ids.push(idOf(ids.length))
        const stored = toStored(stream, decided, ids, rest)
        if (Result.isFailure(stored)) return yield* Effect.fail(stored.failure)
        const appended = yield* Effect.result(store.append(stream, version, stored.success))
        if (Result.isSuccess(appended)) {
          if (!appended.success.repeated) {
            cache.set(stream, next)
            return { ...next, events: decided, repeated: false }
          }
          mayRepeat = true
        } else {
          const error = appended.failure
          if (isUnknown(error)) {
            // The same ids again settle it, unless the store stays away: then that it is unknown is what the caller must hear.
            outcomeUnknown = error
            mayRepeat = true
          } else if (isReused(error)) {
            // The ids are this command's alone: it was run before, or by another just now, and decided otherwise.
            mayRepeat = true
          } else if (!isConflict(error)) return yield* Effect.fail(outcomeUnknown ?? error)
          if (++conflicts > maxConflicts) return yield* Effect.fail(outcomeUnknown ?? error)
          // The first time the other writer is likely through; after that, writers that meet again and again step apart.
          if (conflicts > 1) yield* Effect.sleep(yield* Random.nextBetween(0, Math.min(2 ** conflicts, 50)))
        }
        cache.delete(stream)
        current = undefined
      }
    })

    const execute = Effect.fn(`${name}.execute`)(function* (id: Id, command: Command, options: ExecuteOptions = {}) {
      const stream = yield* streamOf(id)
      const checked = checkCommand(command)
      if (Result.isFailure(checked)) {
        const { path, problem } = EventDecoder.firstProblem(checked.failure.issue)
        const tag = Predicate.hasProperty(command, "_tag") ? String(command._tag) : "the command"
        return yield* invalid("execute", `${tag}${path === "" ? "" : `.${path}`}: ${problem}`)
      }
      if (options.commandId === "")
        return yield* invalid("execute", "commandId is empty: give the command a name, or none")
      return yield* turns.take(stream)(attempt(stream, command, options))
    })

    const history = (id: Id): Stream.Stream<Step<State, Event>, EventStoreError> =>
      Stream.unwrap(
        Effect.map(streamOf(id), (stream) =>
          store.read(stream).pipe(
            Stream.mapAccumArrayEffect(
              () => nothing,
              ({ state, version }, page) =>
                Effect.map(Effect.fromResult(decodeAll(page, version)), ({ events, sources }) => {
                  const steps: Array<Step<State, Event>> = []
                  for (const [i, event] of events.entries()) {
                    const after = fold.apply(state, event)
                    steps.push({ event, before: state, after, recorded: sources[i]! })
                    state = after
                  }
                  return [{ state, version: version + page.length }, steps] as const
                })
            )
          )
        )
      )

    const loadWith = (operation: string) =>
      Effect.fn(`${name}.${operation}`)(function* (id: Id, options: ReadOptions) {
        return yield* load(yield* streamOf(id), options)
      })
    const [loadNow, loadAt, loadAsOf, loadAsKnownAt] = [
      loadWith("load"),
      loadWith("loadAt"),
      loadWith("loadAsOf"),
      loadWith("loadAsKnownAt")
    ] as const

    return {
      // The implementation knows only the union of failures; `Failures` narrows it by the command's tag.
      execute: execute as Repository<Id, State, Event, Command, Failures>["execute"],
      load: (id) => loadNow(id, {}),
      loadAt: (id, version) => loadAt(id, { to: version }),
      loadAsOf: (id, asOf) => loadAsOf(id, { asOf }),
      loadAsKnownAt: (id, asKnownAt) => loadAsKnownAt(id, { asKnownAt }),
      history,
      streamOf
    }
  })
