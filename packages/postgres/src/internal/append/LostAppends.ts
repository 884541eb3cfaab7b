/** Finds the outcomes of appends that were not written. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Result } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { Event, EventStore, EventStoreError } from "eventfold"
import { AppendOutcome } from "eventfold/store"
import type { Encoded } from "./AppendBatch.ts"
import type { StreamHeld } from "./HeldStreams.ts"

/**
 * The outcome of an append; `StreamHeld` if it was not written because another transaction holds
 * its stream.
 */
export type Outcome = Result.Result<EventStore.Appended, EventStoreError.EventStoreError | StreamHeld>

type LastEvent = Pick<Event.RecordedEvent, "version" | "position" | "type">

type KnownEvent = Pick<Event.RecordedEvent, "stream" | "version" | "position" | "type"> & {
  readonly text: string | null
}

/** Reads the log for appends that were not written. */
export class LostAppends {
  readonly #sql: PgClient
  readonly #knownText: string
  readonly #lastText: string
  readonly #heldText: string

  /** `schema` is already quoted. */
  constructor(sql: PgClient, schema: string) {
    this.#sql = sql
    this.#knownText = `select event_id::text, stream_id, version::float8, position::float8, type, data
    from ${schema}.events where event_id = any($1::uuid[])`
    this.#lastText = `select s.id, coalesce(l.version, 0)::float8, coalesce(l.position, 0)::float8, coalesce(l.type, '')
    from unnest($1::text[]) s(id) left join lateral (
      select e.version, e.position, e.type from ${schema}.events e where e.stream_id = s.id order by e.version desc limit 1
    ) l on true`
    this.#heldText = `select s.id from unnest($1::text[]) s(id)
    where not pg_try_advisory_xact_lock_shared(${schema}.lock_space()::int, hashtext(s.id))`
  }

  #knownEvents(appends: ReadonlyArray<Encoded>): Effect.Effect<ReadonlyMap<string, KnownEvent>, SqlError> {
    const ids = appends.flatMap(({ events }) => events.map(({ id }) => id))
    if (ids.length === 0) return Effect.succeed(new Map())
    return Effect.map(this.#sql.unsafe(this.#knownText, [ids]).values, (rows) => {
      const known = new Map<string, KnownEvent>()
      for (const [id, stream, version, position, type, text] of rows) {
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
  }

  #lastEvents(appends: ReadonlyArray<Encoded>): Effect.Effect<ReadonlyMap<string, LastEvent>, SqlError> {
    const streams = appends.map(({ stream }) => stream)
    return Effect.map(this.#sql.unsafe(this.#lastText, [streams]).values, (rows) => {
      const last = new Map<string, LastEvent>()
      for (const [stream, version, position, type] of rows) {
        last.set(String(stream), { version: Number(version), position: Number(position), type: String(type) })
      }
      return last
    })
  }

  /**
   * Finds the outcomes of appends in the log, if it shows them: first by ids, then by versions. An
   * append without outcome can be sent again.
   *
   * The versions are read before the ids: an append of another process in between, with the same
   * ids, must be found as the first result, and not as a conflict with itself.
   */
  resolve(appends: ReadonlyArray<Encoded>): Effect.Effect<ReadonlyArray<Outcome | undefined>, SqlError> {
    return Effect.gen({ self: this }, function* () {
      const last = yield* this.#lastEvents(appends)
      const known = yield* this.#knownEvents(appends)
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
  }

  /**
   * Returns the streams whose locks another transaction holds. An append that expects an exact
   * version may instead wait for a row of its stream.
   */
  heldStreams(appends: ReadonlyArray<Encoded>): Effect.Effect<ReadonlySet<string>, SqlError> {
    const streams = [...new Set(appends.map(({ stream }) => stream))]
    return Effect.map(
      this.#sql.unsafe(this.#heldText, [streams]).values,
      (rows) => new Set(rows.map(([stream]) => String(stream)))
    )
  }
}
