/**
 * Brings the tables of a store up to date with Effect's `Migrator`, which records the steps in a
 * table of its own.
 *
 * A migration is one transaction under a lock of the store, so that any number of processes may
 * start at once: one takes the steps, the other processes wait and find them taken. The Migrator
 * alone would create its table before it takes a lock.
 */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Data, Effect } from "effect"
import * as Migrator from "effect/sql/Migrator"
import { SqlClient } from "effect/sql/SqlClient"
import { isSqlError } from "effect/sql/SqlError"
import { quote, type Release } from "./StoreSchema.ts"
import { inTransaction } from "../sql/Transaction.ts"

/**
 * The store that a schema holds. Every release can read this: the columns of `store` never change.
 */
export interface Installed {
  /** The version of the store's tables; 0 if there are none. */
  readonly version: number
  /** The schema version of the oldest release that works with them. */
  readonly compatibleFrom: number
}

/** The schema holds tables that are not Eventfold's. */
export class ForeignTables extends Data.TaggedError("ForeignTables") {}

/** The role lacks the right to use the schema, or to create in it. */
export class SchemaUnusable extends Data.TaggedError("SchemaUnusable") {}

/** The Migrator's own table. */
const table = "migrations"

/** Queries the catalogue: `to_regclass` would answer from the session's cache. */
const exists = Effect.fnUntraced(function* (sql: PgClient, schemaName: string, relation: string) {
  const [row] = yield* sql.unsafe(
    `select exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = $2)`,
    [schemaName, relation]
  ).values
  return row?.[0] === true
})

/** Reads which store the schema holds. */
export const installed = Effect.fnUntraced(function* (sql: PgClient, schemaName: string) {
  const none: Installed = { version: 0, compatibleFrom: 0 }
  if (!(yield* exists(sql, schemaName, "store"))) return none
  const [row] = yield* sql.unsafe(`select schema_version, compatible_from from ${quote(schemaName)}.store`).values
  return row === undefined ? none : { version: Number(row[0]), compatibleFrom: Number(row[1]) }
})

/** Returns the version of the store in this schema; `undefined` if there is none. */
export const storeVersion = (sql: PgClient, schemaName: string) =>
  Effect.map(installed(sql, schemaName), ({ version }) => (version === 0 ? undefined : version))

/**
 * Sets the search path of the transaction, so that unqualified names of the Migrator are names in
 * this schema only.
 */
const searchOnly = Effect.fnUntraced(function* (sql: PgClient, schemaName: string) {
  // pg_temp stands last: otherwise temporary tables would be searched first.
  yield* sql.unsafe("select set_config('search_path', $1, true)", [`${quote(schemaName)}, pg_temp`])
  // Without the right to use the schema, the search path leaves it out, and tables would be created
  // elsewhere. Without the right to create in it, the Migrator would report that the transaction is
  // aborted, and not the cause.
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
    // Its other errors cannot occur: there are no files, and this process holds the lock.
    Effect.catchTag("MigrationError", (error) =>
      isSqlError(error.cause) ? Effect.fail(error.cause) : Effect.die(error)
    )
  )

/**
 * Takes the missing steps, and returns the store that the schema then holds: another process may
 * have taken these steps, or more.
 */
export const migrate = (sql: PgClient, schemaName: string, release: Release) =>
  inTransaction(
    sql,
    Effect.gen(function* () {
      const schema = quote(schemaName)
      yield* sql.unsafe("select pg_advisory_xact_lock(hashtext('eventfold: migration'), hashtext($1))", [schemaName])
      // Under the lock, and before any use of the session's cache: a query of the catalogue updates
      // the cache too.
      const from = yield* installed(sql, schemaName)
      const version = release.migrations.length
      if (from.version >= version) return from
      if (from.version === 0) {
        // The Migrator would trust the steps that a foreign table records.
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
