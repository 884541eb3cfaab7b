/** Helpers for tests of subscriptions on a server. */
import type { PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Logger, Stream } from "effect"
import type { Event, EventStore } from "eventfold"
import { SqlEventStore } from "@eventfold/postgres"
import { client } from "./StoreOnServer.ts"
import { event } from "./Stores.ts"

/** Opens a store that counts the statements it sends. */
export const watched = (schema: string, options: SqlEventStore.Options = {}) =>
  Effect.gen(function* () {
    const sql = yield* client
    const sent: Array<string> = []
    const spying = new Proxy(sql, {
      get: (target, key) =>
        key === "unsafe"
          ? (text: string, parameters?: ReadonlyArray<unknown>) => {
              sent.push(text)
              return target.unsafe(text, parameters)
            }
          : Reflect.get(target, key)
    })
    const place = { address: "test", database: "postgres", user: "postgres", connectSeconds: 5 }
    const store = yield* SqlEventStore.make({ client: spying, place, lanes: 2 }, { schema, ...options })
    return { store, count: (part: string) => sent.filter((text) => text.includes(part)).length }
  })

/** Appends without Eventfold, as another program would: no process is notified. */
export const appendSilently = (sql: PgClient, schema: string, stream: string) => {
  const { data, id, type } = event()
  return sql.unsafe(`select new_position::int from "${schema}".append_one($1, -1, $2, $3, 1, $4, '{}', null)`, [
    stream,
    id,
    type,
    JSON.stringify(data)
  ]).values
}

/** Follows the log in the background, and returns the events that have arrived. */
export const collect = (store: EventStore.Service, options: EventStore.SubscribeOptions = {}) =>
  Effect.gen(function* () {
    const events: Array<Event.RecordedEvent> = []
    const fiber = yield* Effect.forkChild(
      Stream.runForEach(store.subscribe(options), (event) =>
        Effect.sync(() => {
          events.push(event)
        })
      ),
      { startImmediately: true }
    )
    return { events, fiber, positions: () => events.map(({ position }) => position) }
  })

/** Collects log messages, and prints none of them. */
export const logged = () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ message }) => void lines.push([message].flat().map(String).join(" ")))
  return { lines, layer: Logger.layer([logger]) }
}
