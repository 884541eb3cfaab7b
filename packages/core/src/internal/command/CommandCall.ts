/** Makes a command ready to run: checks it, gathers its facts, and knows how it is decided and stored. */
import { type DateTime, Effect, Predicate, Result, Schema } from "effect"
import type { Cache } from "../../AggregateCache.ts"
import { type Decide, type Facts, FactUnavailable, type FactSource, isEvents } from "../../Decider.ts"
import type { Metadata, NewEvent, RecordedEvent } from "../../Event.ts"
import * as EventDecoder from "../codec/EventDecoder.ts"
import * as EventId from "../../EventId.ts"
import type { Service as Store } from "../../EventStore.ts"
import { EncodeFailure, EventStoreError, InvalidRequest } from "../../EventStoreError.ts"
import type { Fold } from "../../generated/Fold.ts"
import type { Executed } from "./CommandExecution.ts"
import type { Decision, Run } from "./CommandRun.ts"
import type { HandOut } from "./StateCopies.ts"
import type { Kept } from "./CachedState.ts"
import type { Loading } from "./StateLoader.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"
import type { Snapshotting } from "./SnapshotWriter.ts"

type Tagged = { readonly _tag: string }

/** What all commands that run together have in common. */
export interface Circumstances {
  readonly commandId: string
  /** What the ids of the command's events are made of: its id where that was given, else one for each command. */
  readonly seed: string
  /** Whether the id was given, so that it names the command for all time. */
  readonly isNamed: boolean
  readonly now: DateTime.Utc
  readonly occurredAt: DateTime.Utc | undefined
  readonly metadata: Metadata
}

/** A decision would have broken what the aggregate declares as always true: a defect of `decide`. Nothing was stored. */
export class InvariantBroken extends Error {
  override readonly name = "InvariantBroken"
}

export interface Preparing<Id, State, Event, Command, Failure> {
  /** Refuses what is no command. */
  readonly check: (operation: string, command: Command) => EventStoreError | undefined
  readonly facts: (id: Id, command: Command) => Effect.Effect<{ readonly [fact: string]: unknown }, FactUnavailable>
  /** What the events of these ids came from: a command that was run before. */
  readonly recorded: (
    stream: string,
    idOf: (index: number) => string
  ) => Effect.Effect<Executed<State, Event> | undefined, EventStoreError>
  readonly run: (
    stream: string,
    command: Command,
    facts: { readonly [fact: string]: unknown },
    circumstances: Circumstances
  ) => Run<State, Event, Failure>
}

export const make = <Id, State, Command extends Tagged, Event extends Tagged, Failure, Known extends Facts>(options: {
  readonly name: string
  readonly store: Store
  readonly fold: Fold<State, Event>
  readonly decide: Decide<State, Command, Event, Failure, Known>
  readonly codec: Schema.Codec<Event, Schema.Json>
  readonly command: Schema.Codec<Command, unknown>
  readonly invariants: { readonly [claim: string]: (state: State) => boolean }
  readonly facts: FactSource<Id> | undefined
  readonly loading: Loading<State, Event>
  readonly cache: Cache<Kept<State>>
  readonly snapshots: Snapshotting<State> | undefined
  readonly handOut: HandOut<State, Event>
}): Preparing<Id, State, Event, Command, Failure> => {
  const { cache, decide, fold, handOut, loading, name, snapshots, store } = options
  const encode = SafeCodec.encodeResult(options.codec)
  const isCommand = SafeCodec.decodeUnknownResult(Schema.toType(options.command))
  const invariants = Object.entries(options.invariants)
  const isFact = new Map(
    Object.entries(options.facts?.schemas ?? {}).map(([fact, schema]) => [
      fact,
      SafeCodec.decodeUnknownResult(Schema.toType(schema))
    ])
  )

  const toStored = (
    stream: string,
    events: ReadonlyArray<Event>,
    ids: ReadonlyArray<string>,
    { metadata, occurredAt }: Circumstances
  ): Result.Result<ReadonlyArray<NewEvent>, EventStoreError> => {
    const rest = occurredAt === undefined ? { metadata } : { metadata, occurredAt }
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

  const first = Effect.fnUntraced(function* (
    stream: string,
    idOf: (index: number) => string
  ): Effect.fn.Return<Executed<State, Event> | undefined, EventStoreError> {
    const located = yield* store.locate(idOf(0))
    if (located === undefined || located.stream !== stream) return undefined
    // The events of one append stand together.
    const before = yield* loading.load(stream, { to: located.version - 1 })
    const events: Array<Event> = []
    let { position } = located
    const isNext = ({ id, version }: RecordedEvent) => id === idOf(version - located.version)
    const { state, version } = yield* loading.resume(before, stream, { while: isNext }, (page) => {
      events.push(...page.events)
      position = page.sources.at(-1)?.position ?? position
    })
    return { state, version, position, events, repeated: true }
  })
  return {
    recorded: first,

    check: (operation, command) => {
      const checked = isCommand(command)
      if (Result.isSuccess(checked)) return undefined
      const { path, problem } = EventDecoder.firstProblem(checked.failure.issue)
      const tag = Predicate.hasProperty(command, "_tag") ? String(command._tag) : "the command"
      return new EventStoreError({
        reason: new InvalidRequest({
          operation: `${name}.${operation}`,
          problem: `${tag}${path === "" ? "" : `.${path}`}: ${problem}`
        })
      })
    },

    facts: Effect.fnUntraced(function* (id, command) {
      const facts: Record<string, unknown> = {}
      const source = options.facts
      for (const fact of source?.flow[command._tag]?.facts ?? []) {
        // Its command is one that declares the fact, which is what the asked service expects.
        const value = yield* source!.ask[fact]!({ id, command: command as never })
        const checked = isFact.get(fact)!(value)
        if (Result.isFailure(checked)) {
          const { path, problem } = EventDecoder.firstProblem(checked.failure.issue)
          const where = path === "" ? "" : ` at ${path}`
          return yield* new FactUnavailable({
            fact,
            problem: `what was given does not fit its schema${where}: ${problem}`
          })
        }
        facts[fact] = value
      }
      return facts
    }),

    run: (stream, given, values, circumstances) => {
      // Events, and so states that are kept, are made of them: the caller may change its own afterwards.
      const command = handOut.value(given)
      const { commandId, isNamed, now, seed } = circumstances
      const facts = { ...handOut.value(values), now, commandId } as Facts as Known
      const idOf = isNamed ? EventId.derive(stream, seed) : EventId.series(seed)
      const ids: Array<string> = []
      const decideOn = (on: Kept<State>): Result.Result<Decision<State, Event, Failure>, EventStoreError> => {
        const decided = decide(on.state, command, facts)
        if (!isEvents(decided)) return Result.succeed({ refused: handOut.value(decided) })
        if (decided.length === 0) return Result.succeed({ events: decided, next: on, stored: [] })
        if (decided.length > EventId.maxPerCommand) {
          const problem = `${command._tag} led to ${decided.length} events, at most ${EventId.maxPerCommand} are possible`
          return Result.fail(
            new EventStoreError({ reason: new InvalidRequest({ operation: `${name}.execute`, problem }) })
          )
        }
        const state = fold.run(on.state, decided)
        requireInvariants(stream, command, state)
        while (ids.length < decided.length) ids.push(idOf(ids.length))
        const stored = toStored(stream, decided, ids, circumstances)
        if (Result.isFailure(stored)) return Result.fail(stored.failure)
        const version = on.version + decided.length
        const next = { ...on, state, version, eventId: ids[decided.length - 1]! }
        return Result.succeed({ events: decided, next, stored: stored.success })
      }
      return {
        stream,
        cached: () => cache.get(stream),
        load: () => loading.load(stream),
        keep: (state) => {
          cache.set(stream, state)
          snapshots?.consider(stream, state)
        },
        forget: () => cache.delete(stream),
        decide: decideOn,
        handOut: handOut.executed,
        facts,
        first: () => first(stream, idOf),
        stateAt: (position) => loading.replay(stream, { while: (recorded) => recorded.position <= position })
      }
    }
  }
}
