/**
 * Writes to streams that transactions of other programs hold.
 *
 * A statement that waits for such a stream occupies a connection until the other transaction ends, and a few of them would
 * occupy all. So a statement waits for a short time only, fails with {@link StreamHeld}, and is sent again, in turns with the
 * others, for as long as the stream is held.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Data, Deferred, Effect, Metric } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { EventStoreError } from "eventfold"
import { StoreMetrics } from "eventfold/store"
import * as LockHolder from "../sql/LockHolder.ts"
import { codeOf, isAtGate, lockTimeout, type Place } from "../sql/SqlFailure.ts"
import { pause } from "../sql/SystemTimer.ts"
import { inTransaction } from "../sql/Transaction.ts"

/** Another transaction holds a stream, or a row of it, for longer than a statement waits. Nothing was written. */
export class StreamHeld extends Data.TaggedError("StreamHeld")<{ readonly cause: SqlError }> {}

/** How a write is sent this time. */
export interface Attempt {
  /** Milliseconds that its statements wait for each lock. */
  readonly patience: number
  /** If given, the write runs in a transaction, and gives the pid of its session before it waits for anything. */
  readonly onSession?: (pid: number) => void
}

/** Of the first attempt: appends to other streams wait behind it. */
export const firstAttempt: Attempt = { patience: 100 }

/** Of one that only finds out whether a stream is held: others wait for it. */
export const shortAttempt: Attempt = { patience: 10 }

/** Longer than the others, so that there is time to look for the session that holds the stream. */
const watchedPatience = 500

const firstPauseMillis = 25
const longestPauseMillis = 500

/**
 * Whether a statement failed since another transaction held something of what it needed: not the gate, where it waits for as long as the
 * server lets it.
 */
export const isHeld = (error: SqlError): boolean => codeOf(error) === lockTimeout && !isAtGate(error)

/** Gives the session's pid to whoever watches the attempt. Called within a transaction. */
export const giveSession = (sql: PgClient, { onSession }: Attempt): Effect.Effect<void, SqlError> =>
  onSession === undefined
    ? Effect.void
    : Effect.map(sql.unsafe("select pg_backend_pid()").values, ([row]) => onSession(Number(row?.[0])))

/** Sends a statement, in a transaction if the attempt is watched. */
export const inSession = <A, E>(
  sql: PgClient,
  attempt: Attempt,
  statement: Effect.Effect<A, E | SqlError>
): Effect.Effect<A, E | SqlError> =>
  attempt.onSession === undefined ? statement : inTransaction(sql, Effect.andThen(giveSession(sql, attempt), statement))

export type Write<A> = (attempt: Attempt) => Effect.Effect<A, EventStoreError.EventStoreError | StreamHeld>

/** Waits until it can have a connection, and runs it. */
export type Turn = <A>(
  attempt: Effect.Effect<A, EventStoreError.EventStoreError | StreamHeld>
) => Effect.Effect<A, EventStoreError.EventStoreError | StreamHeld>

export interface HeldStreams {
  /** Whether one of these streams is known to be held. */
  readonly includes: (streams: ReadonlyArray<string>) => boolean
  /** Sends a write, each time in a turn of its own, until no other transaction holds one of its streams. */
  readonly wait: <A>(
    streams: ReadonlyArray<string>,
    write: Write<A>,
    turn: Turn
  ) => Effect.Effect<A, EventStoreError.EventStoreError>
}

/** What is known of a stream while there are writes that wait for it. */
interface Held {
  writes: number
  readonly since: number
  /** Milliseconds after which a warning is due: doubled each time, so that a long night fills no disk. */
  due: number
  isWatched: boolean
}

const listed = (streams: ReadonlyArray<string>): string => {
  const names = streams.slice(0, 3).map((stream) => JSON.stringify(stream))
  const others = streams.length - names.length
  return `stream${streams.length === 1 ? "" : "s"} ${names.join(", ")}${others === 0 ? "" : ` and ${others} more`}`
}

export interface Options {
  readonly sql: PgClient
  readonly place: Place
  /** Milliseconds after which a warning names the session that holds a stream. */
  readonly warnAfter: number
}

export const make = ({ place, sql, warnAfter }: Options): HeldStreams => {
  const held = new Map<string, Held>()

  // Those that block the session and have what it waits for. A prepared transaction is among them as pid 0, and has none here.
  const holdersText = `select ${LockHolder.columns}
  from pg_locks w
  join pg_locks l on l.granted and l.locktype = w.locktype and l.database is not distinct from w.database
    and l.relation is not distinct from w.relation and l.page is not distinct from w.page
    and l.tuple is not distinct from w.tuple and l.virtualxid is not distinct from w.virtualxid
    and l.transactionid is not distinct from w.transactionid and l.classid is not distinct from w.classid
    and l.objid is not distinct from w.objid and l.objsubid is not distinct from w.objsubid
  ${LockHolder.joins}
  where w.pid = $1 and not w.granted and coalesce(l.pid, 0) = any(pg_blocking_pids($1))
  order by a.xact_start, l.pid limit 3`

  const limitsText = `select name, setting::float8 from pg_settings
  where name in ('lock_timeout', 'statement_timeout') and setting::float8 > 0 order by 2 limit 1`

  const warn = (streams: ReadonlyArray<string>, waited: number, holders: ReadonlyArray<LockHolder.LockHolder>) =>
    Effect.logWarning(
      `appendHeld: for ${LockHolder.seconds(waited / 1000)} ${listed(streams)} could not be written to, since another transaction has not ended. It is held by ${holders.map(({ text }) => text).join("; and by ")}`
    ).pipe(Effect.annotateLogs({ event: "appendHeld", streams: streams.slice(0, 10), ...holders[0]?.facts }))

  /** Sends a write, and looks meanwhile for what it waits for. */
  const watched = <A>(streams: ReadonlyArray<string>, of: Held, write: Write<A>) =>
    Effect.gen(function* () {
      const session = Deferred.makeUnsafe<number>()
      const look = Effect.gen(function* () {
        const pid = yield* Deferred.await(session)
        for (;;) {
          const rows = yield* sql.unsafe(holdersText, [pid]).values
          if (rows.length > 0) return rows.map((row) => LockHolder.describe(row, place.user))
          yield* pause(10)
        }
      })
      const say = Effect.flatMap(look, (holders) => {
        const waited = performance.now() - of.since
        of.due = waited * 2
        return warn(streams, waited, holders)
      })
      of.isWatched = true
      const attempt = {
        patience: watchedPatience,
        onSession: (pid: number) => Deferred.doneUnsafe(session, Effect.succeed(pid))
      }
      return yield* Effect.raceFirst(write(attempt), Effect.andThen(Effect.ignore(say), Effect.never))
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
      since: performance.now() - firstAttempt.patience,
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

  /** The server's own limit for a wait, as far as it has one: each attempt is shorter than that, all of them may not be. */
  const limit = Effect.gen(function* () {
    const [[name, millis] = []] = yield* sql.unsafe(limitsText).values
    return { name: String(name), millis: name === undefined ? Infinity : Number(millis) }
  }).pipe(Effect.orElseSucceed(() => undefined))

  const wait: HeldStreams["wait"] = (streams, write, turn) =>
    Effect.suspend(() => {
      const names = [...new Set(streams)]
      const since = performance.now() - firstAttempt.patience
      const entries = names.map(enter)
      const first = entries[0]!
      return Effect.gen(function* () {
        // Whether the stream is held is known of the batch that it was in, and perhaps not of this write.
        let isFirst = true
        let most: { readonly name: string; readonly millis: number } | undefined
        for (let millis = firstPauseMillis; ; millis = Math.min(longestPauseMillis, millis * 2)) {
          const isDue = performance.now() - first.since >= first.due && !first.isWatched
          const attempt = isFirst ? shortAttempt : firstAttempt
          const sent = yield* Effect.result(turn(isDue ? watched(names, first, write) : write(attempt)))
          if (sent._tag === "Success") return sent.success
          const error = sent.failure
          if (error._tag !== "StreamHeld") return yield* error
          if (isFirst) yield* Metric.update(StoreMetrics.appendsHeld, 1)
          isFirst = false
          most ??= yield* limit
          if (most !== undefined && performance.now() - since >= most.millis) {
            const problem = `another transaction holds ${listed(names)} for longer than the ${most.name} of the server at ${place.address} lets wait`
            return yield* EventStoreError.EventStoreError.unavailable({ problem, retryable: true, cause: error.cause })
          }
          yield* pause(millis * (0.5 + Math.random() / 2))
        }
      }).pipe(Effect.ensuring(Effect.sync(() => names.forEach(leave))))
    })

  return { includes: (streams) => streams.some((stream) => held.has(stream)), wait }
}
