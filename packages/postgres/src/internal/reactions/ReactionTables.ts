/** Places of reactions, and the events that they have put aside, in tables; each written with the lease of one process. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { DateTime, Effect } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { Checkpoint, type EventStoreError } from "eventfold"
import { type ReactionStore, StoreRequest } from "eventfold/store"
import * as LeaseTime from "../sql/LeaseTime.ts"
import * as LogLag from "../read/LogLag.ts"
import { nowMs } from "../sql/ServerTime.ts"
import { appendFailed, type Place } from "../sql/SqlFailure.ts"
import { valuesOf } from "../read/StoredEvent.ts"
import { inTransaction } from "../sql/Transaction.ts"

const textOrNull = (value: unknown): string | null => (value === null || value === undefined ? null : String(value))
const timeOf = (value: unknown): DateTime.Utc => DateTime.makeUnsafe(Number(value))
/** What PostgreSQL takes for text. */
const storable = (text: string): string => text.replaceAll("\0", "").toWellFormed()
const someRow = (rows: ReadonlyArray<unknown>): boolean => rows.length > 0

/** `schema` is quoted already. */
export const make = (sql: PgClient, schema: string, storeId: string, place: Place): ReactionStore.Service => {
  const registry = `${schema}.reactions`
  const aside = `${schema}.parked_deliveries`
  const values = valuesOf(sql, place)
  /** The lease is still the last one: nobody gets another before this statement has ended. */
  const held = `held as (select 1 from ${registry} r where r.name = $1 and r.token = $2 for update)`

  const checkpoint = (position: unknown, eventId: unknown): Checkpoint.Checkpoint => ({
    storeId,
    position: Number(position),
    eventId: textOrNull(eventId)
  })
  const statusColumns = `r.name, r.position::float8, r.event_id::text, case when ${LeaseTime.isLive("r")} then r.owner end,
    r.is_paused, r.problem, r.saved_at::float8, (select count(*)::float8 from ${aside} p where p.reaction = r.name),
    ${LogLag.columns(schema, "r.position")}`
  const statusOf = (row: ReadonlyArray<unknown>): ReactionStore.Status => {
    const [name, position, eventId, owner, isPaused, problem, savedAt, parked, lagEvents, lagMillis] = row
    return {
      name: String(name),
      checkpoint: checkpoint(position, eventId),
      owner: textOrNull(owner) ?? undefined,
      isPaused: isPaused === true,
      problem: textOrNull(problem) ?? undefined,
      savedAt: savedAt === null ? undefined : timeOf(savedAt),
      parked: Number(parked),
      lag: LogLag.read(lagEvents, lagMillis)
    }
  }
  const status = (name: string) =>
    Effect.map(values(`select ${statusColumns} from ${registry} r where r.name = $1`, [name]), ([row]) =>
      row === undefined ? undefined : statusOf(row)
    )
  const parkedOf = (row: ReadonlyArray<unknown>): ReactionStore.Parked => {
    const [eventId, position, stream, version, type, attempts, problem, parkedAt, isAsked] = row
    return {
      eventId: String(eventId),
      position: Number(position),
      stream: String(stream),
      version: Number(version),
      type: String(type),
      attempts: Number(attempts),
      problem: String(problem),
      parkedAt: timeOf(parkedAt),
      isAsked: isAsked === true
    }
  }

  const head = Effect.map(
    values(`select h.head_position::float8, h.head_id::text from ${schema}.head(0) h`, []),
    ([row]) => checkpoint(row?.[0] ?? 0, row?.[1])
  )
  const placeOf = Effect.fnUntraced(function* (start: ReactionStore.Start) {
    if (typeof start === "object") return start
    if (start === "beginning" || start === 0) return Checkpoint.beginning(storeId)
    const last = yield* head
    if (start === "now") return last
    if (start > last.position) return yield* StoreRequest.startBeyondEnd(start, last.position)
    const [row] = yield* values(
      `select e.position::float8, e.event_id::text from ${schema}.events e where e.position <= $1
        order by e.position desc limit 1`,
      [BigInt(start)]
    )
    return row === undefined ? Checkpoint.beginning(storeId) : checkpoint(row[0], row[1])
  })

  const known = (operation: string, name: string): Effect.Effect<void, EventStoreError.EventStoreError> =>
    Effect.flatMap(values(`select 1 from ${registry} r where r.name = $1`, [name]), (rows) =>
      someRow(rows) ? Effect.void : Effect.fail(StoreRequest.noReaction(operation, name))
    )
  const change = (operation: string, name: string, set: string) =>
    Effect.flatMap(values(`update ${registry} r set ${set} where r.name = $1 returning 1`, [name]), (rows) =>
      someRow(rows) ? Effect.void : Effect.fail(StoreRequest.noReaction(operation, name))
    )
  const isHeld = (text: string, parameters: ReadonlyArray<unknown>) =>
    Effect.map(values(`with ${held}, ${text} select 1 from held`, parameters), someRow)

  return {
    open: Effect.fnUntraced(function* (name, start) {
      const invalid = StoreRequest.checkReaction(storeId, name, start)
      if (invalid !== undefined) return yield* invalid
      const before = yield* status(name)
      if (before !== undefined) return before
      const { eventId, position } = yield* placeOf(start)
      yield* values(
        `insert into ${registry} (name, position, event_id) values ($1, $2, $3::uuid) on conflict (name) do nothing`,
        [name, BigInt(position), eventId]
      )
      return (yield* status(name))!
    }),
    acquire: (name, owner, milliseconds) =>
      Effect.map(
        values(
          `with cut as (${LeaseTime.shorten(`${registry} r`, "r.name = $1")})
            update ${registry} r set token = r.token + 1, owner = $2, leased_until = ${nowMs} + $3, lease_millis = $3
            where r.name = $1 and r.leased_until <= ${nowMs} and not r.is_paused and r.problem is null
            returning r.token::float8, r.position::float8, r.event_id::text`,
          [name, owner, BigInt(Math.ceil(milliseconds))]
        ),
        ([row]) =>
          row === undefined ? undefined : { name, token: Number(row[0]), checkpoint: checkpoint(row[1], row[2]) }
      ),
    renew: ({ name, token }, milliseconds) =>
      Effect.map(
        values(
          `update ${registry} r set leased_until = ${nowMs} + $3, lease_millis = $3 where r.name = $1 and r.token = $2
            returning r.is_paused, (select count(*)::float8 from ${aside} p where p.reaction = r.name and p.is_asked)`,
          [name, BigInt(token), BigInt(Math.ceil(milliseconds))]
        ),
        ([row]) => (row === undefined ? undefined : { isPaused: row[0] === true, retries: Number(row[1]) })
      ),
    release: ({ name, token }) =>
      Effect.asVoid(
        values(`update ${registry} r set leased_until = 0 where r.name = $1 and r.token = $2`, [name, BigInt(token)])
      ),
    save: ({ name, token }, { eventId, position }) =>
      Effect.map(
        values(
          `update ${registry} r set position = $3, event_id = $4::uuid, saved_at = ${nowMs}
            where r.name = $1 and r.token = $2 and r.position <= $3 returning 1`,
          [name, BigInt(token), BigInt(position), eventId]
        ),
        someRow
      ),
    inTransaction: <A, E, R>(work: (sql: SqlClient) => Effect.Effect<A, E, R>) =>
      Effect.mapError(
        inTransaction(
          sql,
          Effect.andThen(
            // A program that went to sleep would hold up the next one, where both write the same rows.
            sql.unsafe("select set_config('idle_in_transaction_session_timeout', '10s', true)").values,
            Effect.suspend(() => work(sql))
          )
        ),
        (error): E | EventStoreError.EventStoreError => (isSqlError(error) ? appendFailed(place, schema)(error) : error)
      ),
    park: ({ name, token }, { attempts, eventId, position, problem, stream, type, version }) =>
      isHeld(
        `parked as (
          insert into ${aside} as p
            (reaction, event_id, position, stream_id, version, type, attempts, problem, parked_at)
          select $1, $3::uuid, $4, $5, $6, $7, $8, $9, ${nowMs} from held
          on conflict (reaction, position) do update
          set attempts = excluded.attempts, problem = excluded.problem, is_asked = false
        )`,
        [name, BigInt(token), eventId, BigInt(position), stream, BigInt(version), type, attempts, storable(problem)]
      ),
    unpark: ({ name, token }, eventId) =>
      isHeld(`gone as (delete from ${aside} p using held where p.reaction = $1 and p.event_id = $3::uuid)`, [
        name,
        BigInt(token),
        eventId
      ]),
    stop: ({ name, token }, problem) =>
      Effect.asVoid(
        values(`update ${registry} r set problem = $3, leased_until = 0 where r.name = $1 and r.token = $2`, [
          name,
          BigInt(token),
          storable(problem)
        ])
      ),
    pause: (name) => change("reactions.pause", name, "is_paused = true"),
    resume: (name) => change("reactions.resume", name, "is_paused = false, problem = null"),
    retry: Effect.fnUntraced(function* (name, eventId) {
      yield* known("reactions.retry", name)
      const asked = yield* values(
        `update ${aside} p set is_asked = true
          where p.reaction = $1 and ($2::text is null or p.event_id::text = $2) returning 1`,
        [name, eventId ?? null]
      )
      return asked.length
    }),
    discard: Effect.fnUntraced(function* (name, eventId) {
      yield* known("reactions.discard", name)
      return someRow(
        yield* values(`delete from ${aside} p where p.reaction = $1 and p.event_id::text = $2 returning 1`, [
          name,
          eventId
        ])
      )
    }),
    status,
    statuses: Effect.map(values(`select ${statusColumns} from ${registry} r order by r.name`, []), (rows) =>
      rows.map(statusOf)
    ),
    parked: Effect.fnUntraced(function* (name, options = {}) {
      const invalid = StoreRequest.checkParked(options)
      if (invalid !== undefined) return yield* invalid
      const { after = 0, asked = false, limit = 1_000 } = options
      yield* known("reactions.parked", name)
      const rows = yield* values(
        `select p.event_id::text, p.position::float8, p.stream_id, p.version::float8, p.type, p.attempts, p.problem,
            p.parked_at::float8, p.is_asked
          from ${aside} p where p.reaction = $1 and p.position > $2 and (p.is_asked or not $3)
          order by p.position limit $4`,
        [name, BigInt(after), asked, limit]
      )
      return rows.map(parkedOf)
    })
  }
}
