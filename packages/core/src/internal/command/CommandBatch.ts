/** Runs commands together: one at a time on each stream of this process, all with the same circumstances. */
import { DateTime, Duration, Effect } from "effect"
import type { FactUnavailable } from "../../Decider.ts"
import { CurrentMetadata } from "../../Event.ts"
import * as EventId from "../../EventId.ts"
import type { Service as Store } from "../../EventStore.ts"
import { EventStoreError, InvalidRequest, OutcomeUnknown, TimedOut } from "../../EventStoreError.ts"
import type { Executed, ExecuteOptions } from "./CommandExecution.ts"
import * as CommandRun from "./CommandRun.ts"
import type { Circumstances } from "./CommandCall.ts"
import type { StreamTurns } from "./KeyedMutex.ts"

/** A command for one instance, ready to be run with others. */
export interface Prepared<State, Event, Failure> {
  readonly store: Store
  readonly turns: StreamTurns
  readonly stream: Effect.Effect<string, EventStoreError>
  /** Gathers the facts; `nth` counts the commands for the same stream. */
  readonly begin: (
    stream: string,
    circumstances: Circumstances
  ) => Effect.Effect<CommandRun.Run<State, Event, Failure>, EventStoreError | FactUnavailable>
}

export const circumstances = Effect.fnUntraced(function* (options: ExecuteOptions) {
  // Ids and the time are taken once: however often it is decided anew, it is the same command.
  const commandId = options.commandId ?? (yield* EventId.make)
  const made: Circumstances = {
    commandId,
    seed: commandId,
    isNamed: options.commandId !== undefined,
    now: options.occurredAt ?? (yield* DateTime.now),
    occurredAt: options.occurredAt,
    metadata: { ...(yield* CurrentMetadata), causationId: commandId, ...options.metadata }
  }
  return made
})

const problemOf = ({ commandId, timeout }: ExecuteOptions): string | undefined => {
  if (commandId === "") return "commandId is empty: give the command a name, or none"
  if (timeout !== undefined && !(Duration.toMillis(timeout) > 0)) return "timeout is no time above 0"
  return undefined
}

export const invalid = (operation: string, problem: string) =>
  new EventStoreError({ reason: new InvalidRequest({ operation, problem }) })

/** The circumstances of a further command, the nth for its stream. Ids of events must differ. */
const another = Effect.fnUntraced(function* (common: Circumstances, nth: number) {
  const { commandId, isNamed } = common
  const ownId = nth === 0 ? commandId : `${commandId}/${nth}`
  // Made of a given id and the stream they differ already.
  return { ...common, commandId: ownId, seed: isNamed ? ownId : yield* EventId.make }
})

/** `operation` is what the caller called, for errors. */
export const run = Effect.fnUntraced(function* <State, Event, Failure>(
  operation: string,
  all: ReadonlyArray<Prepared<State, Event, Failure>>,
  options: ExecuteOptions
): Effect.fn.Return<ReadonlyArray<Executed<State, Event>>, Failure | EventStoreError | FactUnavailable> {
  const problem = problemOf(options)
  if (problem !== undefined) return yield* invalid(operation, problem)
  const [first] = all
  if (first === undefined) return []
  if (all.some(({ store }) => store.id !== first.store.id)) {
    return yield* invalid(operation, "the services are built on different stores: what is written together is in one")
  }
  const streams: Array<string> = []
  for (const { stream } of all) streams.push(yield* stream)
  const progress: CommandRun.Progress = { sent: false }
  const body = Effect.gen(function* () {
    const common = yield* circumstances(options)
    const counts = new Map<string, number>()
    const runs: Array<CommandRun.Run<State, Event, Failure>> = []
    for (const [i, { begin }] of all.entries()) {
      const stream = streams[i]!
      const nth = counts.get(stream) ?? 0
      counts.set(stream, nth + 1)
      runs.push(yield* begin(stream, i === 0 ? common : yield* another(common, nth)))
    }
    const executed = yield* CommandRun.run(first.store, runs, common.isNamed, progress)
    return executed.map((one, i) => runs[i]!.handOut(one))
  })
  // In one order, so that two that wait for each other's streams can't be.
  const turns = new Map(all.map(({ turns }, i) => [streams[i]!, turns]))
  const inTurn = [...turns]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .reduce((effect, [stream, turns]) => turns.take(stream)(effect), body)
  if (options.timeout === undefined) return yield* inTurn
  const milliseconds = Duration.toMillis(options.timeout)
  return yield* Effect.timeoutOrElse(inTurn, {
    duration: options.timeout,
    orElse: () =>
      Effect.fail(
        new EventStoreError({
          reason: progress.sent
            ? new OutcomeUnknown({
                problem: `${operation} was appending when its ${milliseconds} ms were over`,
                mend: "run the command again under its commandId to settle it"
              })
            : new TimedOut({ operation, milliseconds })
        })
      )
  })
})
