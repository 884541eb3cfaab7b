/** `eventfold projections status`: shows the status of all projections. */
import { Effect } from "effect"
import { Command, Flag } from "effect/cli"
import { database, json } from "../commandline/Options.ts"
import { host, run, write } from "../commandline/Session.ts"
import { open } from "./NamedProjection.ts"
import * as StatusTable from "./StatusTable.ts"

export const statusCommand = Command.make(
  "status",
  {
    ...database,
    json,
    watch: Flag.Boolean("watch").pipe(
      Flag.withAlias("w"),
      Flag.withDescription("Keep running, and show the status again every second"),
      Flag.withDefault(false)
    )
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const store = yield* open(options)
        const { stdout } = yield* host
        let lines = 0
        do {
          const statuses = yield* store.statuses
          const text = options.json
            ? `${JSON.stringify(statuses.map(StatusTable.toJson))}\n`
            : StatusTable.text(statuses)
          // On a terminal the table replaces the one before.
          const isOver = stdout.isTTY === true && !options.json && lines > 0
          yield* write(isOver ? `\u001b[${lines}A\u001b[J${text}` : text)
          lines = text.split("\n").length - 1
          if (options.watch) yield* Effect.sleep("1 second")
        } while (options.watch)
      })
    )
).pipe(
  Command.withShortDescription("Show the status of projections"),
  Command.withDescription(
    "Show the status of projections: the number of events that each is behind the log, the number of parked keys, the projector that writes its rows, and the problem that has stopped it."
  ),
  Command.withExamples([
    { command: "eventfold projections status --watch", description: "Of the store at DATABASE_URL" }
  ])
)
