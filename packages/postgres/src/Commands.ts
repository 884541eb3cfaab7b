/**
 * The commands that work on a store: `eventfold store`, `projections`, `reactions` and `verify`. `@eventfold/codegen` has the `eventfold` command and takes them from
 * here when they are asked for; another command line can have them too, as they are `effect/cli`'s.
 */
import { Effect, Stream } from "effect"
import { getOrUndefined } from "effect/Option"
import { Argument, Command, Flag } from "effect/cli"
import { existsSync } from "node:fs"
import * as Backup from "./Backup.ts"
import * as Grants from "./Grants.ts"
import { counter, fileSink, source, standardOutput } from "./internal/backup/BackupFile.ts"
import { connect, counted, database, inform, json, NotFound, run, schema, UsageError } from "./internal/CommandLine.ts"
import { projectionsCommand } from "./internal/ProjectionsCommand.ts"
import { reactionsCommand } from "./internal/ReactionsCommand.ts"
import { snapshotsCommand } from "./internal/SnapshotsCommand.ts"
import { verifyCommand } from "./internal/verify/VerifyCommand.ts"
import { StoredJson } from "eventfold/store"

const linesIn = (text: string): number => {
  let lines = 0
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines++
  return lines
}

const exportCommand = Command.make(
  "export",
  {
    ...database,
    out: Flag.String("out").pipe(
      Flag.withAlias("o"),
      Flag.withDescription("The file to write, readable by its owner only; else it goes to stdout"),
      Flag.optional
    ),
    json
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const out = getOrUndefined(options.out)
        if (options.json && out === undefined) {
          return yield* new UsageError({ message: "--json needs --out: without it, stdout is the log itself" })
        }
        const connector = yield* connect(options, true)
        const progress = counter("exporting")
        let lines = 0
        let bytes = 0
        let first = ""
        const write = (text: string, { write }: typeof standardOutput) =>
          Effect.andThen(
            write(text),
            Effect.sync(() => {
              if (lines === 0) first = text
              const more = linesIn(text)
              lines += more
              bytes += Buffer.byteLength(text)
              progress.add(more)
            })
          )
        const pieces = Backup.exportLog(connector, { schema: options.schema })
        const sink = out === undefined ? standardOutput : yield* fileSink(out)
        yield* Stream.runForEach(pieces, (text) => write(text, sink)).pipe(
          Effect.ensuring(Effect.sync(() => progress.clear()))
        )
        yield* sink.done
        const { storeId } = StoredJson.parse(first) as { readonly storeId: string }
        // Without the first and the last line.
        const events = lines - 2
        const where = out === undefined ? "" : ` to ${out}`
        yield* inform(`exported ${counted(events)} of store ${storeId}${where}`)
        if (options.json) yield* standardOutput.write(`${JSON.stringify({ storeId, events, bytes, file: out })}\n`)
      })
    )
).pipe(
  Command.withShortDescription("Write a store's log as a file"),
  Command.withDescription(
    "Write a store's log as a file, a line of JSON for each event. The store may be at work meanwhile: the file holds all that could be read when the command began. A replica is read as well, where a store on the primary publishes for it (forReplicas)."
  ),
  Command.withExamples([
    { command: "eventfold store export --out backup.ndjson", description: "A backup of the store at DATABASE_URL" },
    { command: "eventfold store export --data-dir .data | gzip > backup.ndjson.gz", description: "Of PGlite, packed" }
  ])
)

const importCommand = Command.make(
  "import",
  {
    ...database,
    newId: Flag.Boolean("new-id").pipe(
      Flag.withDescription(
        "Make it another store, as a copy to try things on: checkpoints of the exported one are refused"
      ),
      Flag.withDefault(false)
    ),
    json,
    file: Argument.String("file").pipe(
      Argument.withDescription("The exported log; else it is read from stdin"),
      Argument.optional
    )
  },
  (options) =>
    run(
      Effect.gen(function* () {
        const file = getOrUndefined(options.file)
        if (file === undefined && process.stdin.isTTY) {
          return yield* new UsageError({ message: "name the file to import, or pipe it in" })
        }
        if (file !== undefined && !existsSync(file)) {
          // Before a database is made for nothing.
          return yield* new NotFound({ message: `can't read ${file}: there is no such file or folder` })
        }
        const connector = yield* connect(options, false)
        const progress = counter("importing")
        const pieces = Stream.tap(source(file), (piece) => Effect.sync(() => progress.add(linesOf(piece))))
        const imported = yield* Backup.importLog(connector, pieces, {
          schema: options.schema,
          storeId: options.newId ? "new" : "same"
        }).pipe(Effect.ensuring(Effect.sync(() => progress.clear())))
        yield* inform(
          `imported ${counted(imported.events)} into store ${imported.storeId}; start the processes that use it now`
        )
        if (options.json) yield* standardOutput.write(`${JSON.stringify(imported)}\n`)
      })
    )
).pipe(
  Command.withShortDescription("Write an exported log into a store without events"),
  Command.withDescription(
    "Write an exported log into a store without events: all of it, or nothing where anything is wrong with the file. Positions, versions, ids and times stay, and so do readers' checkpoints."
  ),
  Command.withExamples([
    { command: "eventfold store import backup.ndjson", description: "Restore into the database at DATABASE_URL" },
    {
      command: "eventfold store export --data-dir .data | eventfold store import",
      description: "Move from PGlite to a server"
    }
  ])
)

const linesOf = (piece: Uint8Array): number => {
  let lines = 0
  for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) lines++
  return lines
}

const grantsCommand = Command.make(
  "grants",
  {
    role: Flag.String("role").pipe(Flag.withDescription("The role that the app logs in as; it must be there already")),
    schema,
    readOnly: Flag.Boolean("read-only").pipe(
      Flag.withDescription("Only to read and subscribe, not to append"),
      Flag.withDefault(false)
    ),
    maintain: Flag.Boolean("maintain").pipe(
      Flag.withDescription("Also to truncate streams, which takes the content of events away for good"),
      Flag.withDefault(false)
    ),
    react: Flag.Boolean("react").pipe(
      Flag.withDescription("Also to run reactions, which keep how far they have come"),
      Flag.withDefault(false)
    ),
    project: Flag.Boolean("project").pipe(
      Flag.withDescription("Also to run projectors, which keep rows of projections in tables of their own"),
      Flag.withDefault(false)
    )
  },
  ({ maintain, project, react, readOnly, role, schema }) =>
    run(
      Effect.gen(function* () {
        if (readOnly && maintain) {
          return yield* new UsageError({ message: "--maintain lets a role write: leave it or --read-only out" })
        }
        if (readOnly && react) {
          return yield* new UsageError({ message: "--react lets a role write: leave it or --read-only out" })
        }
        if (readOnly && project) {
          return yield* new UsageError({ message: "--project lets a role write: leave it or --read-only out" })
        }
        const access = readOnly ? "read" : "append"
        const statements = yield* Effect.mapError(
          Grants.statements({ role, schema, access, maintain, project, react }),
          ({ message }) => new UsageError({ message })
        )
        yield* standardOutput.write(statements.map((statement) => `${statement};\n`).join(""))
      })
    )
).pipe(
  Command.withShortDescription("Print the SQL that lets a role append and read, and nothing else"),
  Command.withDescription(
    "Print the SQL that lets a role append and read, and nothing else. It connects to nothing: run it as the owner of the store, after the store was opened for the first time."
  ),
  Command.withExamples([
    { command: 'eventfold store grants --role app | psql "$DATABASE_URL"', description: "For an app's own role" }
  ])
)

/**
 * `store` with `export`, `import`, `grants` and `snapshots`, for `Command.withSubcommands` of a command line.
 *
 * **Details**
 *
 * What went wrong is written to stderr in a line, and the process's exit code is set: 1 where the command could not be
 * carried out, 2 where it asks for what can't be.
 *
 * @example
 * ```ts
 * import { Command } from "effect/cli"
 * import { store } from "@eventfold/postgres/Commands"
 *
 * const app = Command.make("app").pipe(Command.withSubcommands([store]))
 * // Command.run(app, { version: "1.0.0" })
 * ```
 */
export const store = Command.make("store").pipe(
  Command.withDescription("Back up, restore and copy a store's log, grant roles what they need, and drop snapshots"),
  Command.withSubcommands([exportCommand, importCommand, grantsCommand, snapshotsCommand])
)

/**
 * `projections` with `status`, `pause`, `resume`, `rebuild`, `rollback`, `discharge`, `drop-old`, `parked` and `retry`, for
 * `Command.withSubcommands` of a command line. It ends as `store` does.
 *
 * @example
 * ```ts
 * import { Command } from "effect/cli"
 * import { projections, store } from "@eventfold/postgres/Commands"
 *
 * const app = Command.make("app").pipe(Command.withSubcommands([store, projections]))
 * // Command.run(app, { version: "1.0.0" })
 * ```
 */
export const projections = projectionsCommand

/**
 * `reactions` with `status`, `pause`, `resume`, `parked`, `retry` and `discard`, for `Command.withSubcommands` of a command line. It ends as
 * `store` does.
 *
 * @example
 * ```ts
 * import { Command } from "effect/cli"
 * import { projections, reactions, store } from "@eventfold/postgres/Commands"
 *
 * const app = Command.make("app").pipe(Command.withSubcommands([store, projections, reactions]))
 * // Command.run(app, { version: "1.0.0" })
 * ```
 */
export const reactions = reactionsCommand

export type { Project, Unusable } from "./internal/verify/VerifyCommand.ts"

/**
 * `verify`, for `Command.withSubcommands` of a command line; it is given how the project's aggregates and projections are loaded, which
 * the `eventfold` command does from the generated code.
 *
 * **Details**
 *
 * The process ends with 0 where nothing is wrong, 1 where something is, 64 where the command line can't be meant, 70 where the log could
 * not be replayed.
 *
 * @example
 * ```ts
 * import { Command } from "effect/cli"
 * import { verify } from "@eventfold/postgres/Commands"
 *
 * const nothing = async () => ({ aggregates: [], projections: [] })
 * const app = Command.make("app").pipe(Command.withSubcommands([verify(nothing)]))
 * // Command.run(app, { version: "1.0.0" })
 * ```
 */
export const verify = verifyCommand
