/** The event store on PGlite: PostgreSQL inside the process, nothing to install or to start. */
import { Effect, Layer, type Scope } from "effect"
import { EventStore, EventStoreError } from "eventfold"
import { openPglite } from "./internal/connect/Pglite.ts"
import type { Durability } from "./internal/connect/SyncedNodeFs.ts"
import { checkOptions } from "./internal/connect/StoreOptions.ts"
import * as SqlEventStore from "./SqlEventStore.ts"

/** Which database: options of {@link connect}. */
export interface ConnectOptions {
  /** The directory that holds the data, made if it isn't there. Without it the data is in memory, and gone at the end. */
  readonly dataDir?: string
  /**
   * What a database in memory begins with: a copy of another one, as `dumpDataDir("none")` of PGlite makes it. It opens in a quarter of the
   * time that making a new one takes, which pays where tests open many.
   */
  readonly loadDataDir?: Blob
  /**
   * What acknowledged events survive: `"process"`, which is the default, the death of the process, SIGKILL included; `"power"` also a loss of
   * power and a crash of the operating system, as far as the disk keeps what it says it has. Each append then waits for the disk. For a
   * `dataDir` only.
   */
  readonly durability?: Durability
}

/** Options of {@link layer}. */
export interface Options extends ConnectOptions, SqlEventStore.Options {}

/**
 * A database in this process, for as long as the scope is open, without a store.
 *
 * **When to use**
 *
 * For what works beside the store on the same database, such as `Backup`, and with `SqlEventStore.make`, which opens a
 * store on it: a directory can be opened once only. An app that only needs the store takes {@link layer}.
 *
 * **Errors**
 *
 * `StoreRefused`, as with {@link layer}.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Stream } from "effect"
 * import { EventStore } from "eventfold"
 * import { Backup, PgliteEventStore, SqlEventStore } from "@eventfold/postgres"
 *
 * const program = Effect.gen(function*() {
 *   const connector = yield* PgliteEventStore.connect()
 *   const app = Layer.effect(EventStore.EventStore, SqlEventStore.make(connector))
 *   yield* Layer.build(app)
 *   // While the app works on the store:
 *   return yield* Stream.mkString(Backup.exportLog(connector))
 * })
 * const file = await Effect.runPromise(Effect.scoped(program))
 * file.split("\n")[0] // {"eventfold":"log","format":1,…}
 * ```
 */
export const connect = (
  options: ConnectOptions = {}
): Effect.Effect<SqlEventStore.Connector, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* checkOptions(options)
    const { dataDir, durability = "process", loadDataDir } = options
    if (dataDir !== undefined && loadDataDir !== undefined) {
      return yield* EventStoreError.EventStoreError.storeRefused(
        "the store was not opened, since both dataDir and loadDataDir are given",
        "Leave out loadDataDir, which is for a database in memory"
      )
    }
    if (durability === "power" && dataDir === undefined) {
      return yield* EventStoreError.EventStoreError.storeRefused(
        'the store was not opened, since durability is "power", and a database in memory survives nothing',
        "Give a dataDir as well, or leave durability out"
      )
    }
    return yield* openPglite(dataDir, loadDataDir, durability)
  })

/**
 * An event store in this process, kept in a directory or in memory.
 *
 * **When to use**
 *
 * For development, tests, command line tools and apps of one process. `PgEventStore.layer` takes its place without
 * another change when an app outgrows it.
 *
 * **Errors**
 *
 * `StoreRefused` where the directory is in use by another process, was written by another major version of PostgreSQL,
 * holds something else, or can't be written; the message names the fix.
 *
 * **Gotchas**
 *
 * What was acknowledged survives the death of the process, SIGKILL included. It need not survive a loss of power, or a crash of the operating
 * system, unless `durability` is `"power"`: PGlite does not wait for the disk, and what is lost then may be more than the last events, since
 * the system writes files in any order. Making a database, in memory or in a new directory, takes 2 to 4 seconds; opening one that
 * is there a fraction of one. Statements run on the main thread.
 *
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { EventId, EventStore } from "eventfold"
 * import { PgliteEventStore } from "@eventfold/postgres"
 *
 * const program = Effect.gen(function*() {
 *   const store = yield* EventStore.EventStore
 *   const id = yield* EventId.make
 *   yield* store.append("Account-1", "noStream", [
 *     { id, type: "AccountOpened", schemaVersion: 1, data: { owner: "Jana" }, metadata: {} }
 *   ])
 *   return yield* Stream.runCount(store.readAll()) // 1
 * })
 * const count = await Effect.runPromise(Effect.provide(program, PgliteEventStore.layer()))
 * ```
 */
export const layer = (options: Options = {}): Layer.Layer<EventStore.EventStore, EventStoreError.EventStoreError> =>
  Layer.effect(
    EventStore.EventStore,
    Effect.flatMap(connect(options), (connector) => SqlEventStore.make(connector, options))
  )
