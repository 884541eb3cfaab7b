/** How rows that were made anew take the place of those that are served; both in the caller's transaction. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { EventStoreError } from "eventfold"
import { ProjectionRules, type ProjectionStore } from "eventfold/store"
import * as RowDependents from "./RowDependents.ts"
import * as RowLease from "./RowLease.ts"
import * as RowTable from "./RowTable.ts"
import { quote } from "../schema/StoreSchema.ts"
import { inTransaction } from "../sql/Transaction.ts"

/** How rows stand at a stage. */
export interface Standing {
  /** Of each partition's last lease. */
  readonly tokens: ReadonlyArray<number>
  /** How far each partition is. */
  readonly positions: ReadonlyArray<number>
  readonly isInline: boolean
  /** Whether they are served also with keys parked that are not in those that are served. */
  readonly acceptsParked: boolean
}

/** Whether a lease of the rows is the last one of its partition. */
export const isHeld = (standing: Standing | undefined, { partition, token }: ProjectionStore.Lease): boolean =>
  standing?.tokens[partition.index] === token

/**
 * Whether rows are nowhere behind others, so that who reads them in their place never goes back, and none of their partitions is far
 * behind the others.
 */
export const isAsFar = ({ positions }: Standing, other: Standing): boolean =>
  ProjectionRules.canBePromoted(positions, other.positions)

export type Standings = { readonly [stage in ProjectionStore.Stage]?: Standing }

const registryOf = (schemaName: string): string => `${quote(schemaName)}.projections`

/** One after another, whoever comes, until the transaction ends: two who find nothing would both make it. */
export const takeTurn = (sql: PgClient, schemaName: string) =>
  sql.unsafe(`select pg_advisory_xact_lock(${quote(schemaName)}.lock_space()::int, hashtext('projections'))`).values

/** How a projection stands at each stage; where `isLocked`, nobody changes that until the transaction ends. */
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

/** Work on whole tables takes as long as it takes, whatever the database allows for statements of others; in the caller's transaction. */
export const unhurried = "set local statement_timeout = 0"

/**
 * Makes the indexes of rows that were made anew: at once and not row by row, and before any process has to wait for the switch. Only the owners
 * of the leases write there; the owners of two partitions may come here at the same time.
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
      yield* sql.unsafe(unhurried).unprepared
      // "If not exists" does not look for an index that another transaction is making: two of them would collide in the catalog.
      yield* sql.unsafe(`lock table ${name} in share row exclusive mode`).unprepared
      for (const statement of statements) yield* sql.unsafe(statement).unprepared
    })
  )
})

/** Whether there is a table; `name` is quoted. */
export const isThere = (sql: PgClient, name: string): Effect.Effect<boolean, SqlError> =>
  Effect.map(sql.unsafe("select to_regclass($1) is not null", [name]).values, ([row]) => row?.[0] === true)

/**
 * Keeps readers and writers of both tables away. Whoever reads one holds this up, and this whoever comes after: so it does not
 * wait long (error 55P03). First the tables, then the places, as a statement that writes rows takes them.
 */
export const lock = Effect.fnUntraced(function* (
  sql: PgClient,
  schemaName: string,
  { name, table }: ProjectionStore.Described
) {
  const nameAt = (stage: ProjectionStore.Stage) => RowTable.nameOf(schemaName, table, stage)
  yield* sql.unsafe("set local lock_timeout = '500ms'").unprepared
  // Whoever has dropped the table that is served by hand gets another one.
  const served = (yield* isThere(sql, nameAt("serving"))) ? [nameAt("serving")] : []
  const views = yield* RowDependents.viewsOn(sql, nameAt("serving"))
  yield* sql.unsafe(`lock table ${[...views, ...served, nameAt("next")].join(", ")} in access exclusive mode`)
    .unprepared
  return yield* standings(sql, schemaName, name)
})

/** Who has a lease of either has none any more. */
export const replace = Effect.fnUntraced(function* (
  sql: PgClient,
  schemaName: string,
  { name, table }: ProjectionStore.Described
): Effect.fn.Return<void, SqlError | EventStoreError.EventStoreError> {
  const nameAt = (stage: ProjectionStore.Stage) => RowTable.nameOf(schemaName, table, stage)
  const schemaAt = (stage: ProjectionStore.Stage) => quote(RowTable.schemaOf(schemaName, table, stage))
  const registry = registryOf(schemaName)
  // Who may read the rows may read those that take their place.
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
  const isServed = yield* isThere(sql, nameAt("serving"))
  const drop = sql.unsafe(`drop table if exists ${nameAt("old")}`).unprepared
  const run = (text: string) => sql.unsafe(text).unprepared
  yield* run(`create schema if not exists ${schemaAt("old")}`)
  yield* run(`create schema if not exists ${schemaAt("serving")}`)
  yield* Effect.mapError(drop, RowDependents.dropped(name, nameAt("old")))
  // Indexes and constraints move with their table, under the names that they have.
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
