/**
 * The event store in SQL: one implementation for PostgreSQL and for PGlite, on Effect's `PgClient`.
 *
 * An app uses `PgEventStore.layer` or `PgliteEventStore.layer`; this module is for a custom
 * `PgClient`.
 */
import { Duration, Effect, type Scope } from "effect"
import type { EventStore, EventStoreError } from "eventfold"
import { StoreService } from "eventfold/store"
import { AppendStatements } from "./internal/append/AppendStatements.ts"
import * as StoreWrites from "./internal/append/StoreWrites.ts"
import * as StreamTruncation from "./internal/append/StreamTruncation.ts"
import * as ClosedStore from "./internal/connect/ClosedStore.ts"
import type { Connector } from "./internal/connect/Connector.ts"
import * as Replication from "./internal/connect/Replication.ts"
import { checkOptions } from "./internal/connect/StoreOptions.ts"
import * as ReactionTables from "./internal/reactions/ReactionTables.ts"
import * as EventReader from "./internal/read/EventReader.ts"
import * as Subscriptions from "./internal/read/Subscriptions.ts"
import { InlineTables } from "./internal/rows/InlineTables.ts"
import * as ProjectionTables from "./internal/rows/ProjectionTables.ts"
import * as SnapshotTable from "./internal/rows/SnapshotTable.ts"
import { look, open, requireStore } from "./internal/schema/StoreOpening.ts"
import { quote } from "./internal/schema/StoreSchema.ts"

export type { Connector } from "./internal/connect/Connector.ts"

/**
 * Options of a store on any database.
 *
 * **When to use**
 *
 * `PgEventStore.layer` and `PgliteEventStore.layer` take them, too.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options {
  /** The schema that holds the store's tables. Defaults to `eventfold`. */
  readonly schema?: string
  /**
   * Maximum number of appends that wait before the next one fails with `Overloaded`. Appends that
   * wait for streams of other transactions are counted separately, up to the same number, so that
   * they do not block appends to other streams. Defaults to 10,000.
   */
  readonly maxWaiting?: number
  /**
   * Maximum time that subscriptions wait before they look for new events without a notification,
   * from 10 milliseconds to an hour. The waits grow from 50 milliseconds to this while there are no
   * new events. Appends of this process wake subscriptions at once, and those of other processes by
   * NOTIFY. Defaults to 1 second.
   */
  readonly pollInterval?: Duration.Input
  /**
   * The time that a running append may hold back subscriptions, or that another transaction may
   * hold a stream, before a warning names its session, transaction and query. Defaults to 5
   * seconds.
   */
  readonly stalledAfter?: Duration.Input
  /**
   * `false` to open only a store that exists, and otherwise to fail with `StoreRefused` instead of
   * creating its tables. Defaults to `true`.
   */
  readonly create?: boolean
}

const minStalledMs = 100
const minPollMs = 10
const maxPollMs = 3_600_000

/**
 * Opens a store: checks the server, creates or migrates the schema, and starts to accept appends.
 *
 * **When to use**
 *
 * To use one connection for the store and for something else, such as `Backup`, or to open a store
 * on a `PgClient` of your own. An app that needs only the store uses `PgEventStore.layer` or
 * `PgliteEventStore.layer`.
 *
 * **Errors**
 *
 * `StoreRefused` if the server or the schema can't be used, or if there is no store and `create` is
 * `false`; `Unavailable` if the database can't be reached.
 *
 * **Gotchas**
 *
 * Closing the scope waits for appends that are being sent, and fails those that wait.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
 *
 * // Creates no tables in a database without a store.
 * const statuses = Effect.scoped(
 *   Effect.gen(function* () {
 *     const connector = yield* PgEventStore.connect({ url: "postgres://localhost/shop" })
 *     const store = yield* SqlEventStore.make(connector, { create: false })
 *     return yield* store.projections!.statuses
 *   })
 * )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  { client, connections = 10, forReplicas = false, isReplica = false, lanes, listen = client.listen, place }: Connector,
  {
    create = true,
    maxWaiting = 10_000,
    pollInterval = "1 second",
    schema: schemaName = "eventfold",
    stalledAfter = "5 seconds"
  }: Options = {}
): Effect.Effect<EventStore.Service, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* checkOptions({ create, lanes, maxWaiting, pollInterval, schema: schemaName, stalledAfter })
    if (!create) yield* requireStore(client, schemaName, place)
    const id = yield* open(client, schemaName, place, { isReplica, forReplicas })
    const schema = quote(schemaName)
    const { locate, read, readAll, streamInfo, ...reads } = yield* EventReader.make(client, schema, place)
    const stalledMillis = Math.max(minStalledMs, millis(stalledAfter))
    const pollMillis = Math.min(maxPollMs, Math.max(minPollMs, millis(pollInterval)))
    const { log, notify } = yield* Subscriptions.make({
      sql: client,
      schema,
      place,
      storeId: id,
      listen,
      isReplica,
      log: reads,
      pollMillis,
      stalledMillis
    })
    const publish = forReplicas ? yield* Replication.makePublisher(client, schema, place, pollMillis) : () => {}
    const statements = new AppendStatements(client, schema, place)
    const { append, appendBy, run } = yield* StoreWrites.make({
      sql: client,
      place,
      statements,
      connections,
      lanes,
      maxWaiting,
      stalledMillis,
      appended: () => {
        notify()
        publish()
      }
    })

    const tables = new InlineTables(client, schemaName, place, statements)
    const lastVersion = (stream: string) => Effect.map(streamInfo(stream), ({ version }) => version)

    const whileOpen = yield* ClosedStore.make
    return StoreService.make(
      {
        id,
        countsAppends: true,
        append,
        appendAll: (appends) => appendBy(appends, (encoded, attempt) => statements.all(encoded, attempt)),
        read,
        readAll,
        locate,
        streamInfo,
        log,
        truncate: StreamTruncation.make(client, schema, place, run, lastVersion),
        snapshots: SnapshotTable.make(client, schema, place),
        projections: {
          ...ProjectionTables.make(client, schemaName, id, place),
          inline: {
            enlist: tables.enlist,
            discharge: tables.discharge,
            append: (appends, works) => appendBy(appends, (encoded, attempt) => tables.append(encoded, works, attempt))
          }
        },
        reactions: ReactionTables.make(client, schema, id, place)
      },
      (service) => whileOpen(isReplica ? Replication.readOnly(service) : service)
    )
  })

const millis = (duration: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(duration))

/**
 * Returns the id of a store, and writes nothing: no table is created or migrated.
 *
 * **When to use**
 *
 * For a tool that compares the store with an id that it has stored. It works on a replica and for a
 * role that may only read. An open store has its id in `id`.
 *
 * **Errors**
 *
 * `StoreRefused` if there is no store, `Unavailable` if the database can't be reached.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { PgEventStore, SqlEventStore } from "@eventfold/postgres"
 *
 * const id = Effect.scoped(
 *   Effect.flatMap(PgEventStore.connect({ url: "postgres://localhost/shop" }), (connector) => SqlEventStore.storeId(connector))
 * )
 * ```
 *
 * @since 0.1.0
 * @category accessors
 */
export const storeId = (
  connector: Connector,
  { schema = "eventfold" }: Pick<Options, "schema"> = {}
): Effect.Effect<string, EventStoreError.EventStoreError> => look(connector.client, schema, connector.place)
