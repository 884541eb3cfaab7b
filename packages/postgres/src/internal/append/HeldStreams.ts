/**
 * Writes to streams that transactions of other programs hold.
 *
 * A statement that waits for such a stream occupies a connection until the other transaction ends,
 * and a few of them would occupy all connections. So a statement waits only for a short time, fails
 * with {@link StreamHeld}, and is sent again, in turns with other writes, while the stream is held.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Data, Deferred, Effect, Metric } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { EventStoreError } from "eventfold"
import { StoreMetrics } from "eventfold/store"
import * as BlockingSessions from "./BlockingSessions.ts"
import * as LockHolder from "../sql/LockHolder.ts"
import { codeOf, isAtGate, lockTimeoutCode, type Place } from "../sql/SqlFailure.ts"
import { pause } from "../sql/SystemTimer.ts"
import { inTransaction } from "../sql/Transaction.ts"

/**
 * Another transaction held a stream, or a row of it, for longer than a statement waits. Nothing was
 * written.
 */
export class StreamHeld extends Data.TaggedError("StreamHeld")<{ readonly cause: SqlError }> {}

/** Options of one attempt at a write. */
export interface Attempt {
  /** The lock timeout of its statements. */
  readonly lockTimeoutMs: number
  /**
   * Receives the pid of the session before the write waits for a lock. The write then runs in a
   * transaction.
   */
  readonly onSession?: (pid: number) => void
}

/** The first attempt: appends to other streams wait behind it. */
export const firstAttempt: Attempt = { lockTimeoutMs: 100 }

/** An attempt that only finds out whether a stream is held, while other appends wait for it. */
export const shortAttempt: Attempt = { lockTimeoutMs: 10 }

/**
 * The lock timeout of a watched attempt: it is long enough to look for the session that holds the
 * stream.
 */
const watchedLockTimeoutMs = 500

const firstPauseMs = 25
const maxPauseMs = 500

/**
 * `true` if a statement failed because another transaction held a lock that it needs; not at the
 * gate, where it waits as long as the server allows.
 */
export const isHeld = (error: SqlError): boolean => codeOf(error) === lockTimeoutCode && !isAtGate(error)

/** Reports the pid of the session if the attempt is watched. Called within a transaction. */
export const reportSession = (sql: PgClient, { onSession }: Attempt): Effect.Effect<void, SqlError> =>
  onSession === undefined
    ? Effect.void
    : Effect.map(sql.unsafe("select pg_backend_pid()").values, ([row]) => onSession(Number(row?.[0])))

/** Sends a statement, in a transaction if the attempt is watched. */
export const inSession = <A, E>(
  sql: PgClient,
  attempt: Attempt,
  statement: Effect.Effect<A, E | SqlError>
): Effect.Effect<A, E | SqlError> =>
  attempt.onSession === undefined
    ? statement
    : inTransaction(sql, Effect.andThen(reportSession(sql, attempt), statement))

/** A write, as a function of the attempt. */
export type Write<A> = (attempt: Attempt) => Effect.Effect<A, EventStoreError.EventStoreError | StreamHeld>

/** Runs an attempt when it can have a connection. */
export type Turn = <A>(
  attempt: Effect.Effect<A, EventStoreError.EventStoreError | StreamHeld>
) => Effect.Effect<A, EventStoreError.EventStoreError | StreamHeld>

/** Writes that wait for held streams. */
export interface HeldStreams {
  /** `true` if one of these streams is known to be held. */
  readonly includes: (streams: ReadonlyArray<string>) => boolean
  /**
   * Sends a write, each attempt in a turn of its own, until no other transaction holds one of its
   * streams.
   */
  readonly wait: <A>(
    streams: ReadonlyArray<string>,
    write: Write<A>,
    turn: Turn
  ) => Effect.Effect<A, EventStoreError.EventStoreError>
}

/** A held stream, while writes wait for it. */
interface Held {
  writes: number
  readonly since: number
  /**
   * Milliseconds after which a warning is due: doubled each time, so that warnings do not fill the
   * disk.
   */
  due: number
  isWatched: boolean
}

/** Lists streams for a message. */
const listed = (streams: ReadonlyArray<string>): string => {
  const names = streams.slice(0, 3).map((stream) => JSON.stringify(stream))
  const more = streams.length - names.length
  return `stream${streams.length === 1 ? "" : "s"} ${names.join(", ")}${more === 0 ? "" : ` and ${more} more`}`
}

/** Options of {@link make}. */
export interface Options {
  readonly sql: PgClient
  readonly place: Place
  /** Milliseconds after which a warning names the session that holds a stream. */
  readonly warnAfter: number
}

/** Warns about streams that were held for a time. */
const warn = (streams: ReadonlyArray<string>, waitedMs: number, holders: ReadonlyArray<LockHolder.LockHolder>) =>
  Effect.logWarning(
    `appendHeld: for ${LockHolder.seconds(waitedMs / 1000)} ${listed(streams)} could not be written to, because another transaction has not ended. It is held by ${holders.map(({ text }) => text).join("; and by ")}`
  ).pipe(Effect.annotateLogs({ event: "appendHeld", streams: streams.slice(0, 10), ...holders[0]?.facts }))

/** Creates the writes that wait for held streams. */
export const make = ({ place, sql, warnAfter }: Options): HeldStreams => {
  const held = new Map<string, Held>()

  /**
   * Sends a write, and looks at the same time for the session that it waits for, to name it in a
   * warning.
   */
  const watched = <A>(streams: ReadonlyArray<string>, of: Held, write: Write<A>) =>
    Effect.gen(function* () {
      const session = Deferred.makeUnsafe<number>()
      const report = Effect.gen(function* () {
        const holders = yield* BlockingSessions.find(sql, yield* Deferred.await(session), place.user)
        const waited = performance.now() - of.since
        of.due = waited * 2
        yield* warn(streams, waited, holders)
      })
      of.isWatched = true
      const attempt = {
        lockTimeoutMs: watchedLockTimeoutMs,
        onSession: (pid: number) => Deferred.doneUnsafe(session, Effect.succeed(pid))
      }
      return yield* Effect.raceFirst(write(attempt), Effect.andThen(Effect.ignore(report), Effect.never))
    }).pipe(
      Effect.ensuring(
        Effect.sync(() => {
          of.isWatched = false
        })
      )
    )

  const enter = (stream: string): Held => {
    const found = held.get(stream) ?? {
      writes: 0,
      since: performance.now() - firstAttempt.lockTimeoutMs,
      due: warnAfter,
      isWatched: false
    }
    found.writes++
    held.set(stream, found)
    return found
  }

  const leave = (stream: string) => {
    const found = held.get(stream)
    if (found !== undefined && --found.writes === 0) held.delete(stream)
  }

  const wait: HeldStreams["wait"] = (streams, write, turn) =>
    Effect.suspend(() => {
      const names = [...new Set(streams)]
      const since = performance.now() - firstAttempt.lockTimeoutMs
      const entries = names.map(enter)
      const first = entries[0]!
      return Effect.gen(function* () {
        // The stream was held for the batch of this write, and perhaps no longer for the write
        // alone.
        let isFirst = true
        // All attempts together may take longer than a timeout of the server, although each of them
        // is shorter.
        let timeout: BlockingSessions.ServerTimeout | undefined
        for (let millis = firstPauseMs; ; millis = Math.min(maxPauseMs, millis * 2)) {
          const isDue = performance.now() - first.since >= first.due && !first.isWatched
          const attempt = isFirst ? shortAttempt : firstAttempt
          const sent = yield* Effect.result(turn(isDue ? watched(names, first, write) : write(attempt)))
          if (sent._tag === "Success") return sent.success
          const error = sent.failure
          if (error._tag !== "StreamHeld") return yield* error
          if (isFirst) yield* Metric.update(StoreMetrics.appendsHeld, 1)
          isFirst = false
          timeout ??= yield* BlockingSessions.serverTimeout(sql)
          if (timeout !== undefined && performance.now() - since >= timeout.millis) {
            const problem = `another transaction held ${listed(names)} for longer than the ${timeout.name} of the server at ${place.address}`
            return yield* EventStoreError.EventStoreError.unavailable({ problem, retryable: true, cause: error.cause })
          }
          yield* pause(millis * (0.5 + Math.random() / 2))
        }
      }).pipe(Effect.ensuring(Effect.sync(() => names.forEach(leave))))
    })

  return { includes: (streams) => streams.some((stream) => held.has(stream)), wait }
}
