/** `eventfold store export`: writes a store's log as a file. */
import { Backup } from "@eventfold/postgres"
import { Effect, Stream } from "effect"
import { getOrUndefined } from "effect/Option"
import { Command, Flag } from "effect/cli"
import { StoredJson } from "eventfold/tables"
import { UsageError } from "../commandline/Failures.ts"
import { database, json } from "../commandline/Options.ts"
import { host, inform, run, write } from "../commandline/Session.ts"
import { counted } from "../commandline/TextTable.ts"
import { counter, fileSink, standardOutput } from "./BackupFile.ts"
import { connect } from "./Connection.ts"

const newlinesIn = (text: string): number => {
  let lines = 0
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++
  return lines
}

export const exportCommand = Command.make(
  "export",
  {
    ...database,
    out: Flag.String("out").pipe(
      Flag.withAlias("o"),
      Flag.withDescription("The file to write, readable by its owner only. Defaults to stdout"),
      Flag.optional
    ),
    json
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const out = getOrUndefined(options.out)
        if (options.json && out === undefined) {
          return yield* new UsageError({ message: "--json needs --out: without it, the log is written to stdout" })
        }
        const connector = yield* connect(options, true)
        const current = yield* host
        const progress = counter("exporting", current)
        let lines = 0
        let bytes = 0
        let first = ""
        const sink = out === undefined ? standardOutput : yield* fileSink(out, current.cwd)
        const writePiece = (text: string) =>
          Effect.andThen(
            sink.write(text),
            Effect.sync(() => {
              if (lines === 0) first = text
              const more = newlinesIn(text)
              lines += more
              bytes += Buffer.byteLength(text)
              progress.add(more)
            })
          )
        yield* Stream.runForEach(Backup.exportLog(connector, { schema: options.schema }), writePiece).pipe(
          Effect.ensuring(Effect.sync(() => progress.clear()))
        )
        yield* sink.done
        const { storeId } = StoredJson.parse(first) as { readonly storeId: string }
        // The first line is the head of the log, and the last one its end.
        const events = lines - 2
        const where = out === undefined ? "" : ` to ${out}`
        yield* inform(`exported ${counted(events)} of store ${storeId}${where}`)
        if (options.json) yield* write(`${JSON.stringify({ storeId, events, bytes, file: out })}\n`)
      })
    )
).pipe(
  Command.withShortDescription("Write a store's log as a file"),
  Command.withDescription(
    "Write a store's log as a file, with one line of JSON for each event. Processes may append while the export runs: the file holds all events that were readable when the command began. Also works on a replica if a store on the primary publishes for it (forReplicas)."
  ),
  Command.withExamples([
    { command: "eventfold store export --out backup.ndjson", description: "Back up the store at DATABASE_URL" },
    {
      command: "eventfold store export --data-dir .data | gzip > backup.ndjson.gz",
      description: "Back up a PGlite store, compressed"
    }
  ])
)
