/** What happens once when a store is opened: the server is checked, and the store's tables are brought up to date. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import type { EventStoreError } from "eventfold"
import { codeOf, isAboutUrl, type Place, refused, serverSays, unavailable } from "./SqlFailure.ts"
import { migrations, quote, schemaVersion } from "./StoreSchema.ts"

const oldestServer = 150_000

const checkServer = Effect.fnUntraced(function* (sql: PgClient) {
  const [row] = yield* sql.unsafe(
    `select current_setting('server_version_num')::int, current_setting('server_version'), pg_is_in_recovery(),
      current_setting('server_encoding')`
  ).values
  const [number, version, standby, encoding] = row ?? []
  if (Number(number) < oldestServer) {
    return yield* refused(
      `the server is PostgreSQL ${String(version)}`,
      "Eventfold needs PostgreSQL 15 or later: upgrade the server"
    )
  }
  if (standby === true) {
    return yield* refused(
      "the server is a standby, which takes no writes",
      "Connect to the primary: its address belongs in the url"
    )
  }
  if (encoding !== "UTF8") {
    return yield* refused(
      `the database's encoding is ${String(encoding)}, which can't hold all text`,
      "Create the database with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    )
  }
})

/**
 * The version of the store in this schema; `undefined` where there is none yet.
 *
 * By a query of the catalogue, not by `to_regclass`: that one answers from the session's cache, and still says that there
 * is no such table after a wait for the process that made it.
 */
export const storeVersion = Effect.fnUntraced(function* (sql: PgClient, schemaName: string) {
  const schema = quote(schemaName)
  const [found] = yield* sql.unsafe(
    `select exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = 'store')`,
    [schemaName]
  ).values
  if (found?.[0] !== true) return undefined
  const [row] = yield* sql.unsafe(`select schema_version from ${schema}.store`).values
  return Number(row?.[0] ?? 0)
})

/**
 * Takes the steps that are missing. Effect's own `PgMigrator` is not used: it creates its table before it takes a lock,
 * and its table is not the store's; ten processes that start at once must all come up.
 */
const migrate = (sql: PgClient, schemaName: string) =>
  sql.withTransaction(
    Effect.gen(function* () {
      const schema = quote(schemaName)
      yield* sql.unsafe("select pg_advisory_xact_lock(hashtext('eventfold: migration'), hashtext($1))", [schemaName])
      // Another process may have done it while this one waited.
      const from = (yield* storeVersion(sql, schemaName)) ?? 0
      if (from === 0) yield* sql.unsafe(`create schema if not exists ${schema}`).unprepared
      for (const step of migrations.slice(from)) {
        for (const statement of step(schema)) yield* sql.unsafe(statement).unprepared
      }
      if (from === 0) yield* sql.unsafe(`insert into ${schema}.store (schema_version) values ($1)`, [schemaVersion])
      else if (from < schemaVersion)
        yield* sql.unsafe(`update ${schema}.store set schema_version = $1`, [schemaVersion])
    })
  )

/** Positions are only safe if the sequence hands them out one by one, and has not fallen behind the log. */
const checkSequence = Effect.fnUntraced(function* (sql: PgClient, schema: string) {
  const name = `${schema}.positions`
  const [row] = yield* sql.unsafe(
    `select s.seqcache::float8, s.seqincrement::float8, s.seqcycle, (select coalesce(max(e.position), 0)::float8 from ${schema}.events e),
      coalesce(pg_sequence_last_value(s.seqrelid), 0)::float8
    from pg_sequence s where s.seqrelid = $1::regclass`,
    [name]
  ).values
  const [cache, increment, cycle, last, drawn] = row ?? []
  if (cache !== 1 || increment !== 1 || cycle !== false) {
    return yield* refused(
      `sequence ${name} has cache ${String(cache)}, increment ${String(increment)}, cycle ${String(cycle)}: readers would miss events`,
      `Mend it with: ALTER SEQUENCE ${name} CACHE 1 INCREMENT 1 NO CYCLE`
    )
  }
  if (Number(drawn) < Number(last)) {
    return yield* refused(
      `sequence ${name} stands at ${String(drawn)}, behind the log's last position ${String(last)}: it would give positions out again`,
      `Mend it with: SELECT setval('${name.replaceAll("'", "''")}', ${String(last)})`
    )
  }
})

const explain = (schema: string, place: Place) => (error: SqlError) => {
  if (isAboutUrl(error)) {
    return refused(
      `the url of the PostgreSQL server can't be used: ${serverSays(error)}`,
      "Correct it; its parameters are libpq's",
      error
    )
  }
  switch (codeOf(error)) {
    case "42501":
      return refused(
        `user ${JSON.stringify(place.user)} may not create or read the store's tables in schema ${schema}`,
        `Open the store once as the database's owner, or grant the right: GRANT CREATE ON DATABASE … TO …`,
        error
      )
    case "42P07":
    case "42723":
    case "42703":
      return refused(
        `schema ${schema} already holds tables or functions with the store's names that are not Eventfold's`,
        "Give the store a schema of its own, with the option schema",
        error
      )
    default:
      return unavailable(place)(error)
  }
}

/** Checks the server, creates or migrates the store's schema, and gives the store's id. */
export const open = (
  sql: PgClient,
  schemaName: string,
  place: Place
): Effect.Effect<string, EventStoreError.EventStoreError> => {
  const schema = quote(schemaName)
  return Effect.gen(function* () {
    if (
      schemaName === "" ||
      new TextEncoder().encode(schemaName).length > 63 ||
      schemaName.includes("\0") ||
      schemaName.startsWith("pg_")
    ) {
      return yield* refused(
        `${JSON.stringify(schemaName)} can't be the store's schema`,
        "A schema's name has 1 to 63 bytes, no NUL, and doesn't begin with pg_"
      )
    }
    yield* checkServer(sql)
    const version = yield* storeVersion(sql, schemaName)
    if (version !== undefined && version > schemaVersion) {
      return yield* refused(
        `the store in schema ${schema} has version ${version}, this Eventfold knows versions up to ${schemaVersion}`,
        "Upgrade @eventfold/postgres here: a newer one has opened this store already"
      )
    }
    if (version !== schemaVersion) yield* migrate(sql, schemaName)
    yield* checkSequence(sql, schema)
    const [row] = yield* sql.unsafe(`select id::text from ${schema}.store`).values
    return String(row?.[0])
  }).pipe(Effect.catchTag("SqlError", (error) => explain(schema, place)(error)))
}
