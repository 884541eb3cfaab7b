/**
 * Appends with the rows of an inline projection, from four fibers, until it is killed; reports its
 * start, and an end with an error.
 */
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Layer, Schedule } from "effect"
import { InlineProjections } from "eventfold"
import { StoredProjection } from "eventfold/generated"
import { definition, put, sent } from "../../../core/test/projection/Parcels.ts"

const [url, schema] = process.argv.slice(2) as [string, string]
const towns = ["Aš", "Brno", "Cheb", "Děčín"]

const store = InlineProjections.layer([StoredProjection.runnable(definition())]).pipe(
  Layer.provide(PgEventStore.layer({ url, schema, maxConnections: 6 }))
)
const write = Effect.fnUntraced(function* (writer: number) {
  for (let i = 0; ; i++) {
    const to = towns.filter((_, t) => (i + t) % (writer + 1) === 0)
    // Its server crashes, and a stopped process holds rows.
    yield* Effect.retry(put(`${process.pid}${writer}`, sent(to, i), sent([towns[i % 4]!])), {
      schedule: Schedule.spaced("20 millis"),
      while: ({ isRetryable }) => isRetryable
    })
    if (i === 0) process.stdout.write("running\n")
  }
})
await Effect.runPromise(
  Effect.provide(Effect.forEach([1, 2, 3, 4], write, { concurrency: "unbounded", discard: true }), store)
)
