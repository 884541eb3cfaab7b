/** A process for tests: opens the directory, reports it, and appends until it is killed. */
import { Effect } from "effect"
import { EventId, EventStore } from "eventfold"
import { PgliteEventStore } from "@eventfold/postgres"

const [dataDir = "", mode = "write"] = process.argv.slice(2)
const say = (line: string) => Effect.sync(() => process.stdout.write(`${line}\n`))

const program = Effect.gen(function* () {
  const { append } = yield* EventStore.EventStore
  yield* say("open")
  if (mode === "hold") return yield* Effect.never
  for (;;) {
    const ids = yield* Effect.all([EventId.make, EventId.make])
    const { version } = yield* append(
      "Account-1",
      "any",
      ids.map((id) => ({ id, type: "Deposited", schemaVersion: 1, data: { amount: "1.00" }, metadata: {} }))
    )
    yield* say(String(version))
  }
})

const fiber = Effect.runFork(
  Effect.provide(program, PgliteEventStore.layer({ dataDir })).pipe(
    Effect.catch((error) => say(`refused: ${error.message}`)),
    Effect.onInterrupt(() => say("interrupted"))
  )
)
// As NodeRuntime.runMain handles Ctrl-C.
process.once("SIGINT", () => fiber.interruptUnsafe())
