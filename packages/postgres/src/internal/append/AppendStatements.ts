/** Sends appends, and finds out the outcome of each of them. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { type EventStore, EventStoreError } from "eventfold"
import { AppendOutcome } from "eventfold/store"
import { allParameters, batchParameters, type Encoded, manyParameters, oneParameters } from "./AppendBatch.ts"
import { type Attempt, firstAttempt, inSession, isHeld, shortAttempt, StreamHeld } from "./HeldStreams.ts"
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

/** The outcome of an append; `StreamHeld` if it was not written because another transaction holds its stream. */
export type Outcome = Result.Result<EventStore.Appended, EventStoreError.EventStoreError | StreamHeld>

/** Maximum number of attempts at a statement that other transactions make fail. */
const maxAttempts = 12

const tooMuchContention = EventStoreError.EventStoreError.unavailable({
  problem: `other appends to the same streams were written first ${maxAttempts} times in a row`,
  retryable: true
})

/** `true` if the content of one append caused the failure, not the server: the other appends of its batch can succeed. */
const isOfOneAppend = (error: SqlError): boolean => (isAboutData(error) && !isSetBack(error)) || isUninlined(error)

/** `true` if the server rolled back because of writes of other transactions, or because an event id is used. */
const canBeResolved = (error: SqlError): boolean =>
  isCollision(error) || ["events_event_id", "events_stream_version"].includes(violatedKey(error) ?? "")

const lost = undefined

/** Maximum number of appends that wait one by one if it is unknown which of them another transaction blocks. */
const maxSuspects = 16

/** Decodes a row of `append_one` or `append_many`: `undefined` if the append lost. */
const outcomeOf = (row: ReadonlyArray<unknown> | undefined): EventStore.Appended | undefined =>
  typeof row?.[0] === "number" ? { version: row[0], position: Number(row[1]), repeated: false } : lost

/** The end of each append; `undefined` if it lost, or has no events. */
type Sent = ReadonlyArray<EventStore.Appended | undefined>
/** Sends appends, all or none. */
export type SendAll = Effect.Effect<Sent, SqlError>

/** Sends appends. */
export interface AppendStatements {
  /**
   * Sends independent appends: each has an outcome of its own. At most one append to a stream, or several that all expect `any`,
   * which are written in their order.
   */
  readonly each: (appends: ReadonlyArray<Encoded>) => Effect.Effect<ReadonlyArray<Outcome>>
  /** Sends appends, all or none. `around` writes more in the same transaction. */
  readonly all: (
    appends: ReadonlyArray<Encoded>,
    attempt: Attempt,
    around?: (
      send: SendAll,
      appends: ReadonlyArray<Encoded>
    ) => Effect.Effect<Sent, SqlError | EventStoreError.EventStoreError>
  ) => Effect.Effect<ReadonlyArray<EventStore.Appended>, EventStoreError.EventStoreError | StreamHeld>
}

/** Creates the statements. `schema` is already quoted. */
export const make = (sql: PgClient, schema: string, place: Place): AppendStatements => {
  // The call is not in a "from", which would materialise its row, and `offset 0` keeps it from being flattened, which would call
  // it twice.
  const ofOneStream = (name: string) =>
    `select (a.row).new_version::float8, (a.row).new_position::float8
    from (select ${schema}.${name}($1,$2,$3,$4,$5,$6,$7,$8,$9) as row offset 0) a`
  const oneText = ofOneStream("append_one")
  const manyText = ofOneStream("append_many")
  const batchText = `select id::text, new_version::float8, new_position::float8
    from ${schema}.append_batch($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`
  const allText = `select number, new_version::float8, new_position::float8
    from ${schema}.append_all($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)`
  const knownText = `select event_id::text, stream_id, version::float8, position::float8, type, data
    from ${schema}.events where event_id = any($1::uuid[])`
  // Streams whose locks another transaction holds; an append that expects an exact version may also wait for a row.
  const heldText = `select s.id from unnest($1::text[]) s(id)
    where not pg_try_advisory_xact_lock_shared(${schema}.lock_space()::int, hashtext(s.id))`
  const lastText = `select s.id, coalesce(l.version, 0)::float8, coalesce(l.position, 0)::float8, coalesce(l.type, '')
    from unnest($1::text[]) s(id) left join lateral (
      select e.version, e.position, e.type from ${schema}.events e where e.stream_id = s.id order by e.version desc limit 1
    ) l on true`

  const knownEvents = Effect.fnUntraced(function* (appends: ReadonlyArray<Encoded>) {
    const ids = appends.flatMap(({ events }) => events.map(({ id }) => id))
    const known = new Map<string, AppendOutcome.KnownEvent>()
    if (ids.length === 0) return known
    for (const [id, stream, version, position, type, text] of yield* sql.unsafe(knownText, [ids]).values) {
      known.set(String(id), {
        stream: String(stream),
        version: Number(version),
        position: Number(position),
        type: String(type),
        text: text === null ? null : String(text)
      })
    }
    return known
  })

  const lastEvents = Effect.fnUntraced(function* (appends: ReadonlyArray<Encoded>) {
    const last = new Map<string, AppendOutcome.LastEvent & { readonly position: number }>()
    const streams = appends.map(({ stream }) => stream)
    for (const [stream, version, position, type] of yield* sql.unsafe(lastText, [streams]).values) {
      last.set(String(stream), { version: Number(version), position: Number(position), type: String(type) })
    }
    return last
  })

  /**
   * Finds the outcomes of appends that were not written in the log, if it shows them: first by ids, then by versions.
   *
   * The versions are read before the ids: an append of another process in between, with the same ids, must be found as the first
   * result, and not as a conflict with itself.
   */
  const resolve = Effect.fnUntraced(function* (appends: ReadonlyArray<Encoded>) {
    const last = yield* lastEvents(appends)
    const known = yield* knownEvents(appends)
    return appends.map((append): Outcome | undefined => {
      const repeated = AppendOutcome.repeated(append, append.texts, known)
      if (repeated !== undefined) return repeated
      const { position, ...event } = last.get(append.stream) ?? { version: 0, position: 0, type: "" }
      const refusal = AppendOutcome.refusal(append, event)
      if (refusal !== undefined) return Result.fail(refusal)
      // The append has no events, and the stream has the expected version.
      return append.events.length === 0
        ? Result.succeed({ version: event.version, position, repeated: false })
        : undefined
    })
  })

  /** Sends appends once, by the fastest function. */
  const send = (appends: ReadonlyArray<Encoded>, { lockTimeoutMs }: Attempt): Effect.Effect<Sent, SqlError> => {
    const [first, second] = appends
    if (first !== undefined && second === undefined && first.events.length > 0) {
      const statement =
        first.events.length === 1
          ? sql.unsafe(oneText, [...oneParameters(first), lockTimeoutMs])
          : sql.unsafe(manyText, [...manyParameters(first), lockTimeoutMs])
      return Effect.map(statement.values, ([row]) => [outcomeOf(row)])
    }
    const written = appends.filter(({ events }) => events.length > 0)
    if (written.length === 0) return Effect.succeed(appends.map(() => lost))
    return Effect.map(sql.unsafe(batchText, [...batchParameters(written), lockTimeoutMs]).values, (rows) => {
      const byId = new Map(rows.map((row) => [row[0], row]))
      // By the last event of each append.
      return appends.map(({ events }) => outcomeOf(byId.get(events.at(-1)?.id)?.slice(1)))
    })
  }

  /** Sends appends that are written all or none. */
  const sendAll = (appends: ReadonlyArray<Encoded>, attempt: Attempt) =>
    Effect.map(sql.unsafe(allText, [...allParameters(appends), attempt.lockTimeoutMs]).values, (rows) => {
      const byNumber = new Map(rows.map((row) => [row[0], row]))
      return appends.map((_, number) => outcomeOf(byNumber.get(number)?.slice(1)))
    })

  const backOff = (attempt: number) => pause(Math.random() * 2 ** Math.min(attempt, 6))

  const eachIn = (appends: ReadonlyArray<Encoded>, attempt: Attempt): ReturnType<AppendStatements["each"]> =>
    Effect.flatMap(Effect.result(send(appends, attempt)), (sent) => {
      const outcomes: Array<Outcome> = []
      for (const appended of Result.isSuccess(sent) ? sent.success : []) {
        if (appended !== undefined) outcomes.push(Result.succeed(appended))
      }
      return outcomes.length === appends.length ? Effect.succeed(outcomes) : settle(appends, attempt, sent)
    })
  const each: AppendStatements["each"] = (appends) => eachIn(appends, firstAttempt)

  /** Sends appends in a number of parts, one after the other. */
  const divide = (
    appends: ReadonlyArray<Encoded>,
    parts: number,
    attempt: Attempt
  ): Effect.Effect<ReadonlyArray<readonly [Encoded, Outcome]>> => {
    const size = Math.ceil(appends.length / parts)
    const starts = Array.from({ length: Math.ceil(appends.length / size) }, (_, i) => i * size)
    return Effect.map(
      Effect.forEach(starts, (start) => eachIn(appends.slice(start, start + size), attempt)),
      (outcomes) => outcomes.flat().map((outcome, i) => [appends[i]!, outcome] as const)
    )
  }

  /** Finds out which appends wait for another transaction, so that the other appends do not wait with them. */
  const leaveHeld = Effect.fnUntraced(function* (
    appends: ReadonlyArray<Encoded>,
    cause: SqlError
  ): Effect.fn.Return<ReadonlyArray<readonly [Encoded, Outcome]>> {
    const held: Outcome = Result.fail(new StreamHeld({ cause }))
    if (appends.length === 1) return [[appends[0]!, held]]
    const streams = [...new Set(appends.map(({ stream }) => stream))]
    const found = yield* Effect.result(sql.unsafe(heldText, [streams]).values)
    const names = new Set(Result.isSuccess(found) ? found.success.map(([name]) => String(name)) : [])
    const outcomes = appends.flatMap((append) => (names.has(append.stream) ? [[append, held] as const] : []))
    if (outcomes.length > 0) return outcomes
    // An append that expects an exact version waits for a row, and not for the lock of its stream: no query shows which append
    // that is. A few appends are then sent one by one, outside of the lanes. Many are divided, and each part waits only for a
    // moment, since there may be as many held rows as appends.
    return appends.length > maxSuspects
      ? yield* divide(appends, 4, shortAttempt)
      : appends.map((append) => [append, held] as const)
  })

  /** Finds the outcomes of appends that were sent and not all written, and sends those again that are neither written nor refused. */
  const settle = Effect.fnUntraced(function* (
    appends: ReadonlyArray<Encoded>,
    sentIn: Attempt,
    first: Result.Result<ReadonlyArray<EventStore.Appended | undefined>, SqlError>
  ): Effect.fn.Return<ReadonlyArray<Outcome>> {
    const outcomes = new Map<Encoded, Outcome>()
    let open = appends
    for (let attempt = 0; open.length > 0 && attempt < maxAttempts; attempt++) {
      if (attempt > 1) yield* backOff(attempt)
      const sent = attempt === 0 ? first : yield* Effect.result(send(open, sentIn))
      if (Result.isSuccess(sent)) {
        for (const [i, appended] of sent.success.entries()) {
          if (appended !== undefined) outcomes.set(open[i]!, Result.succeed(appended))
        }
      } else if (isHeld(sent.failure)) {
        for (const [append, outcome] of yield* leaveHeld(open, sent.failure)) outcomes.set(append, outcome)
        open = open.filter((append) => !outcomes.has(append))
        continue
      } else if (!canBeResolved(sent.failure)) {
        if (isOfOneAppend(sent.failure) && open.length > 1) {
          for (const [append, outcome] of yield* divide(open, 2, sentIn)) outcomes.set(append, outcome)
        } else {
          const error = appendFailed(place, schema)(sent.failure)
          for (const append of open) outcomes.set(append, Result.fail(error))
        }
      }
      open = open.filter((append) => !outcomes.has(append))
      if (open.length === 0) break
      // The remaining appends lost, collided, share a batch with one that did, or have no events: the log shows which.
      const resolved = yield* Effect.result(resolve(open))
      for (const [i, append] of open.entries()) {
        const outcome = Result.isSuccess(resolved)
          ? resolved.success[i]
          : Result.fail(unavailable(place)(resolved.failure))
        if (outcome !== undefined) outcomes.set(append, outcome)
      }
      open = open.filter((append) => !outcomes.has(append))
    }
    return appends.map((append) => outcomes.get(append) ?? Result.fail(tooMuchContention))
  })

  const all: AppendStatements["all"] = Effect.fnUntraced(function* (
    appends,
    attempt,
    around = (send) => inSession(sql, attempt, send)
  ) {
    const outcomes = new Map<Encoded, EventStore.Appended>()
    // A very large append takes no locks on its streams (see `enterManyStreams`), and is overtaken more often.
    const attempts = appends.length > 256 ? 5 * maxAttempts : maxAttempts
    for (let count = 0; count < attempts; count++) {
      if (count > 1) yield* backOff(count)
      // Appends without events are sent too: their expected versions are part of "all".
      const open = appends.filter((append) => !outcomes.has(append))
      if (open.length === 0) return appends.map((append) => outcomes.get(append)!)
      const sent = yield* Effect.result(around(sendAll(open, attempt), open))
      if (Result.isSuccess(sent)) {
        for (const [i, append] of open.entries()) outcomes.set(append, sent.success[i]!)
        return appends.map((append) => outcomes.get(append)!)
      }
      const error = sent.failure
      if (error._tag === "EventStoreError") return yield* error
      if (isHeld(error)) return yield* new StreamHeld({ cause: error })
      if (!canBeResolved(error) && codeOf(error) !== "EF001") {
        return yield* appendFailed(place, schema)(error)
      }
      const resolved = yield* Effect.mapError(resolve(open), unavailable(place))
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

  return { each, all }
}
