/**
 * A process for the crash tests: it appends from eight fibers until it is killed, and writes a
 * journal of its attempts and of its acknowledged appends. `node appender.ts JOURNAL RUN pglite
 * DIRECTORY` or `… postgres URL`.
 */
import { Effect, Layer } from "effect"
import { type Event, EventId, EventStore } from "eventfold"
import { PgEventStore, PgliteEventStore } from "@eventfold/postgres"
import { openSync, writeSync } from "node:fs"
import type { Entry } from "./Journal.ts"

const [journal = "", run = "", kind = "", place = ""] = process.argv.slice(2)
const file = openSync(journal, "a")
// Written synchronously: a SIGKILL does not affect data that the kernel has.
const note = (entry: Entry) => Effect.sync(() => writeSync(file, `${JSON.stringify(entry)}\n`))

const newEvents = (count: number) =>
  Effect.forEach(
    Array.from({ length: count }),
    Effect.fnUntraced(function* () {
      const event: Event.NewEvent = {
        id: yield* EventId.make,
        type: "Deposited",
        schemaVersion: 1,
        data: { amount: "1.00" },
        metadata: {}
      }
      return event
    })
  )

const pick = (most: number) => Math.floor(Math.random() * most)

const appending = Effect.fnUntraced(function* (fiber: number) {
  const store = yield* EventStore.EventStore
  for (let turn = 0; ; turn++) {
    const name = `${run}/${fiber}/${turn}`
    // Usually one stream; two at once every fourth time. Never the same twice in one call.
    const first = pick(20)
    const streams = turn % 4 === 3 ? [first, 20 + pick(20)] : [first]
    const appends: ReadonlyArray<EventStore.Append> = yield* Effect.forEach(streams, (n) =>
      Effect.map(newEvents(1 + pick(3)), (events) => ({ stream: `Account-${n}`, expected: "any" as const, events }))
    )
    yield* note({
      tried: name,
      appends: appends.map(({ events, stream }) => ({ stream, ids: events.map(({ id }) => id) }))
    })
    const appended =
      appends.length === 1
        ? Effect.map(store.append(appends[0]!.stream, "any", appends[0]!.events), (one) => [one])
        : store.appendAll(appends)
    // These tests expect an unreachable server or an unknown outcome; the next turn continues.
    const results = yield* Effect.catchTag(appended, "EventStoreError", () =>
      Effect.as(Effect.sleep("5 millis"), undefined)
    )
    if (results !== undefined) {
      yield* note({ acknowledged: name, at: results.map(({ position, version }) => ({ version, position })) })
    }
  }
})

const layer: Layer.Layer<EventStore.EventStore, unknown> =
  kind === "pglite" ? PgliteEventStore.layer({ dataDir: place }) : PgEventStore.layer({ url: place, maxConnections: 4 })

await Effect.runPromise(
  Effect.forEach([0, 1, 2, 3, 4, 5, 6, 7], appending, { concurrency: "unbounded", discard: true }).pipe(
    Effect.provide(layer)
  )
)
