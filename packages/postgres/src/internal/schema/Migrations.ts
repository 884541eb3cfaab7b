/**
 * Brings the tables of a store up to date with Effect's `Migrator`, which keeps account of the steps in a table of its own.
 *
 * All of it is one transaction under a lock of ours, so that any number of processes may start at once: one takes the
 * steps, the others wait and find them taken. By itself the Migrator would make its table before any lock.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Data, Effect } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { quote, type Release } from "./StoreSchema.ts"
import { inTransaction } from "../sql/Transaction.ts"

/** What is in the schema already. Every release can read this: `store` keeps these columns for ever. */
export interface Installed {
  /** The version of the store's tables; 0 where there are none. */
  readonly version: number
  /** The oldest release that works with them, by its version. */
  readonly compatibleFrom: number
}

/** The schema holds somebody else's tables. */
export class ForeignTables extends Data.TaggedError("ForeignTables") {}

/** The role may not look into the schema, or not create in it. */
export class SchemaUnusable extends Data.TaggedError("SchemaUnusable") {}

/** The Migrator's own table. */
const table = "migrations"

/** By a query of the catalogue, not by `to_regclass`: that one answers from the session's cache. */
const exists = Effect.fnUntraced(function* (sql: PgClient, schemaName: string, relation: string) {
  const [row] = yield* sql.unsafe(
    `select exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2)`,
    [schemaName, relation]
  ).values
  return row?.[0] === true
})

export const installed = Effect.fnUntraced(function* (sql: PgClient, schemaName: string) {
  const none: Installed = { version: 0, compatibleFrom: 0 }
  if (!(yield* exists(sql, schemaName, "store"))) return none
  const [row] = yield* sql.unsafe(`select schema_version, compatible_from from ${quote(schemaName)}.store`).values
  return row === undefined ? none : { version: Number(row[0]), compatibleFrom: Number(row[1]) }
})

/** The version of the store in this schema; `undefined` where there is none yet. */
export const storeVersion = (sql: PgClient, schemaName: string) =>
  Effect.map(installed(sql, schemaName), ({ version }) => (version === 0 ? undefined : version))

/** Which transaction-local path makes the Migrator's unqualified names those of the schema, and of no other. */
const searchOnly = Effect.fnUntraced(function* (sql: PgClient, schemaName: string) {
  // Named last, temporary tables are not looked at first.
  yield* sql.unsafe("select set_config('search_path', $1, true)", [`${quote(schemaName)}, pg_temp`])
  // Without the right to use it the schema is left out, and tables would be made elsewhere. Without the right to create in
  // it the Migrator would say that the transaction is aborted, and not why.
  const [row] = yield* sql.unsafe("select current_schema() = $1 and has_schema_privilege(current_schema(), 'create')", [
    schemaName
  ]).values
  if (row?.[0] !== true) yield* new SchemaUnusable()
})

const takeSteps = (sql: PgClient, schema: string, { migrations }: Release) =>
  Migrator.make({})({
    table,
    loader: Effect.succeed(
      migrations.map((step, i) => [
        i + 1,
        `version ${i + 1}`,
        Effect.succeed(Effect.forEach(step(schema), (statement) => sql.unsafe(statement).unprepared, { discard: true }))
      ])
    )
  }).pipe(
    Effect.provideService(SqlClient, sql),
    // Of the other kinds none can be: there are no files, and nobody else holds our lock.
    Effect.catchTag("MigrationError", (error) =>
      isSqlError(error.cause) ? Effect.fail(error.cause) : Effect.die(error)
    )
  )

/** Takes the steps that are missing, and gives what is there then: another process may have taken them, or more. */
export const migrate = (sql: PgClient, schemaName: string, release: Release) =>
  inTransaction(
    sql,
    Effect.gen(function* () {
      const schema = quote(schemaName)
      yield* sql.unsafe("select pg_advisory_xact_lock(hashtext('eventfold: migration'), hashtext($1))", [schemaName])
      // Under the lock, and before anything asks the session's cache: reading the catalogue brings that up to date too.
      const from = yield* installed(sql, schemaName)
      const version = release.migrations.length
      if (from.version >= version) return from
      if (from.version === 0) {
        // What stands in it would be believed.
        if (yield* exists(sql, schemaName, table)) return yield* new ForeignTables()
        yield* sql.unsafe(`create schema if not exists ${schema}`).unprepared
      }
      yield* searchOnly(sql, schemaName)
      yield* takeSteps(sql, schema, release)
      const now: Installed = { version, compatibleFrom: release.compatibleFrom }
      const values = [now.version, now.compatibleFrom]
      if (from.version === 0) {
        yield* sql.unsafe(`revoke all on ${schema}.${table} from public`).unprepared
        yield* sql.unsafe(`insert into ${schema}.store (schema_version, compatible_from) values ($1, $2)`, values)
      } else {
        yield* sql.unsafe(`update ${schema}.store set schema_version = $1, compatible_from = $2`, values)
      }
      return now
    })
  )
