/**
 * Changes of the stages of a projection's rows that an operator requests: rebuild, drop, remove and
 * rollback.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Schedule } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { EventStoreError } from "eventfold"
import { type ProjectionStore, StoreRefusal } from "eventfold/store"
import type { ReleaseOrder } from "./ReleaseOrder.ts"
import * as RowDependents from "./RowDependents.ts"
import * as RowLease from "./RowLease.ts"
import * as RowSwitch from "./RowSwitch.ts"
import * as RowTable from "./RowTable.ts"
import { literal } from "../sql/Quoting.ts"
import { codeOf, lockTimeoutCode, type Place, unavailable } from "../sql/SqlFailure.ts"
import { quote } from "../schema/StoreSchema.ts"
import { inTransaction } from "../sql/Transaction.ts"

type Stage = ProjectionStore.Stage

/** The rows of a projection at one stage, as the registry describes them. */
interface StageRows {
  readonly stage: Stage
  readonly table: { readonly domain: string; readonly name: string }
  readonly problem: string | undefined
  readonly isRebuildAsked: boolean
  readonly isInline: boolean
  readonly fingerprint: string
}

type Stages = ReadonlyMap<Stage, StageRows>

/** Maximum number of retries while other sessions use the tables. */
const maxRetries = 9

/** Creates a description of a session that holds a lock on the tables. */
const holderText = ([pid, state, seconds, query]: ReadonlyArray<unknown>): string =>
  seconds === null
    ? `process ${String(pid)}`
    : `process ${String(pid)}, ${String(state)}, its transaction ${String(seconds)} s old, with: ${String(query).replaceAll(/\s+/g, " ").slice(0, 100)}`

/** Changes the stages of projections. */
export class RowStages implements Pick<ProjectionStore.Service, "drop" | "rebuild" | "remove"> {
  readonly #sql: PgClient
  /** The name of the store's schema, not quoted. */
  readonly #schemaName: string
  readonly #place: Place
  readonly #order: ReleaseOrder
  readonly #registry: string

  constructor(sql: PgClient, schemaName: string, place: Place, order: ReleaseOrder) {
    this.#sql = sql
    this.#schemaName = schemaName
    this.#place = place
    this.#order = order
    this.#registry = `${quote(schemaName)}.projections`
  }

  #run(text: string): Effect.Effect<unknown, SqlError> {
    return this.#sql.unsafe(text).unprepared
  }

  #values(text: string, parameters: ReadonlyArray<unknown>) {
    return this.#sql.unsafe(text, parameters).values
  }

  /**
   * Returns the error that names the sessions which use the tables of a projection: the operator
   * can end them.
   */
  #inUse(name: string): Effect.Effect<EventStoreError.EventStoreError> {
    const schema = literal(this.#schemaName)
    return this.#values(
      `select distinct l.pid, a.state, floor(extract(epoch from clock_timestamp() - a.xact_start))::int, a.query
        from pg_locks l join pg_class c on c.oid = l.relation and l.database = (select oid from pg_database where datname = current_database())
        join pg_namespace n on n.oid = c.relnamespace
        join ${this.#registry} p on p.table_name = c.relname and n.nspname = any(array[
          ${schema} || '_' || p.domain, ${schema} || '_' || p.domain || '$next', ${schema} || '_' || p.domain || '$old'
        ])
        left join pg_stat_activity a on a.pid = l.pid
        where p.name = $1 and l.granted and l.pid is not null order by 3 desc nulls last limit 3`,
      [name]
    ).pipe(
      Effect.orElseSucceed((): ReadonlyArray<ReadonlyArray<unknown>> => []),
      Effect.map((rows) => {
        const holders = rows.length === 0 ? "" : `: ${rows.map(holderText).join("; ")}`
        const problem = `other sessions use the tables of ${name}, and did not end within some seconds${holders}`
        return EventStoreError.EventStoreError.unavailable({ problem, retryable: true })
      })
    )
  }

  /**
   * Runs work in a transaction while no other process changes projections. Retries if other
   * sessions read the tables at that moment.
   */
  #alone<A>(
    operation: string,
    name: string,
    work: (stages: Stages) => Effect.Effect<A, EventStoreError.EventStoreError | SqlError>
  ): Effect.Effect<A, EventStoreError.EventStoreError> {
    return inTransaction(
      this.#sql,
      Effect.gen({ self: this }, function* () {
        yield* RowSwitch.takeTurn(this.#sql, this.#schemaName)
        yield* this.#run("set local lock_timeout = '500ms'")
        const found = yield* this.#values(
          `select p.stage, p.domain, p.table_name, p.problem, p.wants_rebuild, p.is_inline, p.fingerprint
            from ${this.#registry} p where p.name = $1`,
          [name]
        )
        if (found.length === 0) return yield* StoreRefusal.unknown(`projections.${operation}`, name)
        const stages = found.map(([stage, domain, table, problem, isRebuildAsked, isInline, fingerprint]) => {
          const rows: StageRows = {
            stage: stage as Stage,
            table: { domain: String(domain), name: String(table) },
            problem: problem === null ? undefined : String(problem),
            isRebuildAsked: isRebuildAsked === true,
            isInline: isInline === true,
            fingerprint: String(fingerprint)
          }
          return [rows.stage, rows] as const
        })
        return yield* work(new Map(stages))
      })
    ).pipe(
      Effect.retry({
        times: maxRetries,
        schedule: Schedule.spaced("100 millis"),
        while: (error) => error._tag === "SqlError" && codeOf(error) === lockTimeoutCode
      }),
      Effect.catch((error): Effect.Effect<never, EventStoreError.EventStoreError> => {
        if (error._tag !== "SqlError") return Effect.fail(error)
        return codeOf(error) === lockTimeoutCode
          ? Effect.flatMap(this.#inUse(name), Effect.fail)
          : Effect.fail(unavailable(this.#place)(error))
      })
    )
  }

  #tableAt({ table }: StageRows, stage: Stage): string {
    return RowTable.nameOf(this.#schemaName, table, stage)
  }

  #schemaAt({ table }: StageRows, stage: Stage): string {
    return quote(RowTable.schemaOf(this.#schemaName, table, stage))
  }

  #discard(
    name: string,
    rows: StageRows,
    stage: Stage
  ): Effect.Effect<unknown, EventStoreError.EventStoreError | SqlError> {
    // First the table, then its entries: a statement that writes rows takes them in this order.
    const table = this.#tableAt(rows, stage)
    return Effect.andThen(
      Effect.mapError(this.#run(`drop table if exists ${table}`), RowDependents.dropped(name, table)),
      this.#values(`delete from ${this.#registry} where name = $1 and stage = $2`, [name, stage])
    )
  }

  /**
   * Moves the entries of a stage. Their keys are unique at each moment, so a swap needs a third
   * stage that is free.
   */
  #move(name: string, from: Stage, to: Stage) {
    return this.#values(`update ${this.#registry} p set stage = $3 where p.name = $1 and p.stage = $2`, [
      name,
      from,
      to
    ])
  }

  /**
   * Discards rows that are being rebuilt. If their release is not the served one, it does not begin
   * them again.
   */
  #giveUp(
    name: string,
    next: StageRows,
    serving: StageRows | undefined
  ): Effect.Effect<unknown, EventStoreError.EventStoreError | SqlError> {
    const discarded = this.#discard(name, next, "next")
    if (next.fingerprint === serving?.fingerprint) return discarded
    return Effect.andThen(discarded, this.#order.giveUp(name, next.fingerprint))
  }

  /**
   * Swaps the tables of the served rows and of the previous ones, and the views that read the
   * served table.
   */
  #swapTables(
    name: string,
    serving: StageRows,
    old: StageRows
  ): Effect.Effect<unknown, EventStoreError.EventStoreError | SqlError> {
    return Effect.gen({ self: this }, function* () {
      const served = this.#tableAt(serving, "serving")
      yield* this.#run(`create schema if not exists ${this.#schemaAt(serving, "next")}`)
      yield* this.#run(`drop table if exists ${this.#tableAt(serving, "next")}`)
      // First the tables, then their entries: a statement that writes rows takes them in this
      // order.
      const views = yield* RowDependents.viewsOn(this.#sql, served)
      const tables = [...views, served, this.#tableAt(old, "old")]
      yield* this.#run(`lock table ${tables.join(", ")} in access exclusive mode`)
      yield* RowSwitch.standings(this.#sql, this.#schemaName, name)
      yield* RowDependents.following(
        this.#sql,
        name,
        served,
        Effect.gen({ self: this }, function* () {
          yield* this.#run(`alter table ${served} set schema ${this.#schemaAt(serving, "next")}`)
          yield* this.#run(`alter table ${this.#tableAt(old, "old")} set schema ${this.#schemaAt(old, "serving")}`)
          yield* this.#run(`alter table ${this.#tableAt(serving, "next")} set schema ${this.#schemaAt(serving, "old")}`)
        })
      )
    })
  }

  /** Returns true if keys are parked in the rebuilt rows that are not parked in the served ones. */
  parksMore(name: string): Effect.Effect<boolean, SqlError> {
    const parked = `${quote(this.#schemaName)}.parked`
    return Effect.map(
      this.#values(
        `select 1 from ${parked} k where k.name = $1 and k.stage = 'next' and k.error is not null and not exists (
            select from ${parked} s where s.name = k.name and s.stage = 'serving' and s.error is not null
              and hashtextextended(s.key, 0) = hashtextextended(k.key, 0) and s.key = k.key
          ) limit 1`,
        [name]
      ),
      ([row]) => row !== undefined
    )
  }

  readonly rebuild: ProjectionStore.Service["rebuild"] = (name, options = {}) =>
    this.#alone("rebuild", name, (stages) =>
      Effect.gen({ self: this }, function* () {
        const [serving, next] = [stages.get("serving"), stages.get("next")]
        const { fingerprint = String(serving?.fingerprint) } = options
        const releases = yield* this.#order.fingerprints(name)
        const request = { operation: "rebuild", fingerprint, releases } as const
        const refusal = StoreRefusal.change(name, request, [...stages.values()])
        if (refusal !== undefined) return yield* refusal
        if (next !== undefined) yield* this.#giveUp(name, next, serving)
        if (options.fingerprint !== undefined) yield* this.#order.promote(name, fingerprint)
        if (fingerprint !== serving?.fingerprint) return
        yield* this.#values(
          `update ${this.#registry} p set wants_rebuild = true where p.name = $1 and p.stage = 'serving'`,
          [name]
        )
      })
    )

  readonly drop: ProjectionStore.Service["drop"] = (name, stage) =>
    this.#alone("drop", name, (stages) =>
      Effect.gen({ self: this }, function* () {
        const [rows, serving] = [stages.get(stage), stages.get("serving")]
        if (rows !== undefined) {
          yield* stage === "old" ? this.#discard(name, rows, stage) : this.#giveUp(name, rows, serving)
        }
        if (stage === "old") return rows !== undefined
        yield* this.#values(`update ${this.#registry} p set wants_rebuild = false where p.name = $1`, [name])
        return rows !== undefined || serving?.isRebuildAsked === true
      })
    )

  readonly remove: ProjectionStore.Service["remove"] = (name) =>
    this.#alone("remove", name, (stages) =>
      Effect.gen({ self: this }, function* () {
        const refusal = StoreRefusal.change(name, { operation: "remove" }, [...stages.values()])
        if (refusal !== undefined) return yield* refusal
        for (const [stage, rows] of stages) yield* this.#discard(name, rows, stage)
        yield* this.#order.forget(name)
      })
    )

  /** Promotes the rows that were served before. */
  rollback(name: string): Effect.Effect<void, EventStoreError.EventStoreError> {
    return this.#alone("rollback", name, (stages) =>
      Effect.gen({ self: this }, function* () {
        const [serving, old] = [stages.get("serving"), stages.get("old")]
        // The table may have been dropped by hand.
        const isKept = old !== undefined && (yield* RowSwitch.exists(this.#sql, this.#tableAt(old, "old")))
        const kept = [...stages.values()].filter(({ stage }) => stage !== "old" || isKept)
        const refusal = StoreRefusal.change(name, { operation: "rollback" }, kept)
        if (refusal !== undefined || serving === undefined || old === undefined) return yield* refusal!
        yield* this.#swapTables(name, serving, old)
        yield* RowLease.endAll(this.#sql, this.#schemaName, name)
        yield* this.#move(name, "serving", "next")
        yield* this.#move(name, "old", "serving")
        yield* this.#move(name, "next", "old")
        yield* this.#values(
          `update ${this.#registry} p
            set is_paused = (select o.is_paused from ${this.#registry} o where o.name = $1 and o.stage = 'old')
            where p.name = $1 and p.stage = 'serving'`,
          [name]
        )
        yield* this.#order.promote(name, old.fingerprint)
      })
    )
  }
}
