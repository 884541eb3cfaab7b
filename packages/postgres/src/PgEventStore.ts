/** The event store on a PostgreSQL server. */
import { layer as pgLayer, PgClient } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { Context, Duration, Effect, Layer, Redacted, type Scope } from "effect"
import { EventStore, EventStoreError } from "eventfold"
import { type Place, unavailable } from "./internal/sql/SqlFailure.ts"
import { checkOptions } from "./internal/connect/StoreOptions.ts"
import * as SqlEventStore from "./SqlEventStore.ts"

/** Which server, and how it is connected to: options of {@link connect}. */
export interface ConnectOptions {
  /** As in `postgres://user:password@host:5432/database`. */
  readonly url: string | Redacted.Redacted
  /** Most connections held at once, 10 unless given; at least 3. One more is held while there are subscriptions. */
  readonly maxConnections?: number
  /** After which connecting is given up; the url's `connect_timeout` or 5 seconds unless given. */
  readonly connectTimeout?: Duration.Input
  /** How many batches of appends may be under way at once; 2 unless given. */
  readonly lanes?: number
  /**
   * Whether connections keep prepared statements, which saves the server from planning each statement again. Defaults to true.
   * Set it to false behind a pooler that hands each transaction to another session and does not keep prepared statements
   * itself.
   */
  readonly prepare?: boolean
  /** How the connection names itself to the server; `eventfold` unless given. */
  readonly applicationName?: string
}

/** Options of {@link layer}. */
export interface Options extends ConnectOptions, SqlEventStore.Options {
  /**
   * Whether the url is that of a replica (a hot standby), which is only read: what writes fails with `InvalidRequest`. Needs a
   * store with `forReplicas` on the primary. What was appended comes here after it was replicated and published; a subscription
   * whose checkpoint is ahead of that waits for it.
   */
  readonly replica?: boolean
  /**
   * Whether to publish how far the log can be read, in a small transaction after appends and at each `pollInterval`, for stores
   * opened with `replica`. One process that does so is enough, and it need not be one that appends.
   */
  readonly forReplicas?: boolean
}

const fixUrl = "Write it as postgres://user:password@host:5432/database, with special characters percent-encoded"

/** What a url says: in the words of messages, and as the driver takes it. */
interface Address {
  readonly place: Place
  readonly target: { readonly host: string; readonly port: number; readonly database: string }
}

/** Nothing of a malformed url is repeated: it may hold a password. */
const addressOf = (
  url: string,
  connectTimeout: Duration.Input | undefined
): Effect.Effect<Address, EventStoreError.EventStoreError> =>
  Effect.gen(function* () {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (parsed === undefined)
      return yield* EventStoreError.EventStoreError.storeRefused(
        "the url of the PostgreSQL server is malformed",
        fixUrl
      )
    if (parsed.protocol !== "postgres:" && parsed.protocol !== "postgresql:") {
      return yield* EventStoreError.EventStoreError.storeRefused(
        `the url of the PostgreSQL server begins with ${parsed.protocol}//`,
        fixUrl
      )
    }
    return yield* Effect.try({
      try: () => {
        const of = (key: string, otherwise: string) =>
          parsed.searchParams.getAll(key).at(-1) ?? decodeURIComponent(otherwise)
        // Only looked at: the driver would otherwise fail later, and less clearly.
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
          // An IPv6 address is in brackets in a url only.
          target: { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port), database }
        }
      },
      catch: () =>
        EventStoreError.EventStoreError.storeRefused(
          "the url of the PostgreSQL server has a % that begins no percent-encoding",
          fixUrl
        )
    })
  })

/**
 * Connections to a PostgreSQL server, for as long as the scope is open, without a store.
 *
 * **When to use**
 *
 * For what works beside the store on the same database, such as `Backup`, and with `SqlEventStore.make`, which opens a
 * store on them. An app that only needs the store takes {@link layer}.
 *
 * **Errors**
 *
 * `StoreRefused` where the url is malformed. Whether the server can be reached shows at the first use.
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
 */
export const connect = (
  options: ConnectOptions
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
      // The url says it already. The driver's spans look here, and would tell of localhost.
      ...target,
      applicationName: options.applicationName ?? "eventfold",
      keepAlive: "30 seconds",
      prepare: options.prepare ?? true,
      // A row may be as large as PostgreSQL's own limit; the driver's 16 MiB would make it unreadable.
      maxMessageSize: 0x3fff_ffff
    }
    // A connection of its own: one of the pool's would be missing there for as long as anyone subscribes.
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
 * An event store on a PostgreSQL server, version 15 or later. The store's schema is made, or brought up to date, when
 * the layer is built; any number of processes may do so at once.
 *
 * **When to use**
 *
 * In production, and wherever several processes share one log.
 *
 * **Errors**
 *
 * `Unavailable` where the server can't be reached within `connectTimeout` or refuses the login; `StoreRefused` where the
 * url is malformed, the server is too old or a standby (without `replica`), or the store's schema is newer than this code or
 * damaged.
 *
 * **Gotchas**
 *
 * The role that first opens a store owns its tables. Another role works with what `Grants` gives it, and can't write past
 * the store's functions.
 *
 * The log (`readAll`) shows nothing behind a transaction that is still appending, so that nothing is ever skipped; reading
 * one stream waits for nobody.
 *
 * Subscriptions outlive the server: while it is away they wait, with a warning in the log, and go on where they were. A
 * transaction that has appended and does not end holds them up; after `stalledAfter` a warning says which it is.
 *
 * A pooler between app and server has to keep prepared statements, as PgBouncer does since 1.21 with
 * `max_prepared_statements` above 0; behind one that does not, set `prepare: false`. If it pools by transaction, LISTEN does not
 * report appends of other processes, and subscriptions find them after `pollInterval`. Pooling by statement does not work.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { PgEventStore } from "@eventfold/postgres"
 *
 * const store = PgEventStore.layer({ url: process.env["DATABASE_URL"] ?? "postgres://localhost/app" })
 * // Effect.provide(program, store)
 * ```
 */
export const layer = (options: Options): Layer.Layer<EventStore.EventStore, EventStoreError.EventStoreError> =>
  Layer.effect(
    EventStore.EventStore,
    Effect.flatMap(connect(options), (connector) => {
      const { forReplicas = false, replica = false } = options
      return SqlEventStore.make({ ...connector, isReplica: replica, forReplicas: forReplicas && !replica }, options)
    })
  )
