/** What the commands on a store have in common: how they are told which store, and how they say what came of it. */
import { Data, Effect, type Option, References, type Scope } from "effect"
import { getOrUndefined } from "effect/Option"
import { Flag } from "effect/cli"
import type { EventStoreError } from "eventfold"
import { existsSync } from "node:fs"
import * as path from "node:path"
import type * as Redacted from "effect/Redacted"
import { type FileFailed, type OutputClosed, standardOutput } from "./backup/BackupFile.ts"
import * as PgEventStore from "../PgEventStore.ts"
import * as PgliteEventStore from "../PgliteEventStore.ts"
import type { Connector } from "../SqlEventStore.ts"

/** What the process ends with, as with the other commands of `eventfold`. */
export const exitCodes = { failed: 1, usage: 64, internal: 70 } as const

/** The command line asks for what can't be. */
export class UsageError extends Data.TaggedError("UsageError")<{ readonly message: string }> {}
/** Where the command line leads is nothing to work on. */
export class NotFound extends Data.TaggedError("NotFound")<{ readonly message: string }> {}

type Failure = EventStoreError.EventStoreError | FileFailed | NotFound | NotRebuilt | OutputClosed | UsageError

/** The rows of a projection were not made anew, or are not served. */
export class NotRebuilt extends Data.TaggedError("NotRebuilt")<{ readonly message: string }> {}

/** Says what went wrong in a line, and leaves the code for the end of the process; `failed` where it could not be carried out. */
export const run = (
  effect: Effect.Effect<void, Failure, Scope.Scope>,
  failed: number = exitCodes.failed
): Effect.Effect<void> =>
  effect.pipe(
    Effect.scoped,
    // The output may be the file.
    Effect.provideService(References.LogToStderr, true),
    Effect.catch((error) =>
      Effect.sync(() => {
        process.exitCode = error._tag === "UsageError" ? exitCodes.usage : failed
        if (error._tag !== "OutputClosed") process.stderr.write(`${error.message}\n`)
      })
    )
  )

export const inform = (line: string) => Effect.sync(() => process.stderr.write(`${line}\n`))

/** What was done: to a person, and to a program that asks. */
export const say = Effect.fnUntraced(function* (isJson: boolean, line: string, value: object) {
  yield* inform(line)
  if (isJson) yield* standardOutput.write(`${JSON.stringify(value)}\n`)
})

export const schema = Flag.String("schema").pipe(
  Flag.withDescription("The schema that holds the store; eventfold unless given"),
  Flag.withDefault("eventfold")
)

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Say what was done as JSON, on stdout"),
  Flag.withDefault(false)
)

export const database = {
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
export const connect = (
  options: Database,
  mustExist: boolean,
  maxConnections = 2
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
      : // Without prepared statements, so that commands work behind any pooler: what they send takes far longer than its planning.
        PgEventStore.connect({ url: found, maxConnections, applicationName: "eventfold store", prepare: false })
  })

export const counted = (count: number, what = "event"): string =>
  `${count.toLocaleString("en-US")} ${what}${count === 1 ? "" : "s"}`
