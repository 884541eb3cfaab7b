/** Promotes rebuilt rows, in the caller's transaction. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { EventStoreError } from "eventfold"
import { type ProjectionStore, RowVersions } from "eventfold/store"
import * as RowDependents from "./RowDependents.ts"
import * as RowLease from "./RowLease.ts"
import * as RowTable from "./RowTable.ts"
import { quote } from "../schema/StoreSchema.ts"
import { lockTimeoutCode } from "../sql/SqlFailure.ts"
import { inTransaction } from "../sql/Transaction.ts"

/** The leases and checkpoints of the rows at one stage. */
export interface Standing {
  /** The token of the last lease of each partition. */
  readonly tokens: ReadonlyArray<number>
  /** The position of each partition. */
  readonly positions: ReadonlyArray<number>
  readonly isInline: boolean
  /**
   * `true` if the rows are promoted even if keys are parked in them that are not parked in the
   * served rows.
   */
  readonly acceptsParked: boolean
}

/**
 * `true` if a statement reached its lock timeout, or a deadlock, because other sessions use the
 * tables.
 */
export const isBusy = (code: string): boolean => code === lockTimeoutCode || code === "40P01"

/** `true` if a lease is the last one of its partition. */
export const isHeld = (standing: Standing | undefined, { partition, token }: ProjectionStore.Lease): boolean =>
  standing?.tokens[partition.index] === token

/**
 * `true` if no partition of the rows is behind `other`, so that readers of `other` never go back,
 * and none is far behind the other partitions.
 */
export const isAsFar = ({ positions }: Standing, other: Standing): boolean =>
  RowVersions.canBePromoted(positions, other.positions)

/** The standing of each stage of a projection. */
export type Standings = { readonly [stage in ProjectionStore.Stage]?: Standing }

const registryOf = (schemaName: string): string => `${quote(schemaName)}.projections`

/**
 * Locks the changes of projections until the transaction ends: otherwise two processes could create
 * the same rows.
 */
export const takeTurn = (sql: PgClient, schemaName: string) =>
  sql.unsafe(`select pg_advisory_xact_lock(${quote(schemaName)}.lock_space()::int, hashtext('projections'))`).values

/**
 * Reads the standings of a projection. If `isLocked`, no other transaction changes them until this
 * one ends.
 */
export const standings = Effect.fnUntraced(function* (
  sql: PgClient,
  schemaName: string,
  name: string,
  isLocked = true
): Effect.fn.Return<Standings, SqlError> {
  const lock = isLocked ? "for update" : ""
  const stages = yield* sql.unsafe(
    `select p.stage, p.is_inline, p.accepts_parked from ${registryOf(schemaName)} p
      where p.name = $1 order by p.stage ${lock}`,
    [name]
  ).values
  const places = yield* sql.unsafe(
    `select p.stage, p.token::float8, p.position::float8 from ${quote(schemaName)}.projection_partitions p
      where p.name = $1 order by p.stage, p.partition ${lock}`,
    [name]
  ).values
  return Object.fromEntries(
    stages.map(([stage, isInline, acceptsParked]) => {
      const own = places.filter(([of]) => of === stage)
      const standing: Standing = {
        tokens: own.map(([, token]) => Number(token)),
        positions: own.map(([, , position]) => Number(position)),
        isInline: isInline === true,
        acceptsParked: acceptsParked === true
      }
      return [stage, standing]
    })
  )
})

/** Removes the statement timeout of the caller's transaction, for work on whole tables. */
export const noStatementTimeout = "set local statement_timeout = 0"

/**
 * Creates the indexes of rebuilt rows: once and not row by row, and before any process has to wait
 * for the promotion. Only the owners of leases write these rows; the owners of two partitions may
 * create the indexes at the same time.
 */
export const createIndexes = Effect.fnUntraced(function* (
  sql: PgClient,
  schemaName: string,
  { table }: ProjectionStore.Described,
  stage: ProjectionStore.Stage = "next"
) {
  const name = RowTable.nameOf(schemaName, table, stage)
  const statements = RowTable.createIndexes(name, table)
  if (statements.length === 0) return
  yield* inTransaction(
    sql,
    Effect.gen(function* () {
      yield* sql.unsafe(noStatementTimeout).unprepared
      // "If not exists" does not see an index that another transaction is creating: both would
      // collide in the catalogue.
      yield* sql.unsafe(`lock table ${name} in share row exclusive mode`).unprepared
      for (const statement of statements) yield* sql.unsafe(statement).unprepared
    })
  )
})

/** `true` if a table exists; `name` is quoted. */
export const exists = (sql: PgClient, name: string): Effect.Effect<boolean, SqlError> =>
  Effect.map(sql.unsafe("select to_regclass($1) is not null", [name]).values, ([row]) => row?.[0] === true)

/**
 * Locks both tables against readers and writers. A session that reads one of them blocks this lock,
 * and this lock blocks later sessions: so it has a short timeout (error 55P03). First the tables,
 * then the entries of partitions: a statement that writes rows takes them in this order.
 */
export const lock = Effect.fnUntraced(function* (
  sql: PgClient,
  schemaName: string,
  { name, table }: ProjectionStore.Described
) {
  const nameAt = (stage: ProjectionStore.Stage) => RowTable.nameOf(schemaName, table, stage)
  yield* sql.unsafe("set local lock_timeout = '500ms'").unprepared
  // The served table may have been dropped by hand; then the rebuilt one takes its place.
  const served = (yield* exists(sql, nameAt("serving"))) ? [nameAt("serving")] : []
  const views = yield* RowDependents.viewsOn(sql, nameAt("serving"))
  yield* sql.unsafe(`lock table ${[...views, ...served, nameAt("next")].join(", ")} in access exclusive mode`)
    .unprepared
  return yield* standings(sql, schemaName, name)
})

/**
 * Replaces the served rows by the rebuilt ones, and ends the leases of both. The tables are locked
 * by {@link lock}.
 */
export const replace = Effect.fnUntraced(function* (
  sql: PgClient,
  schemaName: string,
  { name, table }: ProjectionStore.Described
): Effect.fn.Return<void, SqlError | EventStoreError.EventStoreError> {
  const nameAt = (stage: ProjectionStore.Stage) => RowTable.nameOf(schemaName, table, stage)
  const schemaAt = (stage: ProjectionStore.Stage) => quote(RowTable.schemaOf(schemaName, table, stage))
  const registry = registryOf(schemaName)
  // A role that may read the served rows may read those that replace them.
  const grants = yield* sql.unsafe(
    `select format('grant %s%s on %s to %s%s', a.privilege_type,
        case when t.attname is null then '' else format(' (%I)', t.attname) end, $2::text,
        case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
        case when a.is_grantable then ' with grant option' else '' end)
      from pg_class c
      cross join lateral (
        select null::name as attname, c.relacl as acl
        union all select attname, attacl from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
      ) t
      cross join lateral aclexplode(t.acl) a
      where c.oid = to_regclass($1) and a.grantee <> c.relowner`,
    [nameAt("serving"), nameAt("next")]
  ).values
  for (const [grant] of grants) yield* sql.unsafe(String(grant)).unprepared
  const isServed = yield* exists(sql, nameAt("serving"))
  const drop = sql.unsafe(`drop table if exists ${nameAt("old")}`).unprepared
  const run = (text: string) => sql.unsafe(text).unprepared
  yield* run(`create schema if not exists ${schemaAt("old")}`)
  yield* run(`create schema if not exists ${schemaAt("serving")}`)
  yield* Effect.mapError(drop, RowDependents.dropped(name, nameAt("old")))
  // Indexes and constraints move with their table, and keep their names.
  yield* RowDependents.following(
    sql,
    name,
    nameAt("serving"),
    Effect.gen(function* () {
      if (isServed) yield* run(`alter table ${nameAt("serving")} set schema ${schemaAt("old")}`)
      yield* run(`alter table ${nameAt("next")} set schema ${schemaAt("serving")}`)
    })
  )
  yield* sql.unsafe(`delete from ${registry} where name = $1 and stage = 'old'`, [name]).values
  const move = (from: string, to: string) =>
    sql.unsafe(
      `update ${registry} p set stage = '${to}', is_inline = false, accepts_parked = false
        where name = $1 and stage = '${from}'`,
      [name]
    ).values
  yield* RowLease.endAll(sql, schemaName, name)
  if (isServed) yield* move("serving", "old")
  else yield* sql.unsafe(`delete from ${registry} where name = $1 and stage = 'serving'`, [name]).values
  yield* move("next", "serving")
})
