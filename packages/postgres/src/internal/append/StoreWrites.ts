/** The writes of a store, which count what they write, and announce it to readers. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Result, type Scope } from "effect"
import type { EventStore, EventStoreError } from "eventfold"
import { StoreMetrics, type StoreService } from "eventfold/store"
import { type Encoded, measure } from "./AppendBatch.ts"
import * as AppendQueue from "./AppendQueue.ts"
import type { AppendStatements } from "./AppendStatements.ts"
import * as HeldStreams from "./HeldStreams.ts"
import type { Attempt, StreamHeld, Write } from "./HeldStreams.ts"
import * as StoreWork from "./StoreWork.ts"
import type { Place } from "../sql/SqlFailure.ts"

/** Options of {@link make}. */
export interface Options {
  readonly sql: PgClient
  readonly place: Place
  readonly statements: AppendStatements
  /** Number of connections of the client. */
  readonly connections: number
  /** Maximum number of batches of appends that are sent at the same time. */
  readonly lanes: number
  /** Maximum number of appends that wait. */
  readonly maxWaiting: number
  /** Milliseconds after which a warning names the session that holds a stream. */
  readonly stalledMillis: number
  /** Announces events that were appended. */
  readonly appended: () => void
}

/** The writes of a store. */
export interface StoreWrites {
  /** Appends to one stream. */
  readonly append: NonNullable<StoreService.Operations["append"]>
  /** Sends appends by `send`, all or none. */
  readonly appendBy: (
    appends: ReadonlyArray<StoreService.EncodedAppend>,
    send: (encoded: ReadonlyArray<Encoded>, attempt: Attempt) => ReturnType<Write<ReadonlyArray<EventStore.Appended>>>
  ) => Effect.Effect<ReadonlyArray<EventStore.Appended>, EventStoreError.EventStoreError>
  /** Runs another write to some streams. */
  readonly run: StoreWork.StoreWork["run"]
}

/** `true` if an outcome is final: not if the stream was held, and the append is sent again. */
const isFinal = <A>(
  outcome: Result.Result<A, EventStoreError.EventStoreError | StreamHeld>
): outcome is Result.Result<A, EventStoreError.EventStoreError> =>
  Result.isSuccess(outcome) || outcome.failure._tag === "EventStoreError"

/** `true` if there may be new events. */
const mayHaveWritten = (outcome: Result.Result<unknown, EventStoreError.EventStoreError | StreamHeld>): boolean =>
  Result.isSuccess(outcome) ||
  (outcome.failure._tag === "EventStoreError" && outcome.failure.reason._tag === "OutcomeUnknown")

/**
 * Creates the writes of a store. Closing the scope waits for the running ones, and fails those that
 * wait.
 */
export const make = (options: Options): Effect.Effect<StoreWrites, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { appended, connections, lanes, maxWaiting, place, sql, stalledMillis, statements } = options

    const sendBatch = (batch: ReadonlyArray<Encoded>) =>
      Effect.tap(statements.each(batch), (outcomes) => {
        if (outcomes.some(mayHaveWritten)) appended()
        if (outcomes.every(isFinal)) return StoreMetrics.countAppends(batch, outcomes)
        const settled = batch.filter((_, i) => isFinal(outcomes[i]!))
        return StoreMetrics.countAppends(settled, outcomes.filter(isFinal))
      })

    /** Counts and announces the appends of a write. */
    const observed =
      (
        appends: ReadonlyArray<Encoded>,
        write: Write<ReadonlyArray<EventStore.Appended>>
      ): Write<ReadonlyArray<EventStore.Appended>> =>
      (attempt) =>
        Effect.flatMap(Effect.result(write(attempt)), (outcome) => {
          if (!isFinal(outcome)) return Effect.fromResult(outcome)
          if (mayHaveWritten(outcome)) appended()
          const outcomes = Result.isSuccess(outcome)
            ? outcome.success.map(Result.succeed)
            : [Result.fail(outcome.failure)]
          return Effect.andThen(StoreMetrics.countAppends(appends, outcomes), Effect.fromResult(outcome))
        })

    const queue = yield* AppendQueue.make({
      send: sendBatch,
      lanes,
      capacity: maxWaiting,
      wait: (append) => {
        const write = observed([append], (attempt) => statements.all([append], attempt))
        return Effect.map(work.runHeld([append.stream], write), ([only]) => only!)
      }
    })
    // Created after the queue, so that it is closed before the queue: appends of the queue may wait
    // here. Two connections are left to readers while all writes wait for held streams.
    const work = yield* StoreWork.make({
      concurrency: Math.max(1, connections - lanes - 2),
      capacity: maxWaiting,
      held: HeldStreams.make({ sql, place, warnAfter: stalledMillis })
    })

    return {
      append: (append) => {
        const measured = measure([append])
        return Result.isSuccess(measured) ? queue(measured.success[0]!) : Effect.fail(measured.failure)
      },
      appendBy: (appends, send) => {
        const measured = measure(appends)
        if (Result.isFailure(measured)) return Effect.fail(measured.failure)
        const { success: encoded } = measured
        if (encoded.length === 0) return Effect.succeed([])
        return work.run(
          encoded.map(({ stream }) => stream),
          observed(encoded, (attempt) => send(encoded, attempt))
        )
      },
      run: (streams, write) => work.run(streams, (attempt) => Effect.tap(write(attempt), () => Effect.sync(appended)))
    }
  })
