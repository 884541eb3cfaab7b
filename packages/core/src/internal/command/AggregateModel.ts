/** Compiled definition of one aggregate: what all of its commands share. */
import { Effect, Predicate, Result, Schema } from "effect"
import { type Ask, type Decide, type Facts, FactUnavailable } from "../../Decider.ts"
import type { NewEvent, RecordedEvent } from "../../Event.ts"
import type { Service as Store } from "../../EventStore.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { Fold } from "../../generated/Fold.ts"
import * as EventDecoder from "../codec/EventDecoder.ts"
import * as EventEncoder from "../codec/EventEncoder.ts"
import * as SafeCodec from "../codec/SafeCodec.ts"
import type { CommandContext } from "./CommandContext.ts"
import type { Executed } from "./CommandExecution.ts"
import { KeyedMutex } from "./KeyedMutex.ts"
import type { StateCopies } from "./StateCopies.ts"
import type { StateLoader } from "./StateLoader.ts"

type Tagged = { readonly _tag: string }

/**
 * A decision would break an invariant that the aggregate declares: a defect of `decide`. Nothing
 * was stored.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Repository } from "eventfold"
 *
 * const reported = <A, E>(execute: Effect.Effect<A, E>) =>
 *   Effect.tapDefect(execute, (defect) => defect instanceof Repository.InvariantBroken ? Effect.logError(defect.message) : Effect.void)
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class InvariantBroken extends Error {
  override readonly name = "InvariantBroken"
}

type Check = (value: unknown) => Result.Result<unknown, Schema.SchemaError>

const checkOf = (schema: Schema.Codec<unknown, unknown>): Check => SafeCodec.decodeUnknownResult(Schema.toType(schema))

/** Source of an aggregate's declared facts; see `facts` of `Repository.make`. */
interface FactSource<Id> {
  readonly flow: { readonly [command: string]: { readonly facts: ReadonlyArray<string> } }
  readonly schemas: { readonly [fact: string]: Schema.Codec<unknown, unknown> }
  readonly ask: { readonly [fact: string]: Ask<Id, never, unknown> }
}

interface Options<Id, State, Command extends Tagged, Event extends Tagged, Failure, Known extends Facts> {
  readonly name: string
  readonly id: Schema.Codec<Id, string>
  readonly store: Store
  readonly fold: Fold<State, Event>
  readonly decide: Decide<State, Command, Event, Failure, Known>
  readonly stored: ReadonlyMap<string, Schema.Codec<Event, Schema.Json>>
  readonly command: Schema.Codec<Command, unknown>
  readonly invariants: { readonly [claim: string]: (state: State) => boolean }
  readonly facts: FactSource<Id> | undefined
  readonly states: StateLoader<State, Event>
  readonly copies: StateCopies<State, Event>
}

export class AggregateModel<Id, State, Command extends Tagged, Event extends Tagged, Failure> {
  readonly name: string
  readonly store: Store
  readonly fold: Fold<State, Event>
  readonly decide: Decide<State, Command, Event, Failure>
  readonly states: StateLoader<State, Event>
  readonly copies: StateCopies<State, Event>
  /** Locks of the streams: commands of one process to one stream run one at a time. */
  readonly locks = new KeyedMutex()
  readonly #encodeId: (id: Id) => Result.Result<string, Schema.SchemaError>
  readonly #encodeEvent: (event: Event) => Result.Result<Schema.Json, Schema.SchemaError>
  readonly #checkCommand: Check
  readonly #invariants: ReadonlyArray<readonly [claim: string, holds: (state: State) => boolean]>
  readonly #facts: FactSource<Id> | undefined
  readonly #checkFact: ReadonlyMap<string, Check>

  constructor(options: Options<Id, State, Command, Event, Failure, never>) {
    this.name = options.name
    this.store = options.store
    this.fold = options.fold
    // `gatherFacts` returns the facts that the declaration names for a command, which are those
    // that `decide` takes.
    this.decide = options.decide as Decide<State, Command, Event, Failure, Facts>
    this.states = options.states
    this.copies = options.copies
    this.#encodeId = SafeCodec.encodeResult(options.id)
    this.#encodeEvent = EventEncoder.make(options.stored)
    this.#checkCommand = checkOf(options.command)
    this.#invariants = Object.entries(options.invariants)
    this.#facts = options.facts
    this.#checkFact = new Map(
      Object.entries(options.facts?.schemas ?? {}).map(([fact, schema]) => [fact, checkOf(schema)])
    )
  }

  /** Returns the name of the stream of an instance. */
  streamOf(id: Id): Result.Result<string, EventStoreError> {
    const encoded = this.#encodeId(id)
    return Result.isSuccess(encoded)
      ? Result.succeed(`${this.name}-${encoded.success}`)
      : Result.fail(
          EventStoreError.invalidRequest(`${this.name}.id`, EventDecoder.firstProblem(encoded.failure.issue).problem)
        )
  }

  /** Fails if a value is not a command of the aggregate. */
  checkCommand(operation: string, command: Command): Result.Result<void, EventStoreError> {
    const checked = this.#checkCommand(command)
    if (Result.isSuccess(checked)) return Result.succeed(undefined)
    const { path, problem } = EventDecoder.firstProblem(checked.failure.issue)
    const tag = Predicate.hasProperty(command, "_tag") ? String(command._tag) : "the command"
    return Result.fail(
      EventStoreError.invalidRequest(`${this.name}.${operation}`, `${tag}${path === "" ? "" : `.${path}`}: ${problem}`)
    )
  }

  /** Fetches the facts that the declaration names for a command. */
  gatherFacts(id: Id, command: Command): Effect.Effect<{ readonly [fact: string]: unknown }, FactUnavailable> {
    const source = this.#facts
    const names = source?.flow[command._tag]?.facts ?? []
    if (source === undefined || names.length === 0) return Effect.succeed({})
    return Effect.gen({ self: this }, function* () {
      const facts: Record<string, unknown> = {}
      for (const fact of names) {
        // The service of a fact takes the commands that declare the fact, and this command is one
        // of them.
        const value = yield* source.ask[fact]!({ id, command: command as never })
        const checked = this.#checkFact.get(fact)!(value)
        if (Result.isFailure(checked)) {
          const { path, problem } = EventDecoder.firstProblem(checked.failure.issue)
          const at = path === "" ? "" : ` at ${path}`
          return yield* new FactUnavailable({
            fact,
            problem: `the value does not fit the schema of the fact${at}: ${problem}`
          })
        }
        facts[fact] = value
      }
      return facts
    })
  }

  /** Throws if the state that a command leads to breaks an invariant. */
  requireInvariants(stream: string, command: Command, state: State): void {
    for (const [claim, holds] of this.#invariants) {
      if (holds(state)) continue
      throw new InvariantBroken(
        `${command._tag} on ${stream} would break ${JSON.stringify(claim)}; ${this.name}'s decide has to refuse it`
      )
    }
  }

  /** Encodes the events of a command to their stored form. */
  encodeEvents(
    stream: string,
    events: ReadonlyArray<Event>,
    ids: ReadonlyArray<string>,
    { metadata, occurredAt }: CommandContext
  ): Result.Result<ReadonlyArray<NewEvent>, EventStoreError> {
    const common = occurredAt === undefined ? { metadata } : { metadata, occurredAt }
    const stored: Array<NewEvent> = []
    for (const [i, event] of events.entries()) {
      const encoded = this.#encodeEvent(event)
      if (Result.isFailure(encoded)) {
        const { path, problem } = EventDecoder.firstProblem(encoded.failure.issue)
        const text = path === "" ? problem : `${path}: ${problem}`
        return Result.fail(EventStoreError.encodeFailure({ stream, type: event._tag, problem: text }))
      }
      stored.push({ ...common, id: ids[i]!, type: event._tag, schemaVersion: 1, data: encoded.success })
    }
    return Result.succeed(stored)
  }

  /**
   * Loads the result of a command that was executed before; undefined if its event ids are not in
   * the stream.
   */
  earlierResult(
    stream: string,
    idOf: (index: number) => string
  ): Effect.Effect<Executed<State, Event> | undefined, EventStoreError> {
    return Effect.gen({ self: this }, function* () {
      const located = yield* this.store.locate(idOf(0))
      if (located === undefined || located.stream !== stream) return undefined
      // The events of one append have successive versions.
      const before = yield* this.states.load(stream, { to: located.version - 1 })
      const events: Array<Event> = []
      let { position } = located
      const isNext = ({ id, version }: RecordedEvent) => id === idOf(version - located.version)
      const { state, version } = yield* this.states.resume(before, stream, { while: isNext }, (page) => {
        events.push(...page.events)
        position = page.sources.at(-1)?.position ?? position
      })
      return { state, version, position, events, repeated: true }
    })
  }
}
