/** Runs a projection until it is killed; reports its start. */
import { PgEventStore } from "@eventfold/postgres"
import { Effect, Layer } from "effect"
import { Projector } from "eventfold"
import { StoredProjection } from "eventfold/generated"
import { definition, projector as bodies } from "../../../core/test/projection/Parcels.ts"
import { poisoned } from "./Poison.ts"

const [url, schema, partitions, fixedFile] = process.argv.slice(2) as [string, string, string, string | undefined]
const handlers = fixedFile === undefined ? bodies : poisoned(fixedFile)

const never = new Int32Array(new SharedArrayBuffer(4))

/**
 * Blocks the process for most of the time, so that it is stopped between its read and its write. It
 * sleeps: a busy loop would take the processor from other tests.
 */
const slow: typeof bodies = {
  ...handlers,
  keys: (event, origin) => {
    Atomics.wait(never, 0, 0, 8 / Number(partitions))
    return handlers.keys(event, origin)
  }
}

const onFailure = fixedFile === undefined ? "stop" : "park"
const projector = Projector.layer([StoredProjection.runnable({ ...definition("Towns", slow), onFailure })], {
  lease: "250 millis",
  pageSize: 3,
  retries: 0,
  partitions: Number(partitions)
})
const store = PgEventStore.layer({ url, schema, maxConnections: 4 })
const running = Effect.andThen(
  Effect.sync(() => process.stdout.write("running\n")),
  Effect.never
)
await Effect.runPromise(Effect.provide(running, Layer.provide(projector, store)))
