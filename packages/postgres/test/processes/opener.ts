/**
 * A process for tests: waits for a line, opens the store at the same moment as other processes,
 * appends, and reports the result.
 */
import { Effect } from "effect"
import { EventId, EventStore } from "eventfold"
import { PgEventStore } from "@eventfold/postgres"
import { once } from "node:events"

const [url = "", schema = "", stream = ""] = process.argv.slice(2)
const say = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

const program = Effect.gen(function* () {
  const { append, id } = yield* EventStore.EventStore
  const one = (to: string, expected: EventStore.ExpectedVersion) =>
    Effect.flatMap(EventId.make, (id) =>
      append(to, expected, [{ id, type: "Opened", schemaVersion: 1, data: {}, metadata: {} }])
    )
  yield* one(stream, "noStream")
  yield* one("Shared-1", "any")
  yield* say(`opened ${id}`)
})

process.stdout.write("ready\n")
await once(process.stdin, "data")
process.stdin.destroy()
await Effect.runPromise(
  Effect.provide(program, PgEventStore.layer({ url, schema, maxConnections: 2 })).pipe(
    Effect.catch((error) => say(`failed: ${error.message}`))
  )
)
