/** The PostgreSQL server that all contenders share, and a separate database for each. */
import { Data, Effect, type Scope } from "effect"
import { Client, Pool } from "pg"
import { startServer } from "../../packages/postgres/test/server/PostgresServer.ts"

/** Failure of the benchmark: of the server, the disk, or a contender. */
export class BenchFailed extends Data.TaggedError("BenchFailed")<{ readonly message: string }> {}

export const attempt = <A>(what: string, run: () => Promise<A>): Effect.Effect<A, BenchFailed> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new BenchFailed({ message: `${what}: ${cause instanceof Error ? cause.message : String(cause)}` })
  })

/** Number of connections of each contender. */
export const connections = 32

/**
 * Settings with which no round is slowed by a checkpoint that the writes of another contender
 * caused.
 */
const settings = {
  max_connections: "300",
  shared_buffers: "512MB",
  max_wal_size: "8GB",
  checkpoint_timeout: "1h"
}

/** Url of the given server, or of a new server that is stopped at the end of the run. */
export const server = (url: string | undefined): Effect.Effect<string, BenchFailed, Scope.Scope> =>
  url !== undefined
    ? Effect.succeed(url)
    : Effect.map(
        Effect.acquireRelease(
          attempt("can't start a PostgreSQL server", () => startServer(settings)),
          (server) => Effect.promise(() => server.stop())
        ),
        ({ url }) => url
      )

/** A pool on a database, closed when the scope closes. */
export const pool = (url: string, max = connections): Effect.Effect<Pool, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const pool = new Pool({ connectionString: url, max })
      // When a run is interrupted, the server stops before idle connections are closed.
      pool.on("error", () => {})
      return pool
    }),
    (pool) => Effect.promise(() => pool.end())
  )

const admin = (url: string, purpose: string, statement: string) =>
  attempt(`can't ${purpose} on the server`, async () => {
    const client = new Client({ connectionString: url })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(statement)).rows
    } finally {
      await client.end()
    }
  })

/** Creates a database that is dropped when the scope closes, and returns its url. */
export const database = (url: string, name: string): Effect.Effect<string, BenchFailed, Scope.Scope> => {
  const full = `eventfold_bench_${name}`
  const drop = admin(url, `drop the database ${full}`, `drop database if exists ${full} with (force)`)
  return Effect.acquireRelease(
    Effect.gen(function* () {
      yield* drop
      yield* admin(url, `create the database ${full}`, `create database ${full}`)
      const own = new URL(url)
      own.pathname = `/${full}`
      return own.href
    }),
    () => Effect.ignore(drop)
  )
}

/** Version and settings of the server that affect the figures. */
export const facts = (url: string): Effect.Effect<Readonly<Record<string, string>>, BenchFailed> =>
  Effect.map(
    admin(
      url,
      "look up settings",
      `select name, current_setting(name) as value from pg_settings where name in
        ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'shared_buffers',
         'max_wal_size', 'checkpoint_timeout', 'max_connections', 'autovacuum') order by name`
    ),
    (rows) => Object.fromEntries(rows.map(({ name, value }) => [String(name), String(value)]))
  )
