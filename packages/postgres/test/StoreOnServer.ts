/**
 * Helpers for tests of a store on a server: stores as of other processes, and a client beside them.
 */
import { layer as clientLayer, PgClient } from "@effect/sql-pg/PgClient"
import { Effect, Layer, Redacted, Stream } from "effect"
import { EventStore } from "eventfold"
import { PgEventStore } from "@eventfold/postgres"
import { serverUrl } from "./server/serverUrl.ts"
import { event } from "./Stores.ts"

export const url = Effect.promise(serverUrl)

/** Opens a store as a process of its own would, for as long as the test runs. */
export const open = (schema: string, options: Partial<PgEventStore.Options> = {}) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(PgEventStore.layer({ url: yield* url, schema, ...options }))
    return yield* Effect.provide(EventStore.EventStore, context)
  })

/** Opens a client on another url than that of the run. */
export const clientOf = (url: string) =>
  Effect.gen(function* () {
    const context = yield* Layer.build(clientLayer({ url: Redacted.make(url) }))
    return yield* Effect.provide(PgClient, context)
  })

/** Opens a client beside the stores. */
export const client = Effect.flatMap(url, clientOf)

/** Appends without the store; returns a row of version and position. */
export const appendRaw = (sql: PgClient, schema: string, stream: string, expected = -1) => {
  const { data, id, type } = event()
  return sql.unsafe(
    `select new_version::int, new_position::int from "${schema}".append_one($1, $2, $3, $4, 1, $5, '{}', null)`,
    [stream, expected, id, type, JSON.stringify(data)]
  ).values
}

/** Returns the positions that a reader of the log sees. */
export const positions = (store: EventStore.Service, after = 0) =>
  Effect.map(Stream.runCollect(store.readAll({ after })), (rows) => rows.map(({ position }) => position))

/**
 * Repeats a check until it holds. The runner ends one that never holds: the time it takes depends
 * on the machine.
 */
export const eventually = <E, R>(holds: Effect.Effect<boolean, E, R>) =>
  Effect.gen(function* () {
    while (!(yield* holds)) yield* Effect.sleep("5 millis")
  })

/** Returns true if a connection of this name waits for another transaction. */
export const waitsForLock = (sql: PgClient, name: string) =>
  Effect.map(
    sql.unsafe("select 1 from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'", [name])
      .values,
    (rows) => rows.length > 0
  )

/**
 * Makes appends to a stream sleep until they are released. They do not wait for a lock, which would
 * time out after a moment. The gate is a sequence: other sessions see its value before a
 * transaction commits.
 */
export const sleepingStream = Effect.fnUntraced(function* (sql: PgClient, schema: string, stream: string) {
  for (const statement of [
    `create sequence "${schema}".gate start 2`,
    `create function "${schema}".sleep() returns trigger language plpgsql as $$
      begin while (select last_value from "${schema}".gate) = 1 loop perform pg_sleep(0.005); end loop; return new; end $$`,
    `create trigger sleep before insert on "${schema}".events for each row when (new.stream_id = '${stream}')
      execute function "${schema}".sleep()`
  ]) {
    yield* sql.unsafe(statement).unprepared
  }
  const isAsleep = Effect.map(
    sql.unsafe(`select 1 from pg_stat_activity where wait_event = 'PgSleep' and query like '%"${schema}"%'`).values,
    (rows) => rows.length > 0
  )
  return {
    fallAsleep: sql.unsafe(`select setval('"${schema}".gate', 1)`),
    isAsleep,
    wake: sql.unsafe(`select setval('"${schema}".gate', 2)`)
  }
})
