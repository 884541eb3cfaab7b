/** The stages of a projection's rows, besides how they are made: what is said of them, and what a person asks of them. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Schedule } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { EventStoreError } from "eventfold"
import { ProjectionRequest, type ProjectionStore, StoredJson } from "eventfold/store"
import * as LogLag from "../read/LogLag.ts"
import type { ReleaseOrder } from "./ReleaseOrder.ts"
import * as RowDependents from "./RowDependents.ts"
import * as RowLease from "./RowLease.ts"
import * as RowSwitch from "./RowSwitch.ts"
import * as RowTable from "./RowTable.ts"
import { literal } from "../sql/Quoting.ts"
import { codeOf, type Place, unavailable } from "../sql/SqlFailure.ts"
import { quote } from "../schema/StoreSchema.ts"
import { inTransaction } from "../sql/Transaction.ts"

/** How rows stand to the log, as columns after those of `p`, the table of projections, and `a`, its places. `schema` is quoted already. */
export const standing = (schema: string): string => `(
      select count(*)::float8 from ${schema}.parked k where k.name = p.name and k.stage = p.stage and k.error is not null
    ),
    p.wants_rebuild,
    ${LogLag.columns(schema, "case when p.is_inline then 9223372036854775807 else a.position end")},
    p.compared`

const comparedIn = (text: string): ProjectionStore.Compared => {
  const compared: unknown = StoredJson.parse(text)
  return compared as ProjectionStore.Compared
}

export const standingOf = ([parked, isRebuildAsked, events, millis, compared]: ReadonlyArray<unknown>): Pick<
  ProjectionStore.Status,
  "compared" | "isRebuildAsked" | "lag" | "parked"
> => ({
  parked: Number(parked),
  isRebuildAsked: isRebuildAsked === true,
  lag: LogLag.read(events, millis),
  compared: typeof compared === "string" ? comparedIn(compared) : undefined
})

type Failure = EventStoreError.EventStoreError | SqlError

interface Stages extends Pick<ProjectionStore.Service, "drop" | "rebuild" | "remove"> {
  readonly rollback: (name: string) => Effect.Effect<void, EventStoreError.EventStoreError>
  /** Whether keys are parked in the rows that are made anew, and not in those that are served. */
  readonly parksMore: (name: string) => Effect.Effect<boolean, SqlError>
}

/** `schemaName` is the store's, as it is. */
export const make = (sql: PgClient, schemaName: string, place: Place, releases: ReleaseOrder): Stages => {
  const schema = quote(schemaName)
  const registry = `${schema}.projections`
  const parked = `${schema}.parked`
  const run = (text: string) => Effect.asVoid(sql.unsafe(text).unprepared)
  const values = (text: string, parameters: ReadonlyArray<unknown>) => sql.unsafe(text, parameters).values

  /** What a person who waits for others can do something about: who they are. */
  const holders = (name: string) =>
    values(
      `select distinct l.pid, a.state, floor(extract(epoch from clock_timestamp() - a.xact_start))::int, a.query
        from pg_locks l join pg_class c on c.oid = l.relation and l.database = (select oid from pg_database where datname = current_database())
        join pg_namespace n on n.oid = c.relnamespace
        join ${registry} p on p.table_name = c.relname and n.nspname = any(array[
          ${literal(schemaName)} || '_' || p.domain, ${literal(schemaName)} || '_' || p.domain || '$next', ${literal(schemaName)} || '_' || p.domain || '$old'
        ])
        left join pg_stat_activity a on a.pid = l.pid
        where p.name = $1 and l.granted and l.pid is not null order by 3 desc nulls last limit 3`,
      [name]
    ).pipe(
      Effect.orElseSucceed((): ReadonlyArray<ReadonlyArray<unknown>> => []),
      Effect.map((rows) => {
        const who = rows.map(([pid, state, seconds, query]) =>
          seconds === null
            ? `process ${String(pid)}`
            : `process ${String(pid)}, ${String(state)}, its transaction ${String(seconds)} s old, with: ${String(query).replaceAll(/\s+/g, " ").slice(0, 100)}`
        )
        const problem = `others have the tables of ${name} in use, and did not end within some seconds${who.length === 0 ? "" : `: ${who.join("; ")}`}`
        return EventStoreError.EventStoreError.unavailable({ problem, retryable: true })
      })
    )

  /** One after another, whoever comes, with what is known of the projection; again where others read the tables just then. */
  const alone = <A>(
    operation: string,
    name: string,
    work: (found: ReadonlyMap<unknown, ReadonlyArray<unknown>>) => Effect.Effect<A, Failure>
  ): Effect.Effect<A, EventStoreError.EventStoreError> =>
    inTransaction(
      sql,
      Effect.gen(function* () {
        yield* RowSwitch.takeTurn(sql, schemaName)
        yield* run("set local lock_timeout = '500ms'")
        const found = yield* values(
          `select p.stage, p.domain, p.table_name, p.problem, p.wants_rebuild, p.is_inline, p.fingerprint from ${registry} p where p.name = $1`,
          [name]
        )
        if (found.length === 0) return yield* ProjectionRequest.noneSuch(operation, name)
        return yield* work(new Map(found.map((row) => [row[0], row])))
      })
    ).pipe(
      Effect.retry({
        times: 9,
        schedule: Schedule.spaced("100 millis"),
        while: (error) => error._tag === "SqlError" && codeOf(error) === "55P03"
      }),
      Effect.catch((error): Effect.Effect<never, EventStoreError.EventStoreError> => {
        if (error._tag !== "SqlError") return Effect.fail(error)
        return codeOf(error) === "55P03"
          ? Effect.flatMap(holders(name), Effect.fail)
          : Effect.fail(unavailable(place)(error))
      })
    )
  const tableOf = ([, domain, table]: ReadonlyArray<unknown>) => ({ domain: String(domain), name: String(table) })
  const nameAt = (row: ReadonlyArray<unknown>, stage: ProjectionStore.Stage) =>
    RowTable.nameOf(schemaName, tableOf(row), stage)
  const schemaAt = (row: ReadonlyArray<unknown>, stage: ProjectionStore.Stage) =>
    quote(RowTable.schemaOf(schemaName, tableOf(row), stage))
  const discard = Effect.fnUntraced(function* (
    name: string,
    row: ReadonlyArray<unknown>,
    stage: ProjectionStore.Stage
  ) {
    // The table first, as a statement that writes rows would wait for its place.
    const drop = run(`drop table if exists ${nameAt(row, stage)}`)
    yield* Effect.mapError(drop, RowDependents.dropped(name, nameAt(row, stage)))
    yield* values(`delete from ${registry} where name = $1 and stage = $2`, [name, stage])
  })
  /** With all that is kept of it. Keys are unique at each moment, so the way leads over one that is free. */
  const move = (name: string, from: string, to: string) =>
    values(`update ${registry} p set stage = $3 where p.name = $1 and p.stage = $2`, [name, from, to])

  /** Discards rows that are being made anew; a release that they are not served of begins them no more. */
  const giveUp = Effect.fnUntraced(function* (
    name: string,
    next: ReadonlyArray<unknown>,
    serving: ReadonlyArray<unknown> | undefined
  ) {
    yield* discard(name, next, "next")
    if (next[6] !== serving?.[6]) yield* releases.giveUp(name, String(next[6]))
  })

  return {
    parksMore: (name) =>
      Effect.map(
        values(
          `select 1 from ${parked} k where k.name = $1 and k.stage = 'next' and k.error is not null and not exists (
            select from ${parked} s where s.name = k.name and s.stage = 'serving' and s.error is not null
              and hashtextextended(s.key, 0) = hashtextextended(k.key, 0) and s.key = k.key
          ) limit 1`,
          [name]
        ),
        ([row]) => row !== undefined
      ),
    rebuild: (name, options = {}) =>
      alone(
        "rebuild",
        name,
        Effect.fnUntraced(function* (found) {
          const [serving, next] = [found.get("serving"), found.get("next")]
          const { fingerprint = String(serving?.[6]) } = options
          if ((yield* releases.placeOf(name, fingerprint)) === undefined) {
            return yield* ProjectionRequest.noRelease(name, fingerprint, yield* releases.fingerprints(name))
          }
          if (next !== undefined && next[3] === null) return yield* ProjectionRequest.underWay("rebuild", name)
          if (next !== undefined) yield* giveUp(name, next, serving)
          if (options.fingerprint !== undefined) yield* releases.promote(name, fingerprint)
          if (fingerprint !== serving?.[6]) return
          yield* values(`update ${registry} p set wants_rebuild = true where p.name = $1 and p.stage = 'serving'`, [
            name
          ])
        })
      ),
    drop: (name, stage) =>
      alone(
        "drop",
        name,
        Effect.fnUntraced(function* (found) {
          const [row, serving] = [found.get(stage), found.get("serving")]
          if (row !== undefined) yield* stage === "old" ? discard(name, row, stage) : giveUp(name, row, serving)
          if (stage === "old") return row !== undefined
          yield* values(`update ${registry} p set wants_rebuild = false where p.name = $1`, [name])
          return row !== undefined || serving?.[4] === true
        })
      ),
    remove: (name) =>
      alone(
        "remove",
        name,
        Effect.fnUntraced(function* (found) {
          if (found.get("serving")?.[5] === true) return yield* ProjectionRequest.removesInline(name)
          for (const [stage, row] of found) yield* discard(name, row, stage as ProjectionStore.Stage)
          yield* releases.forget(name)
        })
      ),
    rollback: (name) =>
      alone(
        "rollback",
        name,
        Effect.fnUntraced(function* (found) {
          const [serving, old] = [found.get("serving"), found.get("old")]
          if (serving?.[5] === true) return yield* ProjectionRequest.isInline(name)
          if (found.has("next") || serving?.[4] === true) return yield* ProjectionRequest.underWay("rollback", name)
          if (serving === undefined || old === undefined) return yield* ProjectionRequest.noRowsBefore(name)
          // Somebody may have dropped them by hand.
          if (!(yield* RowSwitch.isThere(sql, nameAt(old, "old")))) return yield* ProjectionRequest.noRowsBefore(name)
          yield* run(`create schema if not exists ${schemaAt(serving, "next")}`)
          yield* run(`drop table if exists ${nameAt(serving, "next")}`)
          // First the tables, then the places, as a statement that writes rows takes them.
          const views = yield* RowDependents.viewsOn(sql, nameAt(serving, "serving"))
          const tables = [...views, nameAt(serving, "serving"), nameAt(old, "old")]
          yield* run(`lock table ${tables.join(", ")} in access exclusive mode`)
          yield* RowSwitch.standings(sql, schemaName, name)
          yield* RowDependents.following(
            sql,
            name,
            nameAt(serving, "serving"),
            Effect.gen(function* () {
              yield* run(`alter table ${nameAt(serving, "serving")} set schema ${schemaAt(serving, "next")}`)
              yield* run(`alter table ${nameAt(old, "old")} set schema ${schemaAt(old, "serving")}`)
              yield* run(`alter table ${nameAt(serving, "next")} set schema ${schemaAt(serving, "old")}`)
            })
          )
          yield* RowLease.endAll(sql, schemaName, name)
          yield* move(name, "serving", "next")
          yield* move(name, "old", "serving")
          yield* move(name, "next", "old")
          yield* values(
            `update ${registry} p set is_paused = (select o.is_paused from ${registry} o where o.name = $1 and o.stage = 'old')
              where p.name = $1 and p.stage = 'serving'`,
            [name]
          )
          yield* releases.promote(name, String(old[6]))
        })
      )
  }
}
