/** Sends appends and finds out what became of each of them. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { AppendOutcome, type EventStore, EventStoreError } from "eventfold"
import { setTimeout } from "node:timers/promises"
import { batchParameters, type Encoded, oneParameters } from "./Batch.ts"
import { appendFailed, codeOf, isCollision, type Place, unavailable, violatedKey } from "./SqlFailure.ts"

type Outcome = Result.Result<EventStore.Appended, EventStoreError.EventStoreError>

/** How often a statement that other transactions made fail is sent again before the caller is told. */
const maxTries = 12

const tooMuchContention = new EventStoreError.EventStoreError({
  reason: new EventStoreError.Unavailable({
    problem: `other appends to the same streams came first ${maxTries} times in a row`,
    retryable: true
  })
})

/** Errors about what one append holds, not about the server: the others of its batch need not share its fate. */
const isAboutData = (error: SqlError): boolean => ["22", "23", "54"].includes(codeOf(error).slice(0, 2))

export interface Appending {
  /** Appends that know nothing of each other: each has an outcome of its own. At most one per stream. */
  readonly each: (appends: ReadonlyArray<Encoded>) => Effect.Effect<ReadonlyArray<Outcome>>
  /** All of them or none. */
  readonly all: (
    appends: ReadonlyArray<Encoded>
  ) => Effect.Effect<ReadonlyArray<EventStore.Appended>, EventStoreError.EventStoreError>
}

/** `schema` is quoted already. */
export const make = (sql: PgClient, schema: string, place: Place): Appending => {
  const oneText = `select new_version::float8, new_position::float8 from ${schema}.append_one($1,$2,$3,$4,$5,$6,$7,$8)`
  const manyText = (name: string) =>
    `select number, new_version::float8, new_position::float8 from ${schema}.${name}($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)`
  const batchText = manyText("append_batch")
  const allText = manyText("append_all")
  const knownText = `select event_id::text, stream_id, version::float8, position::float8, type, data
    from ${schema}.events where event_id = any($1::uuid[])`
  const lastText = `select s.id, coalesce(l.version, 0)::float8, coalesce(l.type, '')
    from unnest($1::text[]) s(id) left join lateral (
      select e.version, e.type from ${schema}.events e where e.stream_id = s.id order by e.version desc limit 1
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
    const last = new Map<string, AppendOutcome.LastEvent>()
    const streams = appends.map(({ stream }) => stream)
    for (const [stream, version, type] of yield* sql.unsafe(lastText, [streams]).values) {
      last.set(String(stream), { version: Number(version), type: String(type) })
    }
    return last
  })

  /** Outcomes of appends that were not written, in so far as the log tells them: ids first, then versions. */
  const resolve = Effect.fnUntraced(function* (appends: ReadonlyArray<Encoded>) {
    const known = yield* knownEvents(appends)
    const last = yield* lastEvents(appends)
    return appends.map((append): Outcome | undefined => {
      const repeated = AppendOutcome.repeated(append, append.texts, known)
      if (repeated !== undefined) return repeated
      const refusal = AppendOutcome.refusal(append, last.get(append.stream) ?? { version: 0, type: "" })
      return refusal === undefined ? undefined : Result.fail(refusal)
    })
  })

  /** Sends a batch once; `undefined` where an append lost. */
  const send = Effect.fnUntraced(function* (appends: ReadonlyArray<Encoded>, text: string) {
    const outcomes: Array<EventStore.Appended | undefined> = appends.map(() => undefined)
    if (appends.length === 1 && appends[0]!.events.length === 1 && text === batchText) {
      const [row] = yield* sql.unsafe(oneText, oneParameters(appends[0]!)).values
      if (typeof row?.[0] === "number") outcomes[0] = { version: row[0], position: Number(row[1]), repeated: false }
      return outcomes
    }
    for (const [number, version, position] of yield* sql.unsafe(text, yield* batchParameters(appends)).values) {
      if (typeof version === "number")
        outcomes[Number(number)] = { version, position: Number(position), repeated: false }
    }
    return outcomes
  })

  // By the system's timers, not by the Clock: the server doesn't live in a test's time, and would be waited for for ever.
  const pause = (attempt: number) => Effect.promise(() => setTimeout(Math.random() * 2 ** Math.min(attempt, 6)))

  const each = Effect.fnUntraced(function* (appends: ReadonlyArray<Encoded>): Effect.fn.Return<ReadonlyArray<Outcome>> {
    const outcomes = new Map<Encoded, Outcome>()
    let open = appends
    for (let attempt = 0; open.length > 0 && attempt < maxTries; attempt++) {
      if (attempt > 1) yield* pause(attempt)
      const sent = yield* Effect.result(send(open, batchText))
      if (Result.isSuccess(sent)) {
        for (const [i, appended] of sent.success.entries()) {
          if (appended !== undefined) outcomes.set(open[i]!, Result.succeed(appended))
        }
      } else if (!isCollision(sent.failure) && violatedKey(sent.failure) !== "events_event_id") {
        if (isAboutData(sent.failure) && open.length > 1) {
          const middle = open.length >> 1
          const halves = [open.slice(0, middle), open.slice(middle)]
          const parts = yield* Effect.forEach(halves, (half) => each(half))
          for (const [h, part] of parts.entries()) part.forEach((outcome, i) => outcomes.set(halves[h]![i]!, outcome))
        } else {
          const error = appendFailed(place)(sent.failure)
          for (const append of open) outcomes.set(append, Result.fail(error))
        }
      }
      open = open.filter((append) => !outcomes.has(append))
      if (open.length === 0) break
      // What remains lost, collided, or shares a batch with a used id: the log tells which.
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

  const all = Effect.fnUntraced(function* (appends: ReadonlyArray<Encoded>) {
    const outcomes = new Map<Encoded, EventStore.Appended>()
    for (let attempt = 0; attempt < maxTries; attempt++) {
      if (attempt > 1) yield* pause(attempt)
      // Streams with nothing to write are sent too: their expected versions are part of "all".
      const open = appends.filter((append) => !outcomes.has(append))
      if (open.length === 0) return appends.map((append) => outcomes.get(append)!)
      const sent = yield* Effect.result(send(open, allText))
      if (Result.isSuccess(sent)) {
        for (const [i, append] of open.entries()) outcomes.set(append, sent.success[i]!)
        return appends.map((append) => outcomes.get(append)!)
      }
      const error = sent.failure
      if (!isCollision(error) && violatedKey(error) !== "events_event_id" && codeOf(error) !== "EF001") {
        return yield* appendFailed(place)(error)
      }
      const resolved = yield* Effect.mapError(resolve(open), unavailable(place))
      for (const [i, append] of open.entries()) {
        const outcome = resolved[i]
        if (outcome === undefined) continue
        if (Result.isFailure(outcome)) return yield* outcome.failure
        outcomes.set(append, outcome.success)
      }
    }
    return yield* tooMuchContention
  })

  return { each, all }
}
