/**
 * Runs commands together: they are checked, bound to their streams, and appended in one
 * transaction.
 */
import { Duration, Effect, Result, type Types } from "effect"
import type { FactUnavailable } from "../../Decider.ts"
import { EventStoreError } from "../../EventStoreError.ts"
import type { AggregateModel } from "./AggregateModel.ts"
import { CommandCall } from "./CommandCall.ts"
import * as CommandContext from "./CommandContext.ts"
import type { Executed, ExecuteOptions } from "./CommandExecution.ts"
import { CommandRun, type Progress } from "./CommandRun.ts"

type Tagged = { readonly _tag: string }

/**
 * A command for one instance, for `Repository.executeAll`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Prepared<State, Event, Failure> {
  readonly "~eventfold/Prepared": {
    readonly _State: Types.Covariant<State>
    readonly _Event: Types.Covariant<Event>
    readonly _Failure: Types.Covariant<Failure>
  }
}

const variance = {
  _State: (never: never): never => never,
  _Event: (never: never): never => never,
  _Failure: (never: never): never => never
}

/** A command and the instance that it is for; nothing is checked or fetched yet. */
export class PreparedCommand<State, Event extends Tagged, Failure, Id, Command extends Tagged> implements Prepared<
  State,
  Event,
  Failure
> {
  readonly "~eventfold/Prepared" = variance
  readonly aggregate: AggregateModel<Id, State, Command, Event, Failure>
  readonly #operation: string
  readonly #id: Id
  readonly #command: Command

  constructor(
    aggregate: AggregateModel<Id, State, Command, Event, Failure>,
    operation: string,
    id: Id,
    command: Command
  ) {
    this.aggregate = aggregate
    this.#operation = operation
    this.#id = id
    this.#command = command
  }

  /** Checks the command and returns its stream. */
  check(): Result.Result<string, EventStoreError> {
    return Result.flatMap(this.aggregate.checkCommand(this.#operation, this.#command), () =>
      this.aggregate.streamOf(this.#id)
    )
  }

  /** Fetches the facts of the command and binds it to its stream. */
  bind(
    stream: string,
    context: CommandContext.CommandContext
  ): Effect.Effect<CommandCall<State, Event, Failure, Command>, FactUnavailable> {
    return Effect.map(
      this.aggregate.gatherFacts(this.#id, this.#command),
      (facts) => new CommandCall(this.aggregate, stream, this.#command, facts, context)
    )
  }
}

/**
 * A prepared command whose aggregate is one of several: the types of its id and its command are
 * known to itself only.
 */
type AnyPrepared<State, Event extends Tagged, Failure> = PreparedCommand<State, Event, Failure, never, Tagged>

const problemOf = ({ commandId, timeout }: ExecuteOptions): string | undefined => {
  if (commandId === "") return "commandId is empty; give the command a name, or leave commandId out"
  if (timeout !== undefined && !(Duration.toMillis(timeout) > 0)) return "timeout must be positive"
  return undefined
}

/**
 * Runs commands: all of them are appended, or none. Of two commands for one stream, the second is
 * decided on the state after the first.
 *
 * `operation` is the function that the caller called; errors name it.
 */
export const run = Effect.fnUntraced(function* <State, Event extends Tagged, Failure>(
  operation: string,
  all: ReadonlyArray<Prepared<State, Event, Failure>>,
  options: ExecuteOptions
): Effect.fn.Return<ReadonlyArray<Executed<State, Event>>, Failure | EventStoreError | FactUnavailable> {
  const problem = problemOf(options)
  if (problem !== undefined) return yield* EventStoreError.invalidRequest(operation, problem)
  // `PreparedCommand` is the only implementation.
  const prepared = all as ReadonlyArray<AnyPrepared<State, Event, Failure>>
  const [first] = prepared
  if (first === undefined) return []
  const { store } = first.aggregate
  if (prepared.some(({ aggregate }) => aggregate.store.id !== store.id)) {
    return yield* EventStoreError.invalidRequest(
      operation,
      "the services are built on different stores; build all of them on one store"
    )
  }
  const streams: Array<string> = []
  for (const one of prepared) streams.push(yield* Effect.fromResult(one.check()))
  const progress: Progress = { isAppending: false }
  const running = Effect.gen(function* () {
    const context = yield* CommandContext.make(options)
    const calls = yield* bindAll(prepared, streams, context)
    const executed = yield* new CommandRun(store, calls, context.isNamed, progress).run()
    return executed.map((result, i) => calls[i]!.copyOut(result))
  })
  const locked = withLocks(prepared, streams, running)
  return yield* options.timeout === undefined ? locked : withTimeout(operation, locked, options.timeout, progress)
})

const bindAll = Effect.fnUntraced(function* <State, Event extends Tagged, Failure>(
  prepared: ReadonlyArray<AnyPrepared<State, Event, Failure>>,
  streams: ReadonlyArray<string>,
  context: CommandContext.CommandContext
) {
  const callsOfStream = new Map<string, number>()
  const calls: Array<CommandCall<State, Event, Failure>> = []
  for (const [i, one] of prepared.entries()) {
    const stream = streams[i]!
    const nth = callsOfStream.get(stream) ?? 0
    callsOfStream.set(stream, nth + 1)
    calls.push(yield* one.bind(stream, i === 0 ? context : yield* CommandContext.forNth(context, nth)))
  }
  return calls
})

/**
 * Holds the locks of all streams. They are taken in one order, so that two batches never wait for
 * each other.
 */
const withLocks = <State, Event extends Tagged, Failure, A, E>(
  prepared: ReadonlyArray<AnyPrepared<State, Event, Failure>>,
  streams: ReadonlyArray<string>,
  effect: Effect.Effect<A, E>
): Effect.Effect<A, E> => {
  const locks = new Map(prepared.map(({ aggregate }, i) => [streams[i]!, aggregate.locks]))
  // The first that is taken is the outermost, so the last in order is wrapped first.
  return [...locks]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .reduce((inner, [stream, mutex]) => mutex.withLock(stream, inner), effect)
}

const withTimeout = <A, E>(
  operation: string,
  effect: Effect.Effect<A, E>,
  timeout: Duration.Input,
  progress: Progress
): Effect.Effect<A, E | EventStoreError> => {
  const milliseconds = Duration.toMillis(timeout)
  return Effect.timeoutOrElse(effect, {
    duration: timeout,
    orElse: () =>
      Effect.fail(
        progress.isAppending
          ? EventStoreError.outcomeUnknown({
              problem: `the timeout of ${milliseconds} ms ended ${operation} while it was appending`,
              fix: "run the command again under its commandId to settle it"
            })
          : EventStoreError.timedOut({ operation, milliseconds })
      )
  })
}
