/** A PGlite with its directory and its connections, for as long as the scope is open. */
import { layer as pgLayer, PgClient } from "@effect/sql-pg/PgClient"
import * as PgConnection from "@effect/sql-pg/PgConnection"
import { PGlite } from "@electric-sql/pglite"
import { Context, Duration, Effect, Layer, type Scope } from "effect"
import { EventStoreError } from "eventfold"
import type { Connector } from "./Connector.ts"
import { claimDirectory } from "./PgliteDirectory.ts"
import { explainMissing } from "./PgliteFiles.ts"
import { PgliteWire } from "./PgliteWire.ts"
import { type Place, unavailable } from "../sql/SqlFailure.ts"
import { type Durability, startParams, SyncedNodeFs } from "./SyncedNodeFs.ts"

interface Running {
  readonly db: PGlite
  readonly wire: PgliteWire
}

const start = (
  dataDir: string | undefined,
  loadDataDir: Blob | undefined,
  durability: Durability
): Effect.Effect<Running, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.tryPromise({
      // relaxedDurability would acknowledge before the files are written.
      try: () =>
        PGlite.create({
          ...(dataDir === undefined
            ? {}
            : durability === "power"
              ? { fs: new SyncedNodeFs(dataDir), startParams: [...startParams] }
              : { dataDir }),
          ...(loadDataDir === undefined ? {} : { loadDataDir }),
          relaxedDurability: false
        }),
      catch: (cause) =>
        explainMissing(cause) ??
        EventStoreError.EventStoreError.storeRefused(
          `PGlite can't be started${dataDir === undefined ? "" : ` on ${dataDir}`}: ${cause instanceof Error ? cause.message : String(cause)}`,
          loadDataDir === undefined
            ? "If the directory is damaged, restore it from a backup"
            : "Pass the result of dumpDataDir() of the same version of PGlite as loadDataDir",
          cause
        )
    }).pipe(Effect.map((db) => ({ db, wire: new PgliteWire(db) }))),
    // Closing a PGlite that has failed never returns; its files are as after a crash.
    ({ db, wire }) => (wire.broken === undefined ? Effect.ignore(Effect.tryPromise(() => db.close())) : Effect.void)
  )

/** Opens a directory or a database in memory, for `SqlEventStore.make`. */
export const openPglite = (
  dataDir: string | undefined,
  loadDataDir?: Blob,
  durability: Durability = "process"
): Effect.Effect<Connector, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.gen(function* () {
    if (dataDir !== undefined) yield* claimDirectory(dataDir, durability)
    const { wire } = yield* start(dataDir, loadDataDir, durability)
    const place: Place = {
      address: dataDir === undefined ? "PGlite (in memory)" : `PGlite (${dataDir})`,
      database: "postgres",
      user: "postgres",
      connectSeconds: 60
    }
    const config: PgConnection.Config = {
      stream: wire.connect,
      username: "postgres",
      database: "postgres",
      // PGlite is always reachable: a connection waits for its turn, however busy the machine is.
      connectTimeout: Duration.infinity,
      maxMessageSize: 0x3fff_ffff
    }
    const listen = (channel: string) =>
      Effect.flatMap(PgConnection.make(config), (connection) => connection.listen(channel))
    const context = yield* Layer.build(
      pgLayer({
        ...config,
        // One for appends, three for readers: they run one after the other in any case.
        maxConnections: 4
      })
    ).pipe(Effect.mapError(unavailable(place)))
    return { client: Context.get(context, PgClient), place, lanes: 1, connections: 4, listen }
  })
