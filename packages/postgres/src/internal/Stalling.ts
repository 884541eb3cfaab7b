/** Says who it is that holds readers of the log up: an append whose transaction was not ended. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import type { Place } from "./SqlFailure.ts"

/** What a look at the log has shown. */
export interface Noted {
  /** Whether more can be read than before. */
  readonly isNews: boolean
  /** Up to which position the log can be read. */
  readonly readable: number
  /** How many positions its last event is ahead of that. */
  readonly behind: number
}

export interface Stalling {
  readonly note: (noted: Noted) => Effect.Effect<void>
}

const seconds = (value: unknown): string => `${Math.round(Number(value) * 10) / 10} s`

const longestQuery = 300

/** One holder in words, and as the annotations of the log. */
const describe = (row: ReadonlyArray<unknown>, role: string) => {
  const [pid, user, application, state, age, query, prepared, preparedAge] = row
  if (typeof prepared === "string") {
    return {
      text: `the prepared transaction ${JSON.stringify(prepared)} (${seconds(preparedAge)} old): COMMIT PREPARED or ROLLBACK PREPARED ends it`,
      facts: { gid: prepared, age: Number(preparedAge) }
    }
  }
  if (pid === null) return { text: "a prepared transaction: see pg_prepared_xacts", facts: {} }
  const who = [user, application].filter((text) => typeof text === "string" && text !== "").join(", ")
  const name = `pid ${String(pid)}${who === "" ? "" : ` (${who})`}`
  // pg_stat_activity shows a session to its own role and to members of pg_read_all_stats; of others only that it is there.
  if (age === null) {
    return {
      text: `${name}; its age and query are hidden from role ${role}: GRANT pg_read_all_stats shows them`,
      facts: { pid, age: "hidden", query: "hidden" }
    }
  }
  const text = String(query).replaceAll(/\s+/g, " ").slice(0, longestQuery)
  return {
    text: `${name}, ${String(state)}, its transaction ${seconds(age)} old, with: ${text}`,
    facts: { pid, age: Number(age), query: text }
  }
}

/** `schema` is quoted already. */
export const make = (
  sql: PgClient,
  schema: string,
  place: Place,
  afterMillis: number,
  isReplica: boolean
): Stalling => {
  // A prepared transaction has no session; it is found by the lock that every transaction holds on its own id.
  const holdersText = `select l.pid, r.rolname, a.application_name, a.state,
    extract(epoch from clock_timestamp() - a.xact_start)::float8, a.query, p.gid,
    extract(epoch from clock_timestamp() - p.prepared)::float8
  from pg_locks l
  left join pg_stat_activity a on a.pid = l.pid
  left join pg_roles r on r.oid = a.usesysid
  left join pg_locks t on l.pid is null and t.pid is null and t.locktype = 'transactionid'
    and t.virtualtransaction = l.virtualtransaction
  left join pg_prepared_xacts p on p.transaction = t.transactionid
  where l.locktype = 'advisory' and l.objsubid = 1 and l.mode = 'ShareLock' and l.granted
    and (l.classid::bigint >> 16) = ${schema}.lock_space()
    and l.database = (select d.oid from pg_database d where d.datname = current_database())
  order by ((l.classid::bigint << 32) | l.objid::bigint) & ((1::bigint << 48) - 1), l.pid limit 3`

  let since: number | undefined
  /** Milliseconds after which to say it: doubled each time, so that a long night fills no disk. */
  let due = afterMillis

  const say = Effect.fnUntraced(
    function* (waited: number, { behind, readable }: Noted) {
      if (isReplica) {
        return yield* Effect.logWarning(
          `subscriptionStalled: for ${seconds(waited / 1000)} the replica's log could be read up to position ${readable} only, its last event is ${behind} further: the primary does not publish how far it can be read; a store opened there with forReplicas: true does`
        ).pipe(Effect.annotateLogs({ event: "subscriptionStalled", readable, horizonLag: behind }))
      }
      const rows = yield* sql.unsafe(holdersText).values
      const holders = rows.map((row) => describe(row, place.user))
      if (holders.length === 0) return
      yield* Effect.logWarning(
        `subscriptionStalled: for ${seconds(waited / 1000)} the log could be read up to position ${readable} only, its last event is ${behind} further; an append has not ended. It is held by ${holders.map(({ text }) => text).join("; and by ")}`
      ).pipe(Effect.annotateLogs({ event: "subscriptionStalled", readable, horizonLag: behind, ...holders[0]?.facts }))
    },
    (effect) => Effect.ignore(effect)
  )

  return {
    note: (noted) =>
      Effect.suspend(() => {
        if (noted.isNews || noted.behind === 0) {
          since = undefined
          return Effect.void
        }
        if (since === undefined) {
          since = performance.now()
          due = afterMillis
        }
        const waited = performance.now() - since
        if (waited < due) return Effect.void
        due *= 2
        return say(waited, noted)
      })
  }
}
