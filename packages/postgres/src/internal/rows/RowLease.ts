/** Leases of the partitions of projections. Times are the server's. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { type ProjectionStore, StoreRefusal } from "eventfold/store"
import * as LeaseStatements from "./LeaseStatements.ts"
import type { Values } from "../read/StoredEvent.ts"
import { quote } from "../schema/StoreSchema.ts"

/**
 * Ends the leases of all stages, in the caller's transaction: with a token that none of them had,
 * because stages are about to be swapped.
 */
export const endAll = (sql: PgClient, schemaName: string, name: string): Effect.Effect<unknown, SqlError> =>
  sql.unsafe(
    `update ${quote(schemaName)}.projection_partitions p set leased_until = 0, token = 1 + (
        select max(t.token) from ${quote(schemaName)}.projection_partitions t where t.name = $1
      ) where p.name = $1`,
    [name]
  ).values

/** Leases of partitions. */
export interface Leases extends Pick<
  ProjectionStore.Service,
  "acquire" | "pause" | "release" | "renew" | "seize" | "stop"
> {
  /** Creates partitions, in the caller's transaction. */
  readonly open: (
    sql: PgClient,
    name: string,
    stage: ProjectionStore.Stage,
    count: number
  ) => Effect.Effect<unknown, SqlError>
  /**
   * Divides served rows into partitions, in the caller's transaction, unless a projector has ever
   * run them.
   */
  readonly divide: (sql: PgClient, name: string, count: number) => Effect.Effect<void, SqlError>
}

/** `schema` is already quoted. */
export const make = (values: Values, schema: string, storeId: string): Leases => {
  const registry = `${schema}.projections`
  const partitions = `${schema}.projection_partitions`
  const statements = LeaseStatements.make(schema)
  const leaseOf = (name: string, row: ReadonlyArray<unknown>): ProjectionStore.Lease => {
    const [stage, index, of, token, position, eventId] = row
    return {
      name,
      stage: stage as ProjectionStore.Stage,
      partition: { index: Number(index), of: Number(of) },
      token: Number(token),
      checkpoint: { storeId, position: Number(position), eventId: eventId === null ? null : String(eventId) }
    }
  }
  // A projector may still hold a lease of rows of this stage that were discarded: no later lease
  // may have its token. A token rises by one in a transaction, so it is below the id of each later
  // transaction if it began as the id of one.
  const openText = `insert into ${partitions} (name, stage, partition, token)
    select $1, $2, generate_series(0, $3 - 1), greatest(pg_current_xact_id()::text::bigint, (
      select max(t.token) from ${partitions} t where t.name = $1
    ))`
  const open: Leases["open"] = (sql, name, stage, count) => sql.unsafe(openText, [name, stage, count]).values

  const stopText = `with stopped as (
      update ${registry} p set problem = $5
      where p.name = $1 and p.stage = $2 and exists (
        select from ${partitions} t where t.name = $1 and t.stage = $2 and t.partition = $3 and t.token = $4
      ) returning p.name, p.stage
    )
    ${LeaseStatements.end(schema, "(p.name, p.stage) in (select s.name, s.stage from stopped s)")}`
  const pauseText = `with paused as (
      update ${registry} p set is_paused = true where p.name = $1 returning p.name, p.stage
    )
    ${LeaseStatements.end(schema, "(p.name, p.stage) in (select s.name, s.stage from paused s)")} returning 1`

  return {
    open,
    divide: Effect.fnUntraced(function* (sql, name, count) {
      const owners = yield* sql.unsafe(
        `select t.owner from ${partitions} t where t.name = $1 and t.stage = 'serving' for update`,
        [name]
      ).values
      if (owners.some(([owner]) => owner !== null)) return
      yield* sql.unsafe(`delete from ${partitions} t where t.name = $1 and t.stage = 'serving'`, [name]).values
      yield* sql.unsafe(`update ${registry} p set partitions = $2 where p.name = $1 and p.stage = 'serving'`, [
        name,
        count
      ]).values
      yield* open(sql, name, "serving", count)
    }),
    acquire: ({ fingerprint, name }, stage, owner, milliseconds) =>
      Effect.map(
        values(statements.acquire, [name, stage, fingerprint, owner, BigInt(Math.ceil(milliseconds))]),
        ([row]) => (row === undefined ? undefined : leaseOf(name, row))
      ),
    renew: ({ name, partition, stage, token }, milliseconds) =>
      Effect.map(
        values(statements.renew, [name, stage, partition.index, BigInt(token), BigInt(Math.ceil(milliseconds))]),
        ([row]) => row !== undefined
      ),
    release: ({ name, partition, stage, token }) =>
      Effect.asVoid(values(statements.release, [name, stage, partition.index, BigInt(token)])),
    seize: ({ fingerprint, name }, { partition, token }, milliseconds) =>
      Effect.map(
        values(statements.seize, [name, fingerprint, partition.index, BigInt(token), BigInt(Math.ceil(milliseconds))]),
        (rows) => (rows.length === 0 ? undefined : rows.map((row) => leaseOf(name, row)))
      ),
    stop: ({ name, partition, stage, token }, problem) =>
      Effect.asVoid(
        values(stopText, [name, stage, partition.index, BigInt(token), problem.replaceAll("\0", "").toWellFormed()])
      ),
    pause: (name) =>
      Effect.flatMap(values(pauseText, [name]), ([row]) =>
        row === undefined ? Effect.fail(StoreRefusal.unknown("projections.pause", name)) : Effect.void
      )
  }
}
