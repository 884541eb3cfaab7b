/** The stores that the shared tests run on, and small helpers of all tests. */
import { Context, Effect, Layer, Scope } from "effect"
import { type Event, EventId, EventStore, type EventStoreError, MemoryEventStore } from "eventfold"
import { PgEventStore, PgliteEventStore, SqlEventStore } from "@eventfold/postgres"
import { emptyPglite, serverUrl, serverUrlOf } from "./server/serverUrl.ts"

export type StoreLayer = Layer.Layer<EventStore.EventStore, EventStoreError.EventStoreError>

let schemas = 0

/** Returns a schema name that no other test of this run uses. */
export const freshSchema = (): string => `test_${process.pid}_${Date.now().toString(36)}_${++schemas}`

type ServerOptions = Omit<PgEventStore.Options, "url">

const onServerAt = (ask: () => Promise<string>, options: ServerOptions): StoreLayer =>
  Layer.unwrap(
    Effect.map(
      Effect.promise(() => ask()),
      (url) => PgEventStore.layer({ url, schema: freshSchema(), ...options })
    )
  )

/** Opens a store on the server of the run, in a schema of its own. */
export const onServer = (options: ServerOptions = {}): StoreLayer => onServerAt(serverUrl, options)

const empty = Effect.promise(() => emptyPglite())

/** Opens a database in memory. */
export const connectPglite = Effect.flatMap(empty, (loadDataDir) => PgliteEventStore.connect({ loadDataDir }))

let ofProcess: Promise<SqlEventStore.Connector> | undefined

/**
 * A database of PGlite that the tests of this process share, each with a schema of its own: opening
 * one for each test would take longer than the tests. It is never closed: the process ends with it.
 */
export const connectOnce = Effect.promise(
  () => (ofProcess ??= Effect.runPromise(Scope.provide(connectPglite, Scope.makeUnsafe())))
)

/** The PGlite of this process, as a service. */
export class SharedPglite extends Context.Service<SharedPglite, SqlEventStore.Connector>()("SharedPglite") {}
export const sharedPglite = Layer.effect(SharedPglite, connectOnce)

/** A store on the PGlite of this process, in a schema of its own. */
const onPglite = (): StoreLayer =>
  Layer.effect(
    EventStore.EventStore,
    Effect.gen(function* () {
      const connector = yield* connectOnce
      const schema = freshSchema()
      yield* Effect.addFinalizer(() =>
        Effect.orDie(connector.client.unsafe(`drop schema if exists "${schema}" cascade`).unprepared)
      )
      return yield* SqlEventStore.make(connector, { schema })
    })
  )

export const stores: ReadonlyArray<readonly [string, () => StoreLayer]> = [
  ["memory", () => MemoryEventStore.layer],
  ["PGlite", onPglite],
  ["PostgreSQL", () => onServer()],
  // The oldest supported version.
  ["PostgreSQL 15", () => onServerAt(() => serverUrlOf(15), {})]
]

/** Creates an event with an id of its own. */
export const event = (data: Event.NewEvent["data"] = {}, more: Partial<Event.NewEvent> = {}): Event.NewEvent => ({
  id: Effect.runSync(EventId.make),
  type: "AccountOpened",
  schemaVersion: 1,
  data,
  metadata: {},
  ...more
})

export const events = (count: number): ReadonlyArray<Event.NewEvent> =>
  Array.from({ length: count }, (_, i) => event({ i }))
