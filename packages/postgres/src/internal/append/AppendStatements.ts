/** Sends appends and finds out what became of each of them. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { type EventStore, EventStoreError } from "eventfold"
import { AppendOutcome } from "eventfold/store"
import { setTimeout } from "node:timers/promises"
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

/** What became of one append; `StreamHeld` where it was not written, since another transaction holds its stream. */
export type Outcome = Result.Result<EventStore.Appended, EventStoreError.EventStoreError | StreamHeld>

/** How often a statement that other transactions made fail is sent again before the caller is told. */
const maxTries = 12

const tooMuchContention = EventStoreError.EventStoreError.unavailable({
  problem: `other appends to the same streams came first ${maxTries} times in a row`,
  retryable: true
})

/** Errors about what one append holds, not about the server: the others of its batch need not share its fate. */
const isOfOneAppend = (error: SqlError): boolean => (isAboutData(error) && !isSetBack(error)) || isUninlined(error)

/** Whether the server undid the statement because of what others have written, or because an id is used. */
const mayBeSettled = (error: SqlError): boolean =>
  isCollision(error) || ["events_event_id", "events_stream_version"].includes(violatedKey(error) ?? "")

const lost = undefined

/** Of more appends it is looked for which one another transaction holds up. */
const maxSuspects = 16

/** A row of `append_one` or `append_many`: empty where the append lost. */
const outcomeOf = (row: ReadonlyArray<unknown> | undefined): EventStore.Appended | undefined =>
  typeof row?.[0] === "number" ? { version: row[0], position: Number(row[1]), repeated: false } : lost

/** Where each append ends; `undefined` where one lost, or has nothing to write. */
type Sent = ReadonlyArray<EventStore.Appended | undefined>
export type SendAll = Effect.Effect<Sent, SqlError>

export interface Appending {
  /**
   * Appends that know nothing of each other: each has an outcome of its own. At most one per stream, or several that all
   * expect `any`: those are written in their order.
   */
  readonly each: (appends: ReadonlyArray<Encoded>) => Effect.Effect<ReadonlyArray<Outcome>>
  /** All of them or none; what is written with them is written by `around`, in a transaction of its own. */
  readonly all: (
    appends: ReadonlyArray<Encoded>,
    attempt: Attempt,
    around?: (
      send: SendAll,
      appends: ReadonlyArray<Encoded>
    ) => Effect.Effect<Sent, SqlError | EventStoreError.EventStoreError>
  ) => Effect.Effect<ReadonlyArray<EventStore.Appended>, EventStoreError.EventStoreError | StreamHeld>
}

/** `schema` is quoted already. */
export const make = (sql: PgClient, schema: string, place: Place): Appending => {
  // The call is not in a "from", where its row would go through a table in memory, and not flattened, or it is called twice.
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
  // Whose locks another transaction has; an append that expects an exact version may still wait for a row of another stream.
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
   * Outcomes of appends that were not written, in so far as the log tells them: ids first, then versions.
   *
   * The versions are read before the ids: what another process appends in between, under the same ids, must be found as the
   * first result, and not as a conflict with itself.
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
      // Nothing to write, and the stream is where it is expected to be.
      return append.events.length === 0
        ? Result.succeed({ version: event.version, position, repeated: false })
        : undefined
    })
  })

  /** Sends appends once, by the shortest way; `undefined` where one lost, or has nothing to write. */
  const send = (appends: ReadonlyArray<Encoded>, { patience }: Attempt): Effect.Effect<Sent, SqlError> => {
    const [first, second] = appends
    if (first !== undefined && second === undefined && first.events.length > 0) {
      const statement =
        first.events.length === 1
          ? sql.unsafe(oneText, [...oneParameters(first), patience])
          : sql.unsafe(manyText, [...manyParameters(first), patience])
      return Effect.map(statement.values, ([row]) => [outcomeOf(row)])
    }
    const written = appends.filter(({ events }) => events.length > 0)
    if (written.length === 0) return Effect.succeed(appends.map(() => lost))
    return Effect.map(sql.unsafe(batchText, [...batchParameters(written), patience]).values, (rows) => {
      const byId = new Map(rows.map((row) => [row[0], row]))
      // The last event of each.
      return appends.map(({ events }) => outcomeOf(byId.get(events.at(-1)?.id)?.slice(1)))
    })
  }

  /** Sends appends that are written together or not at all. */
  const sendAll = (appends: ReadonlyArray<Encoded>, attempt: Attempt) =>
    Effect.map(sql.unsafe(allText, [...allParameters(appends), attempt.patience]).values, (rows) => {
      const byNumber = new Map(rows.map((row) => [row[0], row]))
      return appends.map((_, number) => outcomeOf(byNumber.get(number)?.slice(1)))
    })

  // By the system's timers, not by the Clock: the server doesn't live in a test's time, and would be waited for for ever.
  const pause = (attempt: number) => Effect.promise(() => setTimeout(Math.random() * 2 ** Math.min(attempt, 6)))

  const eachIn = (appends: ReadonlyArray<Encoded>, attempt: Attempt): ReturnType<Appending["each"]> =>
    Effect.flatMap(Effect.result(send(appends, attempt)), (sent) => {
      const outcomes: Array<Outcome> = []
      for (const appended of Result.isSuccess(sent) ? sent.success : []) {
        if (appended !== undefined) outcomes.push(Result.succeed(appended))
      }
      return outcomes.length === appends.length ? Effect.succeed(outcomes) : settle(appends, attempt, sent)
    })
  const each: Appending["each"] = (appends) => eachIn(appends, firstAttempt)

  /** Sends appends in so many parts, one after the other. */
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

  /** Finds out which of some appends wait for another transaction, so that the others don't wait with them. */
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
    // One that expects an exact version waits for a row, and not for the lock of its stream: nothing tells which it is. Few are sent
    // one by one then, outside of the lanes; each part of many waits a moment only, since there may be as many held rows as appends.
    return appends.length > maxSuspects
      ? yield* divide(appends, 4, shortAttempt)
      : appends.map((append) => [append, held] as const)
  })

  /** Finds out what became of appends that were sent and not all written, and sends again what is neither written nor refused. */
  const settle = Effect.fnUntraced(function* (
    appends: ReadonlyArray<Encoded>,
    sentIn: Attempt,
    first: Result.Result<ReadonlyArray<EventStore.Appended | undefined>, SqlError>
  ): Effect.fn.Return<ReadonlyArray<Outcome>> {
    const outcomes = new Map<Encoded, Outcome>()
    let open = appends
    for (let attempt = 0; open.length > 0 && attempt < maxTries; attempt++) {
      if (attempt > 1) yield* pause(attempt)
      const sent = attempt === 0 ? first : yield* Effect.result(send(open, sentIn))
      if (Result.isSuccess(sent)) {
        for (const [i, appended] of sent.success.entries()) {
          if (appended !== undefined) outcomes.set(open[i]!, Result.succeed(appended))
        }
      } else if (isHeld(sent.failure)) {
        for (const [append, outcome] of yield* leaveHeld(open, sent.failure)) outcomes.set(append, outcome)
        open = open.filter((append) => !outcomes.has(append))
        continue
      } else if (!mayBeSettled(sent.failure)) {
        if (isOfOneAppend(sent.failure) && open.length > 1) {
          for (const [append, outcome] of yield* divide(open, 2, sentIn)) outcomes.set(append, outcome)
        } else {
          const error = appendFailed(place, schema)(sent.failure)
          for (const append of open) outcomes.set(append, Result.fail(error))
        }
      }
      open = open.filter((append) => !outcomes.has(append))
      if (open.length === 0) break
      // What remains lost, collided, shares a batch with one that did, or has nothing to write: the log tells which.
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

  const all: Appending["all"] = Effect.fnUntraced(function* (
    appends,
    attempt,
    around = (send) => inSession(sql, attempt, send)
  ) {
    const outcomes = new Map<Encoded, EventStore.Appended>()
    // A giant append takes no locks on its streams (see `append_batch`), and is overtaken more often.
    const tries = appends.length > 256 ? 5 * maxTries : maxTries
    for (let time = 0; time < tries; time++) {
      if (time > 1) yield* pause(time)
      // Streams with nothing to write are sent too: their expected versions are part of "all".
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
      if (!mayBeSettled(error) && codeOf(error) !== "EF001") {
        return yield* appendFailed(place, schema)(error)
      }
      const resolved = yield* Effect.mapError(resolve(open), unavailable(place))
      for (const [i, append] of open.entries()) {
        const outcome = resolved[i]
        if (outcome === undefined) continue
        if (Result.isFailure(outcome)) return yield* outcome.failure
        // What it expects is to hold when the others are written, not only now.
        if (append.events.length === 0) continue
        outcomes.set(append, outcome.success)
      }
    }
    return yield* tooMuchContention
  })

  return { each, all }
}
