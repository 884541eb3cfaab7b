/** Sends appends until each of them has an outcome. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { type EventStore, EventStoreError } from "eventfold"
import type { Encoded } from "./AppendBatch.ts"
import { AppendSender, type Sent } from "./AppendSender.ts"
import { type Attempt, firstAttempt, inSession, isHeld, shortAttempt, StreamHeld } from "./HeldStreams.ts"
import { LostAppends, type Outcome } from "./LostAppends.ts"
import {
  appendFailed,
  codeOf,
  isAboutData,
  isCollision,
  isSetBack,
  isUninlined,
  type Place,
  unavailable,
  violatedKey
} from "../sql/SqlFailure.ts"
import { pause } from "../sql/SystemTimer.ts"

/** Maximum number of attempts at a statement that other transactions make fail. */
const maxAttempts = 12

/**
 * With more streams, an append takes no locks on them (see `enterManyStreams`), and other appends
 * overtake it more often.
 */
const maxLockedAppends = 256
const unlockedAttemptsFactor = 5

const tooMuchContention = EventStoreError.EventStoreError.unavailable({
  problem: `other appends to the same streams were written first ${maxAttempts} times in a row`,
  retryable: true
})

/**
 * `true` if the content of one append caused the failure, not the server: the other appends of its
 * batch can succeed.
 */
const isOfOneAppend = (error: SqlError): boolean => (isAboutData(error) && !isSetBack(error)) || isUninlined(error)

/**
 * `true` if the server rolled back because of writes of other transactions, or because an event id
 * is used.
 */
const canBeResolved = (error: SqlError): boolean =>
  isCollision(error) || ["events_event_id", "events_stream_version"].includes(violatedKey(error) ?? "")

/** SQLSTATE of `append_all` if an expected version is not met. */
const notMetCode = "EF001"

/**
 * Maximum number of appends that wait one by one if it is unknown which of them another transaction
 * blocks.
 */
const maxSuspects = 16
/** The number of parts that more appends are divided into. */
const suspectParts = 4

const maxBackOffDoublings = 6

/** Sends appends, all or none. */
export type SendAll = Effect.Effect<Sent, SqlError>

/** Writes more in the transaction of an append. */
export type Around = (
  send: SendAll,
  appends: ReadonlyArray<Encoded>
) => Effect.Effect<Sent, SqlError | EventStoreError.EventStoreError>

const backOff = (attempt: number) => pause(Math.random() * 2 ** Math.min(attempt, maxBackOffDoublings))

/** Sends appends. */
export class AppendStatements {
  readonly #sql: PgClient
  readonly #schema: string
  readonly #place: Place
  readonly #sender: AppendSender
  readonly #lost: LostAppends

  /** `schema` is already quoted. */
  constructor(sql: PgClient, schema: string, place: Place) {
    this.#sql = sql
    this.#schema = schema
    this.#place = place
    this.#sender = new AppendSender(sql, schema)
    this.#lost = new LostAppends(sql, schema)
  }

  /**
   * Sends independent appends: each has an outcome of its own. At most one append to a stream, or
   * several that all expect `any`, which are written in their order.
   */
  each(appends: ReadonlyArray<Encoded>, attempt = firstAttempt): Effect.Effect<ReadonlyArray<Outcome>> {
    return Effect.flatMap(Effect.result(this.#sender.each(appends, attempt)), (sent) => {
      const outcomes: Array<Outcome> = []
      for (const appended of Result.isSuccess(sent) ? sent.success : []) {
        if (appended !== undefined) outcomes.push(Result.succeed(appended))
      }
      return outcomes.length === appends.length ? Effect.succeed(outcomes) : this.#settle(appends, attempt, sent)
    })
  }

  /** Sends appends in a number of parts, one after the other. */
  #divide(
    appends: ReadonlyArray<Encoded>,
    parts: number,
    attempt: Attempt
  ): Effect.Effect<ReadonlyArray<readonly [Encoded, Outcome]>> {
    const size = Math.ceil(appends.length / parts)
    const starts = Array.from({ length: Math.ceil(appends.length / size) }, (_, i) => i * size)
    return Effect.map(
      Effect.forEach(starts, (start) => this.each(appends.slice(start, start + size), attempt)),
      (outcomes) => outcomes.flat().map((outcome, i) => [appends[i]!, outcome] as const)
    )
  }

  /**
   * Finds out which appends wait for another transaction, so that the other appends do not wait
   * with them.
   */
  #leaveHeld(
    appends: ReadonlyArray<Encoded>,
    cause: SqlError
  ): Effect.Effect<ReadonlyArray<readonly [Encoded, Outcome]>> {
    const held: Outcome = Result.fail(new StreamHeld({ cause }))
    if (appends.length === 1) return Effect.succeed([[appends[0]!, held]])
    return Effect.flatMap(Effect.result(this.#lost.heldStreams(appends)), (found) => {
      const streams = Result.isSuccess(found) ? found.success : new Set<string>()
      const outcomes = appends.flatMap((append) => (streams.has(append.stream) ? [[append, held] as const] : []))
      if (outcomes.length > 0) return Effect.succeed(outcomes)
      // An append that expects an exact version waits for a row, and not for the lock of its
      // stream: no query shows which append that is. A few appends are then sent one by one,
      // outside of the lanes. Many are divided, and each part waits only for a moment, since there
      // may be as many held rows as appends.
      return appends.length > maxSuspects
        ? this.#divide(appends, suspectParts, shortAttempt)
        : Effect.succeed(appends.map((append) => [append, held] as const))
    })
  }

  /** Finds the outcomes that a failure itself decides. */
  #settleFailed(
    open: ReadonlyArray<Encoded>,
    attempt: Attempt,
    error: SqlError
  ): Effect.Effect<ReadonlyArray<readonly [Encoded, Outcome]>> {
    if (isHeld(error)) return this.#leaveHeld(open, error)
    if (canBeResolved(error)) return Effect.succeed([])
    if (isOfOneAppend(error) && open.length > 1) return this.#divide(open, 2, attempt)
    const failed: Outcome = Result.fail(appendFailed(this.#place, this.#schema)(error))
    return Effect.succeed(open.map((append) => [append, failed] as const))
  }

  /**
   * Finds the outcomes of appends that were sent and not all written, and sends those again that
   * are neither written nor refused.
   */
  #settle(
    appends: ReadonlyArray<Encoded>,
    sentIn: Attempt,
    first: Result.Result<Sent, SqlError>
  ): Effect.Effect<ReadonlyArray<Outcome>> {
    return Effect.gen({ self: this }, function* () {
      const outcomes = new Map<Encoded, Outcome>()
      const withoutOutcome = () => appends.filter((append) => !outcomes.has(append))
      let open = appends
      for (let attempt = 0; open.length > 0 && attempt < maxAttempts; attempt++) {
        if (attempt > 1) yield* backOff(attempt)
        const sent = attempt === 0 ? first : yield* Effect.result(this.#sender.each(open, sentIn))
        if (Result.isSuccess(sent)) {
          for (const [i, appended] of sent.success.entries()) {
            if (appended !== undefined) outcomes.set(open[i]!, Result.succeed(appended))
          }
        } else {
          for (const [append, outcome] of yield* this.#settleFailed(open, sentIn, sent.failure)) {
            outcomes.set(append, outcome)
          }
        }
        open = withoutOutcome()
        // The appends that do not wait for another transaction are sent again at once.
        if (open.length === 0 || (Result.isFailure(sent) && isHeld(sent.failure))) continue
        // The remaining appends lost, collided, share a batch with one that did, or have no events:
        // the log shows which.
        const resolved = yield* Effect.result(this.#lost.resolve(open))
        for (const [i, append] of open.entries()) {
          const outcome = Result.isSuccess(resolved)
            ? resolved.success[i]
            : Result.fail(unavailable(this.#place)(resolved.failure))
          if (outcome !== undefined) outcomes.set(append, outcome)
        }
        open = withoutOutcome()
      }
      return appends.map((append) => outcomes.get(append) ?? Result.fail(tooMuchContention))
    })
  }

  /** Sends appends, all or none. `around` writes more in the same transaction. */
  all(
    appends: ReadonlyArray<Encoded>,
    attempt: Attempt,
    around: Around = (send) => inSession(this.#sql, attempt, send)
  ): Effect.Effect<ReadonlyArray<EventStore.Appended>, EventStoreError.EventStoreError | StreamHeld> {
    return Effect.gen({ self: this }, function* () {
      const outcomes = new Map<Encoded, EventStore.Appended>()
      const attempts = appends.length > maxLockedAppends ? unlockedAttemptsFactor * maxAttempts : maxAttempts
      for (let count = 0; count < attempts; count++) {
        if (count > 1) yield* backOff(count)
        // Appends without events are sent too: their expected versions are part of "all".
        const open = appends.filter((append) => !outcomes.has(append))
        if (open.length === 0) return appends.map((append) => outcomes.get(append)!)
        const sent = yield* Effect.result(around(this.#sender.all(open, attempt), open))
        if (Result.isSuccess(sent)) {
          for (const [i, append] of open.entries()) outcomes.set(append, sent.success[i]!)
          return appends.map((append) => outcomes.get(append)!)
        }
        const error = sent.failure
        if (error._tag === "EventStoreError") return yield* error
        if (isHeld(error)) return yield* new StreamHeld({ cause: error })
        if (!canBeResolved(error) && codeOf(error) !== notMetCode) {
          return yield* appendFailed(this.#place, this.#schema)(error)
        }
        const resolved = yield* Effect.mapError(this.#lost.resolve(open), unavailable(this.#place))
        for (const [i, append] of open.entries()) {
          const outcome = resolved[i]
          if (outcome === undefined) continue
          if (Result.isFailure(outcome)) return yield* outcome.failure
          // Its expectation must hold when the other appends are written, not only now.
          if (append.events.length === 0) continue
          outcomes.set(append, outcome.success)
        }
      }
      return yield* tooMuchContention
    })
  }
}
