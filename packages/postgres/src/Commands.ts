/**
 * The commands that work on a store: `eventfold store`. `@eventfold/codegen` has the `eventfold` command and takes them from
 * here when they are asked for; another command line can have them too, as they are `effect/cli`'s.
 */
import { Data, Effect, type Option, References, type Scope, Stream } from "effect"
import { getOrUndefined } from "effect/Option"
import { Argument, Command, Flag } from "effect/cli"
import type { EventStoreError } from "eventfold"
import { existsSync } from "node:fs"
import * as path from "node:path"
import type * as Redacted from "effect/Redacted"
import * as Backup from "./Backup.ts"
import * as Grants from "./Grants.ts"
import { counter, type FileFailed, fileSink, type OutputClosed, source, standardOutput } from "./internal/BackupFile.ts"
import * as PgEventStore from "./PgEventStore.ts"
import * as PgliteEventStore from "./PgliteEventStore.ts"
import type { Connector } from "./SqlEventStore.ts"

/** What the process ends with, as with the other commands of `eventfold`. */
const exitCodes = { failed: 1, usage: 64 } as const

/** The command line asks for what can't be. */
class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}
/** Where the command line leads is nothing to work on. */
class NotFound extends Data.TaggedError("NotFound")<{ readonly message: string }> {}

type Failure = EventStoreError.EventStoreError | FileFailed | NotFound | OutputClosed | UsageError

/** Says what went wrong in a line, and leaves the code for the end of the process. */
const run = (effect: Effect.Effect<void, Failure, Scope.Scope>): Effect.Effect<void> =>
  effect.pipe(
    Effect.scoped,
    // The output may be the file.
    Effect.provideService(References.LogToStderr, true),
    Effect.catch((error) =>
      Effect.sync(() => {
        process.exitCode = error._tag === "UsageError" ? exitCodes.usage : exitCodes.failed
        if (error._tag !== "OutputClosed") process.stderr.write(`${error.message}\n`)
      })
    )
  )

const inform = (line: string) => Effect.sync(() => process.stderr.write(`${line}\n`))

const schema = Flag.String("schema").pipe(
  Flag.withDescription("The schema that holds the store; eventfold unless given"),
  Flag.withDefault("eventfold")
)

const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Say what was done as JSON, on stdout"),
  Flag.withDefault(false)
)

const database = {
  // Redacted, so that no message repeats it: it may hold a password.
  url: Flag.Redacted("url").pipe(
    Flag.withDescription("The server: postgres://user:password@host:5432/database; else it is taken from DATABASE_URL"),
    Flag.optional
  ),
  dataDir: Flag.String("data-dir").pipe(
    Flag.withDescription("Instead of a server: the directory of a PGlite database"),
    Flag.optional
  ),
  schema
}

interface Database {
  readonly url: Option.Option<Redacted.Redacted<string>>
  readonly dataDir: Option.Option<string>
}

/** Connections to what the command line names. An export makes no database where there is none. */
const connect = (
  options: Database,
  mustExist: boolean
): Effect.Effect<Connector, EventStoreError.EventStoreError | NotFound | UsageError, Scope.Scope> =>
  Effect.suspend((): ReturnType<typeof connect> => {
    const url = getOrUndefined(options.url)
    const dataDir = getOrUndefined(options.dataDir)
    if (url !== undefined && dataDir !== undefined) {
      return Effect.fail(new UsageError({ message: "--url is a server and --data-dir a directory: give one of them" }))
    }
    if (dataDir !== undefined) {
      if (mustExist && !existsSync(path.join(dataDir, "PG_VERSION"))) {
        return Effect.fail(new NotFound({ message: `there is no PGlite database in ${dataDir}` }))
      }
      return PgliteEventStore.connect({ dataDir })
    }
    const found = url ?? (process.env["DATABASE_URL"] || undefined)
    return found === undefined
      ? Effect.fail(
          new UsageError({
            message:
              "which store? Give --url postgres://user:password@host:5432/database, or set DATABASE_URL, or give --data-dir"
          })
        )
      : PgEventStore.connect({ url: found, maxConnections: 2, applicationName: "eventfold store" })
  })

const counted = (count: number): string => `${count.toLocaleString("en-US")} ${count === 1 ? "event" : "events"}`

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
        const { storeId } = JSON.parse(first) as { readonly storeId: string }
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
    )
  },
  ({ maintain, readOnly, role, schema }) =>
    run(
      Effect.gen(function* () {
        if (readOnly && maintain) {
          return yield* new UsageError({ message: "--maintain lets a role write: leave it or --read-only out" })
        }
        const access = readOnly ? "read" : "append"
        const statements = yield* Effect.mapError(
          Grants.statements({ role, schema, access, maintain }),
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
 * `store` with `export`, `import` and `grants`, for `Command.withSubcommands` of a command line.
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
  Command.withDescription("Back up, restore and copy a store's log, and grant roles what they need"),
  Command.withSubcommands([exportCommand, importCommand, grantsCommand])
)
