/** The stages of a projection's rows, besides how they are made: what is said of them, and what a person asks of them. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Schedule } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { type EventStoreError, ProjectionRequest, type ProjectionStore } from "eventfold"
import * as LogLag from "./LogLag.ts"
import * as RowLease from "./RowLease.ts"
import * as RowSwitch from "./RowSwitch.ts"
import * as RowTable from "./RowTable.ts"
import { codeOf, type Place, unavailable } from "./SqlFailure.ts"
import { quote } from "./StoreSchema.ts"
import { inTransaction } from "./Transaction.ts"

/** How rows stand to the log, as columns after those of `p`, the table of projections, and `a`, its places. `schema` is quoted already. */
export const standing = (schema: string): string => `(
      select count(*)::float8 from ${schema}.parked k where k.name = p.name and k.stage = p.stage and k.error is not null
    ),
    p.wants_rebuild,
    ${LogLag.columns(schema, "case when p.is_inline then 9223372036854775807 else a.position end")},
    p.compared`

export const standingOf = ([parked, isRebuildAsked, events, millis, compared]: ReadonlyArray<unknown>): Pick<
  ProjectionStore.Status,
  "compared" | "isRebuildAsked" | "lag" | "parked"
> => ({
  parked: Number(parked),
  isRebuildAsked: isRebuildAsked === true,
  lag: LogLag.read(events, millis),
  compared: typeof compared === "string" ? (JSON.parse(compared) as ProjectionStore.Compared) : undefined
})

type Failure = EventStoreError.EventStoreError | SqlError

interface Stages extends Pick<ProjectionStore.Service, "drop" | "rebuild"> {
  readonly rollback: (name: string) => Effect.Effect<void, EventStoreError.EventStoreError>
  /** Whether keys are parked in the rows that are made anew, and not in those that are served. */
  readonly parksMore: (name: string) => Effect.Effect<boolean, SqlError>
}

/** `schemaName` is the store's, as it is. */
export const make = (sql: PgClient, schemaName: string, place: Place): Stages => {
  const schema = quote(schemaName)
  const registry = `${schema}.projections`
  const parked = `${schema}.parked`
  const run = (text: string) => Effect.asVoid(sql.unsafe(text).unprepared)
  const values = (text: string, parameters: ReadonlyArray<unknown>) => sql.unsafe(text, parameters).values

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
          `select p.stage, p.domain, p.table_name, p.problem, p.wants_rebuild, p.is_inline from ${registry} p where p.name = $1`,
          [name]
        )
        if (found.length === 0) return yield* ProjectionRequest.noneSuch(operation, name)
        return yield* work(new Map(found.map((row) => [row[0], row])))
      })
    ).pipe(
      Effect.retry({
        times: 20,
        schedule: Schedule.spaced("100 millis"),
        while: (error) => error._tag === "SqlError" && codeOf(error) === "55P03"
      }),
      Effect.mapError((error) => (error._tag === "SqlError" ? unavailable(place)(error) : error))
    )
  const tableOf = ([, domain, table]: ReadonlyArray<unknown>) => ({ domain: String(domain), name: String(table) })
  const nameAt = (row: ReadonlyArray<unknown>, stage: ProjectionStore.Stage) =>
    RowTable.nameOf(schemaName, tableOf(row), stage)
  const schemaAt = (row: ReadonlyArray<unknown>, stage: ProjectionStore.Stage) =>
    quote(RowTable.schemaOf(schemaName, tableOf(row), stage))
  const discard = Effect.fnUntraced(function* (name: string, row: ReadonlyArray<unknown>, stage: "old" | "next") {
    // The table first, as a statement that writes rows would wait for its place.
    yield* run(`drop table if exists ${nameAt(row, stage)}`)
    yield* values(`delete from ${registry} where name = $1 and stage = $2`, [name, stage])
  })
  /** With all that is kept of it. Keys are unique at each moment, so the way leads over one that is free. */
  const move = (name: string, from: string, to: string) =>
    values(`update ${registry} p set stage = $3 where p.name = $1 and p.stage = $2`, [name, from, to])

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
    rebuild: (name) =>
      alone(
        "rebuild",
        name,
        Effect.fnUntraced(function* (found) {
          const next = found.get("next")
          if (next !== undefined && next[3] === null) return yield* ProjectionRequest.underWay("rebuild", name)
          if (next !== undefined) yield* discard(name, next, "next")
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
          const row = found.get(stage)
          if (row !== undefined) yield* discard(name, row, stage)
          if (stage === "old") return row !== undefined
          yield* values(`update ${registry} p set wants_rebuild = false where p.name = $1`, [name])
          return row !== undefined || found.get("serving")?.[4] === true
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
          yield* run(`create schema if not exists ${schemaAt(serving, "next")}`)
          yield* run(`drop table if exists ${nameAt(serving, "next")}`)
          // First the tables, then the places, as a statement that writes rows takes them.
          yield* run(`lock table ${nameAt(serving, "serving")}, ${nameAt(old, "old")} in access exclusive mode`)
          yield* RowSwitch.standings(sql, schemaName, name)
          yield* run(`alter table ${nameAt(serving, "serving")} set schema ${schemaAt(serving, "next")}`)
          yield* run(`alter table ${nameAt(old, "old")} set schema ${schemaAt(old, "serving")}`)
          yield* run(`alter table ${nameAt(serving, "next")} set schema ${schemaAt(serving, "old")}`)
          yield* RowLease.endAll(sql, schemaName, name)
          yield* move(name, "serving", "next")
          yield* move(name, "old", "serving")
          yield* move(name, "next", "old")
          yield* values(
            `update ${registry} p set is_paused = (select o.is_paused from ${registry} o where o.name = $1 and o.stage = 'old')
              where p.name = $1 and p.stage = 'serving'`,
            [name]
          )
        })
      )
  }
}
