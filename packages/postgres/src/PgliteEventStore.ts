/**
 * The event store on PGlite: PostgreSQL inside the process, without a server to install or start.
 */
import { Effect, Layer, type Scope } from "effect"
import { EventStore, EventStoreError } from "eventfold"
import { openPglite } from "./internal/connect/Pglite.ts"
import { checkOptions } from "./internal/connect/StoreOptions.ts"
import * as SqlEventStore from "./SqlEventStore.ts"

/**
 * Options of {@link layer}.
 *
 * **When to use**
 *
 * Name the type in a function of your own that opens the store.
 *
 * @since 0.1.0
 * @category options
 */
export interface Options extends SqlEventStore.Options {
  /**
   * The directory of the database; it is created if it does not exist. Defaults to a database in
   * memory.
   */
  readonly dataDir?: string
  /**
   * The initial content of a database in memory: a copy of another database, from
   * `dumpDataDir("none")` of PGlite. It opens in a quarter of the time that creating a database
   * takes, which is useful for tests that open many.
   */
  readonly loadDataDir?: Blob
  /**
   * The failures that acknowledged events survive. `"process"`: the end of the process, SIGKILL
   * included. `"power"`: also a loss of power and a crash of the operating system, if the disk
   * keeps what it has confirmed; each append then waits for the disk. For a `dataDir` only.
   * Defaults to `"process"`.
   */
  readonly durability?: "process" | "power"
}

/**
 * Opens a database in this process, for as long as the scope is open, without a store.
 *
 * **When to use**
 *
 * To use the same database for the store, by `SqlEventStore.make`, and for something else, such as
 * `Backup`: a directory can be opened only once. An app that needs only the store uses {@link
 * layer}.
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
 *
 * @since 0.1.0
 * @category constructors
 */
export const connect = (
  options: Omit<Options, keyof SqlEventStore.Options> = {}
): Effect.Effect<SqlEventStore.Connector, EventStoreError.EventStoreError, Scope.Scope> =>
  Effect.gen(function* () {
    yield* checkOptions(options)
    const { dataDir, durability = "process", loadDataDir } = options
    if (dataDir !== undefined && loadDataDir !== undefined) {
      return yield* EventStoreError.EventStoreError.storeRefused(
        "the store was not opened: dataDir and loadDataDir exclude each other",
        "Omit loadDataDir, which is for a database in memory"
      )
    }
    if (durability === "power" && dataDir === undefined) {
      return yield* EventStoreError.EventStoreError.storeRefused(
        'the store was not opened: durability is "power", and a database in memory survives no failure',
        "Set dataDir, or omit durability"
      )
    }
    return yield* openPglite(dataDir, loadDataDir, durability)
  })

/**
 * A layer of an event store in this process, with its data in a directory or in memory.
 *
 * **When to use**
 *
 * For development, tests, command line tools and apps of one process. An app that outgrows it
 * replaces it by `PgEventStore.layer` without another change.
 *
 * **Errors**
 *
 * `StoreRefused` if the directory is in use by another process, was written by another major
 * version of PostgreSQL, holds other files, or can't be written; the message names the fix.
 *
 * **Gotchas**
 *
 * Acknowledged events survive the end of the process, SIGKILL included. Unless `durability` is
 * `"power"`, they may not survive a loss of power or a crash of the operating system: PGlite does
 * not wait for the disk, and more than the last events can be lost, since the system writes files
 * in any order. Creating a database, in memory or in a new directory, takes 2 to 4 seconds; opening
 * an existing one takes a fraction of a second. Statements run on the main thread.
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
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options = {}): Layer.Layer<EventStore.EventStore, EventStoreError.EventStoreError> =>
  Layer.effect(
    EventStore.EventStore,
    Effect.flatMap(connect(options), (connector) => SqlEventStore.make(connector, options))
  )
