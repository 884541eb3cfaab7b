/** The three stores that the shared tests run on, and small things that all tests need. */
import { Effect, Layer } from "effect"
import { type Event, EventId, EventStore, type EventStoreError, MemoryEventStore } from "eventfold"
import { PgEventStore, PgliteEventStore } from "@eventfold/postgres"
import { serverUrl } from "./server/serverUrl.ts"

export type StoreLayer = Layer.Layer<EventStore.EventStore, EventStoreError.EventStoreError>

let schemas = 0

/** A schema name that no other test of this run uses. */
export const freshSchema = (): string => `test_${process.pid}_${Date.now().toString(36)}_${++schemas}`

/** A store on the run's server, in a schema of its own. */
export const onServer = (options: Omit<PgEventStore.Options, "url"> = {}): StoreLayer =>
  Layer.unwrap(
    Effect.map(Effect.promise(serverUrl), (url) => PgEventStore.layer({ url, schema: freshSchema(), ...options }))
  )

export const stores: ReadonlyArray<readonly [string, () => StoreLayer]> = [
  ["memory", () => MemoryEventStore.layer],
  ["PGlite", () => PgliteEventStore.layer()],
  ["PostgreSQL", () => onServer()]
]

/** A new event with an id of its own. */
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
