/** Opens a store: checks the server, and brings the store's tables up to date. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { EventStoreError } from "eventfold"
import { type Installed, installed, migrate, storeVersion } from "./Migrations.ts"
import { codeOf, isAboutUrl, type Place, serverMessage, unavailable } from "../sql/SqlFailure.ts"
import { current, positionsEnd, quote, type Release } from "./StoreSchema.ts"
import { literal } from "../sql/Quoting.ts"
import { isSchemaName, schemaNameRule } from "../sql/SchemaName.ts"

/** PostgreSQL 15, as `server_version_num` counts. */
const minServerVersion = 150_000

const checkServer = Effect.fnUntraced(function* (sql: PgClient, isReplica: boolean) {
  const [row] = yield* sql.unsafe(
    `select current_setting('server_version_num')::int, current_setting('server_version'), pg_is_in_recovery(),
      current_setting('server_encoding'), current_setting('default_transaction_isolation'), current_database(), current_user`
  ).values
  const [number, version, standby, encoding, isolation, database, user] = row ?? []
  if (Number(number) < minServerVersion) {
    return yield* EventStoreError.EventStoreError.storeRefused(
      `the server is PostgreSQL ${String(version)}`,
      "Eventfold needs PostgreSQL 15 or later: upgrade the server"
    )
  }
  if (standby === true && !isReplica) {
    return yield* EventStoreError.EventStoreError.storeRefused(
      "the server is a standby, which takes no writes",
      "Connect to the primary: its address belongs in the url. To read from this server, open it with replica: true"
    )
  }
  if (encoding !== "UTF8") {
    return yield* EventStoreError.EventStoreError.storeRefused(
      `the database's encoding is ${String(encoding)}, which can't hold all text`,
      "Create the database with: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    )
  }
  // Each statement of a reader has to see all earlier commits: with one snapshot for all statements
  // it would miss events.
  if (isolation !== "read committed") {
    return yield* EventStoreError.EventStoreError.storeRefused(
      `default_transaction_isolation is ${String(isolation).toUpperCase()}, and the log can only be read in READ COMMITTED`,
      `Run: ALTER DATABASE ${quote(String(database))} SET default_transaction_isolation TO 'read committed'; or, if it is a setting of the role: ALTER ROLE ${quote(String(user))} SET default_transaction_isolation TO 'read committed'. Open connections keep their setting`
    )
  }
})

/**
 * Checks that this release works with the store. While a newer Eventfold is rolled out, processes
 * of the older release continue and restart: the migration of the newer release has recorded how
 * old they may be.
 */
const checkVersion = ({ compatibleFrom, version }: Installed, known: number, schema: string) => {
  if (version <= known) return Effect.void
  if (compatibleFrom <= known) {
    return Effect.logInfo(
      `the store in schema ${schema} has version ${version}, made by a newer Eventfold; this one knows versions up to ${known} and works with it`
    )
  }
  return EventStoreError.EventStoreError.storeRefused(
    `the store in schema ${schema} has version ${version}, this Eventfold knows versions up to ${known}`,
    "Upgrade @eventfold/postgres here: a newer one has opened this store already"
  )
}

/**
 * Checks that the sequence draws positions one by one, and is not behind the log: otherwise readers
 * could miss events.
 */
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
    return yield* EventStoreError.EventStoreError.storeRefused(
      `sequence ${name} has cache ${String(cache)}, increment ${String(increment)}, cycle ${String(cycle)}: readers would miss events`,
      `Run: ALTER SEQUENCE ${name} CACHE 1 INCREMENT 1 NO CYCLE`
    )
  }
  if (Number(drawn) >= positionsEnd) {
    return yield* EventStoreError.EventStoreError.storeRefused(
      `sequence ${name} stands at ${String(drawn)}, and a store's positions are below ${positionsEnd}`,
      Number(last) < positionsEnd
        ? `Run, while no process appends: SELECT setval(${literal(name)}, ${String(last)})`
        : "Continue in a new store: this log is full"
    )
  }
  if (Number(drawn) < Number(last)) {
    return yield* EventStoreError.EventStoreError.storeRefused(
      `sequence ${name} stands at ${String(drawn)}, behind the log's last position ${String(last)}: it would draw positions again`,
      `Run: SELECT setval(${literal(name)}, ${String(last)})`
    )
  }
})

/**
 * Checks the right to publish: publications run in the background, where a refusal would only be
 * logged.
 */
const checkPublisher = Effect.fnUntraced(function* (sql: PgClient, schema: string, place: Place) {
  const [row] = yield* sql.unsafe("select has_function_privilege($1, 'execute')", [`${schema}.publish()`]).values
  if (row?.[0] !== true) {
    return yield* EventStoreError.EventStoreError.storeRefused(
      `user ${JSON.stringify(place.user)} may not publish how far replicas can read the log, which forReplicas requires`,
      `Grant the right: GRANT EXECUTE ON FUNCTION ${schema}.publish TO …, or set forReplicas only in a process whose role may append`
    )
  }
})

/** Refuses a database that has no store: opening would create one. */
export const requireStore = Effect.fnUntraced(function* (
  sql: PgClient,
  schemaName: string,
  place: Place
): Effect.fn.Return<void, EventStoreError.EventStoreError> {
  const version = yield* Effect.mapError(storeVersion(sql, schemaName), unavailable(place))
  if (version !== undefined) return
  return yield* EventStoreError.EventStoreError.storeRefused(
    `there is no store in schema ${quote(schemaName)} of database ${JSON.stringify(place.database)} (${place.address})`,
    "Name the schema that holds it, and the database"
  )
})

/**
 * Opens a store for reading only, on a replica too, and returns its id. It creates and migrates
 * nothing.
 */
export const look = (
  sql: PgClient,
  schemaName: string,
  place: Place
): Effect.Effect<string, EventStoreError.EventStoreError> =>
  Effect.gen(function* () {
    yield* checkServer(sql, true)
    yield* requireStore(sql, schemaName, place)
    const schema = quote(schemaName)
    const known = current.migrations.length
    const store = yield* installed(sql, schemaName)
    if (store.version < known) {
      return yield* EventStoreError.EventStoreError.storeRefused(
        `the store in schema ${schema} has version ${store.version}, this Eventfold works with version ${known}`,
        "Open it first with an app of this Eventfold, which brings the tables up to date"
      )
    }
    yield* checkVersion(store, known, schema)
    const [row] = yield* sql.unsafe(`select id::text from ${schema}.store`).values
    return String(row?.[0])
  }).pipe(Effect.catchTag("SqlError", (error) => explain(quote(schemaName), place)(error)))

/**
 * Checks the store of a replica, which cannot migrate it, and which reads up to the position that
 * the primary publishes.
 */
const checkReplica = Effect.fnUntraced(function* (sql: PgClient, schema: string, version: number, known: number) {
  if (version < known) {
    return yield* EventStoreError.EventStoreError.storeRefused(
      version === 0
        ? `the replica has no store in schema ${schema}`
        : `the replica's store in schema ${schema} has version ${version}, this Eventfold works with version ${known}`,
      "Open the store on the primary first, with this Eventfold: it creates the tables, and they are replicated"
    )
  }
  const [row] = yield* sql.unsafe(
    `select pg_is_in_recovery() and p.position = 0 and exists (select from ${schema}.events) from ${schema}.published p`
  ).values
  if (row?.[0] === true) {
    return yield* EventStoreError.EventStoreError.storeRefused(
      `the primary does not publish how far a replica can read the log of schema ${schema}`,
      "Open the store on the primary with PgEventStore.layer({ url, forReplicas: true }), in a process that keeps running"
    )
  }
})

const mayNot = (schema: string, place: Place, error?: SqlError) =>
  EventStoreError.EventStoreError.storeRefused(
    `user ${JSON.stringify(place.user)} may not create or read the store's tables in schema ${schema}`,
    `Open the store once as the database's owner, or grant the right: GRANT CREATE ON DATABASE … TO …`,
    error
  )

const foreign = (schema: string, error?: SqlError) =>
  EventStoreError.EventStoreError.storeRefused(
    `schema ${schema} already holds tables or functions with the store's names that are not Eventfold's`,
    "Give the store a schema of its own, with the option schema",
    error
  )

const explain = (schema: string, place: Place) => (error: SqlError) => {
  if (isAboutUrl(error)) {
    return EventStoreError.EventStoreError.storeRefused(
      `the url of the PostgreSQL server can't be used: ${serverMessage(error)}`,
      "Correct the url; its parameters are those of libpq",
      error
    )
  }
  switch (codeOf(error)) {
    case "42501":
      return mayNot(schema, place, error)
    case "42P07":
    case "42723":
    case "42703":
      return foreign(schema, error)
    default:
      return unavailable(place)(error)
  }
}

/** Options of {@link open}. */
export interface Options {
  readonly isReplica?: boolean
  /** `true` if this store publishes how far replicas can read the log. */
  readonly forReplicas?: boolean
  readonly release?: Release
}

/**
 * Checks the server, creates or migrates the store's schema (never on a replica), and returns the
 * store's id.
 *
 * Tests pass another release, to try a future one.
 */
export const open = (
  sql: PgClient,
  schemaName: string,
  place: Place,
  { forReplicas = false, isReplica = false, release = current }: Options = {}
): Effect.Effect<string, EventStoreError.EventStoreError> => {
  if (!isSchemaName(schemaName)) {
    return Effect.fail(
      EventStoreError.EventStoreError.storeRefused(
        `${JSON.stringify(schemaName)} can't be the store's schema`,
        schemaNameRule
      )
    )
  }
  const schema = quote(schemaName)
  return Effect.gen(function* () {
    yield* checkServer(sql, isReplica)
    const known = release.migrations.length
    const found = yield* installed(sql, schemaName)
    if (isReplica) yield* checkReplica(sql, schema, found.version, known)
    const store = found.version < known ? yield* migrate(sql, schemaName, release) : found
    yield* checkVersion(store, known, schema)
    if (!isReplica) yield* checkSequence(sql, schema)
    if (forReplicas) yield* checkPublisher(sql, schema, place)
    const [row] = yield* sql.unsafe(`select id::text from ${schema}.store`).values
    return String(row?.[0])
  }).pipe(
    Effect.catchTag("SqlError", (error) => explain(schema, place)(error)),
    Effect.catchTag("ForeignTables", () => foreign(schema)),
    Effect.catchTag("SchemaUnusable", () => mayNot(schema, place))
  )
}
