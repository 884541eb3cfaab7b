/** Delivers events until it is killed: writes a line for each, slowly. */
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Layer } from "effect"
import { Reaction } from "eventfold"
import { writeSync } from "node:fs"

const [url, schema, lease] = process.argv.slice(2) as [string, string, string]

const journal = Reaction.make("Journal", {
  start: "beginning",
  aggregates: ["Parcel"],
  // Data in a pipe survives its writer. A kill can come before the write, and after it.
  handle: ({ idempotencyKey, recorded: { position } }) =>
    Effect.sleep("8 millis").pipe(
      Effect.andThen(Effect.sync(() => writeSync(1, `delivered ${position} ${idempotencyKey}\n`))),
      Effect.andThen(Effect.sleep("4 millis"))
    )
})

const store = PgEventStore.layer({ url, schema, maxConnections: 4 })
const reacting = Layer.provide(Reaction.layer([journal], { lease: Number(lease), pageSize: 3 }), store)
const running = Effect.andThen(
  Effect.sync(() => writeSync(1, "running\n")),
  Effect.never
)
await Effect.runPromise(Effect.provide(running, reacting))
