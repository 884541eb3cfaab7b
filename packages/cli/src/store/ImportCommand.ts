/** `eventfold store import`: writes an exported log into a store. */
import { Backup } from "@eventfold/postgres"
import { Effect, Stream } from "effect"
import { getOrUndefined } from "effect/Option"
import { Argument, Command, Flag } from "effect/cli"
import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { NotFound, UsageError } from "../commandline/Failures.ts"
import { database, json } from "../commandline/Options.ts"
import { host, report, run } from "../commandline/Session.ts"
import { counted } from "../commandline/TextTable.ts"
import { counter, source } from "./BackupFile.ts"
import { connect } from "./Connection.ts"

const newline = 10

const newlinesIn = (piece: Uint8Array): number => {
  let lines = 0
  for (let at = piece.indexOf(newline); at >= 0; at = piece.indexOf(newline, at + 1)) lines++
  return lines
}

export const importCommand = Command.make(
  "import",
  {
    ...database,
    newId: Flag.Boolean("new-id").pipe(
      Flag.withDescription(
        "Give the store a new id, for a copy to experiment on: it refuses checkpoints of the original"
      ),
      Flag.withDefault(false)
    ),
    json,
    file: Argument.String("file").pipe(
      Argument.withDescription("The exported log. Defaults to stdin"),
      Argument.optional
    )
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const file = getOrUndefined(options.file)
        const current = yield* host
        if (file === undefined && current.stdin.isTTY === true) {
          return yield* new UsageError({ message: "name the file to import, or pipe it in" })
        }
        // Before a database is created for a file that does not exist.
        if (file !== undefined && !existsSync(resolve(current.cwd, file))) {
          return yield* new NotFound({ message: `can't read ${file}: there is no such file or folder` })
        }
        const connector = yield* connect(options, false)
        const progress = counter("importing", current)
        const pieces = Stream.tap(source(file, current), (piece) => Effect.sync(() => progress.add(newlinesIn(piece))))
        const imported = yield* Backup.importLog(connector, pieces, {
          schema: options.schema,
          storeId: options.newId ? "new" : "same"
        }).pipe(Effect.ensuring(Effect.sync(() => progress.clear())))
        const line = `imported ${counted(imported.events)} into store ${imported.storeId}; start the processes that use it now`
        yield* report(options.json, line, imported)
      })
    )
).pipe(
  Command.withShortDescription("Write an exported log into a store without events"),
  Command.withDescription(
    "Write an exported log into a store without events. If anything is wrong with the file, nothing is written. Positions, versions, ids and times are kept, so checkpoints of readers stay valid."
  ),
  Command.withExamples([
    { command: "eventfold store import backup.ndjson", description: "Restore into the database at DATABASE_URL" },
    {
      command: "eventfold store export --data-dir .data | eventfold store import",
      description: "Move from PGlite to a server"
    }
  ])
)
