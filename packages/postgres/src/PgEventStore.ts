/** The event store on a PostgreSQL server. */
import { layer as pgLayer, PgClient } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Context, Duration, Effect, Layer, Redacted, type Scope } from "effect"
import { EventStore, EventStoreError } from "eventfold"
import { type Place, unavailable } from "./internal/sql/SqlFailure.ts"
import { checkOptions } from "./internal/connect/StoreOptions.ts"
import * as SqlEventStore from "./SqlEventStore.ts"

/**
 * Options of {@link layer}.
 *
 * **When to use**
 *
 * Name the type in a function of your own that opens the store, such as one that adds the url.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options extends SqlEventStore.Options {
  /** The url of the server and database, such as `postgres://user:password@host:5432/database`. */
  readonly url: string | Redacted.Redacted
  /**
   * Maximum number of connections, at least 3. One more is open while there are subscriptions.
   * Defaults to 10.
   */
  readonly maxConnections?: number
  /** Timeout of connecting. Defaults to the `connect_timeout` of the url, or 5 seconds. */
  readonly connectTimeout?: Duration.Input
  /** Maximum number of batches of appends that are sent at the same time. Defaults to 2. */
  readonly lanes?: number
  /**
   * `true` to keep prepared statements, so that the server does not plan each statement again. Set
   * it to `false` behind a pooler that runs each transaction in another session and does not keep
   * prepared statements. Defaults to `true`.
   */
  readonly prepare?: boolean
  /** The application name of the connections. Defaults to `eventfold`. */
  readonly applicationName?: string
  /**
   * `true` if the url is that of a replica (a hot standby), which is only read: writes fail with
   * `InvalidRequest`. It requires a store with `forReplicas` on the primary. Events are visible
   * here after they were replicated and published; a subscription whose checkpoint is ahead of that
   * waits. Defaults to `false`.
   */
  readonly replica?: boolean
  /**
   * `true` to publish how far the log can be read, in a small transaction after appends and at each
   * `pollInterval`, for stores that are opened with `replica`. One process that publishes is
   * enough, and it does not have to append. Defaults to `false`.
   */
  readonly forReplicas?: boolean
}

const urlFix = "Write it as postgres://user:password@host:5432/database, with special characters percent-encoded"

/** The parts of a url: for error messages, and for the driver. */
interface Address {
  readonly place: Place
  readonly target: { readonly host: string; readonly port: number; readonly database: string }
}

/** Parses a url. An error does not repeat any part of a malformed url: it may hold a password. */
const addressOf = (
  url: string,
  connectTimeout: Duration.Input | undefined
): Effect.Effect<Address, EventStoreError.EventStoreError> =>
  Effect.gen(function* () {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (parsed === undefined)
      return yield* EventStoreError.EventStoreError.storeRefused(
        "the url of the PostgreSQL server is malformed",
        urlFix
      )
    if (parsed.protocol !== "postgres:" && parsed.protocol !== "postgresql:") {
      return yield* EventStoreError.EventStoreError.storeRefused(
        `the url of the PostgreSQL server begins with ${parsed.protocol}//`,
        urlFix
      )
    }
    return yield* Effect.try({
      try: () => {
        const of = (key: string, otherwise: string) =>
          parsed.searchParams.getAll(key).at(-1) ?? decodeURIComponent(otherwise)
        // Only checked: otherwise the driver would fail later, with a worse message.
        decodeURIComponent(parsed.password)
        const user = of("user", parsed.username) || (process.env["USER"] ?? "")
        const host = of("host", parsed.hostname) || "localhost"
        const port = of("port", parsed.port) || "5432"
        const database = of("dbname", parsed.pathname.slice(1)) || user
        const connectSeconds =
          connectTimeout === undefined
            ? Number(parsed.searchParams.get("connect_timeout")) || 5
            : Duration.toSeconds(Duration.fromInputUnsafe(connectTimeout))
        return {
          place: { address: `${host}:${port}`, database, user, connectSeconds },
          // An IPv6 address has brackets only in a url.
          target: { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port), database }
        }
      },
      catch: () =>
        EventStoreError.EventStoreError.storeRefused(
          "the url of the PostgreSQL server has a % without a valid percent-encoding",
          urlFix
        )
    })
  })

/**
 * Opens connections to a PostgreSQL server, for as long as the scope is open, without a store.
 *
 * **When to use**
 *
 * To use the same connections for the store, by `SqlEventStore.make`, and for something else, such
 * as `Backup`. An app that needs only the store uses {@link layer}.
 *
 * **Errors**
 *
 * `StoreRefused` if the url is malformed. The first use connects, and fails if the server can't be
 * reached.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Backup, PgEventStore } from "@eventfold/postgres"
 *
 * const backup = (url: string, write: (lines: string) => Effect.Effect<void>) =>
 *   Effect.scoped(
 *     Effect.gen(function*() {
 *       const connector = yield* PgEventStore.connect({ url, maxConnections: 2 })
 *       yield* Stream.runForEach(Backup.exportLog(connector), write)
 *     })
 *   )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const connect = (
  options: Omit<Options, keyof SqlEventStore.Options | "replica" | "forReplicas">
): Effect.Effect<SqlEventStore.Connector, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* checkOptions(options)
    const url = typeof options.url === "string" ? Redacted.make(options.url) : options.url
    const { place, target } = yield* addressOf(Redacted.value(url), options.connectTimeout)
    const connectTimeout = Duration.seconds(place.connectSeconds)
    const config: PgConnection.Config = {
      url,
      connectTimeout,
      username: place.user,
      // These repeat the url: without them, the driver's spans would name localhost.
      ...target,
      applicationName: options.applicationName ?? "eventfold",
      keepAlive: "30 seconds",
      prepare: options.prepare ?? true,
      // A row may be as large as PostgreSQL's own limit; the driver's 16 MiB would make it
      // unreadable.
      maxMessageSize: 0x3fff_ffff
    }
    // A connection of its own: one from the pool would be missing there while there are
    // subscriptions.
    const listen = (channel: string) =>
      Effect.flatMap(PgConnection.make(config), (connection) => connection.listen(channel))
    // One for appends, one for other writes, one for readers: they must not starve each other.
    const connections = Math.max(3, options.maxConnections ?? 10)
    const lanes = Math.min(options.lanes ?? 2, connections - 2)
    const context = yield* Layer.build(pgLayer({ ...config, maxConnections: connections })).pipe(
      Effect.mapError(unavailable(place))
    )
    return { client: Context.get(context, PgClient), place, lanes, connections, listen }
  })

/**
 * A layer of an event store on a PostgreSQL server, version 15 or later. Building the layer creates
 * or migrates the store's schema; any number of processes may do so at the same time.
 *
 * **When to use**
 *
 * In production, and whenever several processes share one log.
 *
 * **Errors**
 *
 * `Unavailable` if the server can't be reached within `connectTimeout` or refuses the login;
 * `StoreRefused` if the url is malformed, the server is too old or a standby (without `replica`),
 * or the store's schema is damaged or too new for this code.
 *
 * **Gotchas**
 *
 * The role that first opens a store owns its tables. Another role needs the rights from `Grants`,
 * and can't bypass the store's functions.
 *
 * The log (`readAll`) shows no event behind a transaction that is still appending, so that no event
 * is ever skipped; reading one stream does not wait.
 *
 * Subscriptions survive a restart of the server: while it is unreachable they wait, with a warning
 * in the log, and then continue. A transaction that has appended and does not end holds them back;
 * after `stalledAfter` a warning names it.
 *
 * A pooler between app and server has to keep prepared statements, as PgBouncer does since 1.21
 * with `max_prepared_statements` above 0; behind one that does not, set `prepare: false`. If it
 * pools by transaction, LISTEN does not report appends of other processes, and subscriptions find
 * them after `pollInterval`. Pooling by statement does not work.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { PgEventStore } from "@eventfold/postgres"
 *
 * const store = PgEventStore.layer({ url: process.env["DATABASE_URL"] ?? "postgres://localhost/app" })
 * // Effect.provide(program, store)
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<EventStore.EventStore, EventStoreError.EventStoreError> =>
  Layer.effect(
    EventStore.EventStore,
    Effect.flatMap(connect(options), (connector) => {
      const { forReplicas = false, replica = false } = options
      return SqlEventStore.make({ ...connector, isReplica: replica, forReplicas: forReplicas && !replica }, options)
    })
  )
