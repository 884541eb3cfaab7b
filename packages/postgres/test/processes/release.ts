/** Runs a projection with the handlers of a release, until it is killed; reports its start. */
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Layer } from "effect"
import { projectorOf } from "../crash/Release.ts"

const [url, schema, release] = process.argv.slice(2) as [string, string, string]
const running = Effect.andThen(
  Effect.sync(() => process.stdout.write("running\n")),
  Effect.never
)
const store = PgEventStore.layer({ url, schema, maxConnections: 4 })
await Effect.runPromise(Effect.provide(running, Layer.provide(projectorOf(Number(release)), store)))
