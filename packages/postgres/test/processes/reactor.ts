/** Delivers events until it is killed: writes a line for each, and takes its time. */
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Layer } from "effect"
import { Reaction } from "eventfold"
import { writeSync } from "node:fs"

const [url, schema, lease] = process.argv.slice(2) as [string, string, string]

const journal = Reaction.make("Journal", {
  start: "beginning",
  aggregates: ["Parcel"],
  // What was written to a pipe is there, whatever happens to who wrote it. There is time to die before that, and after.
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
